//! The valid values of rules.

use core::fmt;
use core::time::Duration;

use http::HeaderValue;

use super::{Fault, MOST_REPLICAS, Rule};

/// The valid values of [`Requests::verb`](super::Requests::verb).
const VERBS: [&str; 8] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// The reason why a rule is invalid. The text names the field and the valid values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRule(String);

impl fmt::Display for InvalidRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for InvalidRule {}

impl Rule {
    /// Checks that the fields of the rule are valid. Rules that were read from JSON are valid.
    ///
    /// # Errors
    /// Fails if a field is out of its range.
    pub fn check(&self) -> Result<(), InvalidRule> {
        if let Some(verb) = self.on.verb.as_deref().filter(|verb| !VERBS.contains(verb)) {
            return Err(InvalidRule(format!("on.verb: {verb:?} is not one of {}", VERBS.join(", "))));
        }
        let fault = match &self.fault {
            Fault::Refuse(refusal) if !(200..600).contains(&refusal.status) => {
                Some(("refuse.status", refusal.status.to_string(), "200 to 599".to_owned()))
            }
            Fault::Drip { bytes: 0, .. } => Some(("drip.bytes", "0".to_owned(), "1 or more".to_owned())),
            Fault::Split { bytes: 0 } => Some(("split.bytes", "0".to_owned(), "1 or more".to_owned())),
            Fault::Bookmarks { every: Some(every) } if *every < Duration::from_millis(1) => {
                Some(("bookmarks.every", "0".to_owned(), "1 ms or more; leave it out to disable bookmarks".to_owned()))
            }
            Fault::ContentType { value: Some(value) } if HeaderValue::from_str(value).is_err() => {
                Some(("contentType.value", format!("{value:?}"), "a valid header value".to_owned()))
            }
            Fault::Replica { number } if *number >= MOST_REPLICAS => {
                Some(("replica.number", number.to_string(), format!("0 to {}", MOST_REPLICAS - 1)))
            }
            _ => None,
        };
        fault.map_or(Ok(()), |(field, given, allowed)| Err(InvalidRule(format!("{field}: {given} is not {allowed}"))))
    }
}
