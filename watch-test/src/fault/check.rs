//! What a rule may say.

use core::fmt;
use core::time::Duration;

use http::HeaderValue;

use super::{Fault, MOST_REPLICAS, Rule};

/// What [`Requests::verb`](super::Requests::verb) can be.
const VERBS: [&str; 8] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// What is wrong with a rule: names the field, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRule(String);

impl fmt::Display for InvalidRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for InvalidRule {}

impl Rule {
    /// Whether a server can do what the rule says. Rules that are read from JSON were checked.
    ///
    /// # Errors
    /// If a field is out of its range.
    pub fn check(&self) -> Result<(), InvalidRule> {
        if let Some(verb) = self.on.verb.as_deref().filter(|verb| !VERBS.contains(verb)) {
            return Err(InvalidRule(format!("on.verb: {verb:?} is none of {}", VERBS.join(", "))));
        }
        let fault = match &self.fault {
            Fault::Refuse(refusal) if !(200..600).contains(&refusal.status) => {
                Some(("refuse.status", refusal.status.to_string(), "200 to 599".to_owned()))
            }
            Fault::Drip { bytes: 0, .. } => Some(("drip.bytes", "0".to_owned(), "1 or more".to_owned())),
            Fault::Split { bytes: 0 } => Some(("split.bytes", "0".to_owned(), "1 or more".to_owned())),
            Fault::Bookmarks { every: Some(every) } if *every < Duration::from_millis(1) => {
                Some(("bookmarks.every", "0".to_owned(), "1 ms or more, or left out for none at all".to_owned()))
            }
            Fault::ContentType { value: Some(value) } if HeaderValue::from_str(value).is_err() => {
                Some(("contentType.value", format!("{value:?}"), "what a header can be".to_owned()))
            }
            Fault::Replica { number } if *number >= MOST_REPLICAS => {
                Some(("replica.number", number.to_string(), format!("0 to {}", MOST_REPLICAS - 1)))
            }
            _ => None,
        };
        fault.map_or(Ok(()), |(field, given, allowed)| Err(InvalidRule(format!("{field}: {given} is not {allowed}"))))
    }
}
