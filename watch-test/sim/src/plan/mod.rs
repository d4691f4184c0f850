//! The plan of a run: everything in it, so that it can be saved, shortened, and repeated.

mod action;
mod breaking;
mod damage;
mod falsification;
mod injected_line;
mod layer;
mod names;
mod saved;
mod setup;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::action::Action;
pub use self::breaking::Breaking;
pub use self::damage::Damage;
pub use self::falsification::Falsification;
pub use self::injected_line::InjectedLine;
pub use self::layer::Layer;
pub use self::names::UNNAMED_RULE;
pub(crate) use self::names::rule_name;
pub use self::saved::Saved;
pub use self::setup::{
    ClientSetup, ContentTypes, Label, NetSetup, Pieces, Setup, StartAt, StreamingLists, Versions, Watched,
};
pub(crate) use self::setup::{OF_A_LIST, Oddities};

/// The plan of a run. Saved plans don't change their meaning with the generator; seeds do. Unknown fields are refused,
/// because a plan without them would be another plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// Its origin: the violation that it caused, or its seed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The initial state.
    pub setup: Setup,
    /// The steps, in order.
    pub steps: Vec<PlanStep>,
}

/// An action, some time after the previous one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Map<String, Value>")]
#[non_exhaustive]
pub struct PlanStep {
    /// The delay in milliseconds; a day at most.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u64,
    /// The action.
    #[serde(flatten)]
    pub action: Action,
}

impl TryFrom<Map<String, Value>> for PlanStep {
    type Error = String;

    /// Reads one action, and no other field than the time.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, String> {
        let after = fields.remove("after").map_or(Ok(0), serde_json::from_value);
        let after = after.map_err(|error| format!("after: {error}"))?;
        let action = serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
        Ok(Self { after, action })
    }
}

impl Plan {
    /// Returns the error of the first step that can't be read, with the step's number, which `serde` doesn't report.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "plans are read by the program"))]
    pub(crate) fn fault(text: &str) -> Option<String> {
        let plan: Value = serde_json::from_str(text).ok()?;
        plan.get("steps")?.as_array()?.iter().zip(1..).find_map(|(step, number)| {
            let error = serde_json::from_value::<PlanStep>(step.clone()).err()?;
            Some(format!("step {number}: {error}"))
        })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}
