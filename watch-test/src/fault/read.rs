//! Reads rules from JSON. Unknown fields are refused, since a misspelt field would be a fault that never happens.

use serde::de::Error as _;
use serde::de::value::StrDeserializer;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Fault, Rule};

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let mut take = |name| fields.remove(name);
        let (on, skip, times) = (take("on"), take("skip"), take("times"));
        let mut faults: Vec<String> = fields.keys().cloned().collect();
        let fault = match (faults.pop(), faults.pop()) {
            (Some(name), None) => read_fault(name, fields).map_err(D::Error::custom)?,
            (None, _) => return Err(D::Error::custom(format!("a rule needs a fault: {}", names()))),
            (Some(one), Some(other)) => {
                let unknown = [&other, &one].into_iter().find(|name| !is_fault(name));
                let message = match unknown {
                    Some(name) => unknown_field(name),
                    None => format!("a rule has one fault, but this one has two: `{other}` and `{one}`"),
                };
                return Err(D::Error::custom(message));
            }
        };
        let rule = Self {
            on: field("on", on).map_err(D::Error::custom)?,
            skip: field("skip", skip).map_err(D::Error::custom)?,
            times: field("times", times).map_err(D::Error::custom)?,
            fault,
        };
        rule.check().map_err(D::Error::custom)?;
        Ok(rule)
    }
}

fn read_fault(name: String, mut fields: Map<String, Value>) -> Result<Fault, String> {
    if !is_fault(&name) {
        return Err(unknown_field(&name));
    }
    // Faults without fields may be written with an empty object.
    if fields.get(&name) == Some(&Value::Object(Map::new())) && is_unit(&name) {
        fields.insert(name, Value::Null);
    }
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| error.to_string())
}

/// Reads an optional field.
fn field<T: Default + for<'de> Deserialize<'de>>(name: &str, value: Option<Value>) -> Result<T, String> {
    let Some(value) = value else { return Ok(T::default()) };
    serde_path_to_error::deserialize(value).map_err(|error| match error.path().to_string().as_str() {
        "." => format!("{name}: {}", error.inner()),
        path => format!("{name}.{path}: {}", error.inner()),
    })
}

fn unknown_field(name: &str) -> String {
    format!("unknown field `{name}`: a rule has `on`, `skip`, `times`, and one of {}", names())
}

/// Returns whether the fault with this name has no fields.
fn is_unit(name: &str) -> bool {
    Fault::deserialize(StrDeserializer::<serde_json::Error>::new(name)).is_ok()
}

fn is_fault(name: &str) -> bool {
    FAULTS.contains(&name)
}

fn names() -> String {
    FAULTS.map(|name| format!("`{name}`")).join(", ")
}

/// The variants of [`Fault`], as JSON calls them.
const FAULTS: [&str; 17] = [
    "refuse",
    "delayHead",
    "cut",
    "stall",
    "drip",
    "split",
    "say",
    "bookmarks",
    "noEndMarker",
    "ignoreSendInitialEvents",
    "repeatObjects",
    "oldDeletions",
    "silentDepartures",
    "contentType",
    "ignoreLimit",
    "answerFuture",
    "replica",
];

#[cfg(test)]
mod tests {
    use super::{FAULTS, Fault};

    #[test]
    fn every_fault_is_named() {
        let error = serde_json::from_str::<Fault>(r#"{"none": {}}"#).expect_err("there is no such fault").to_string();
        for name in FAULTS {
            assert!(error.contains(&format!("`{name}`")), "{name} isn't in {error}");
        }
        assert_eq!(error.matches('`').count(), 2 * FAULTS.len() + 2);
    }
}
