//! What happens in one run: all of it, so that it can be written down, shortened, and repeated for ever.

mod action;
mod breaking;
mod damage;
mod layer;
mod lie;
mod names;
mod saved;
mod saying;
mod setup;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::action::Action;
pub use self::breaking::Breaking;
pub use self::damage::Damage;
pub use self::layer::Layer;
pub use self::lie::Lie;
pub use self::names::UNNAMED_RULE;
pub use self::saved::Saved;
pub use self::saying::Saying;
pub use self::setup::{
    ClientSetup, ContentTypes, Label, NetSetup, Pieces, Setup, StartAt, StreamingLists, Versions, Watched,
};
pub(crate) use self::setup::{OF_A_LIST, Oddities};

/// A run, written down. Files of plans stay what they are when the generator changes; seeds don't. What isn't known of
/// one is refused: left out, it would be another plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// Where it comes from: what was found by it, or which seed made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The world in which it happens.
    pub setup: Setup,
    /// What happens, in order.
    pub steps: Vec<PlanStep>,
}

/// Something that happens, some time after what happened before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Map<String, Value>")]
#[non_exhaustive]
pub struct PlanStep {
    /// So many milliseconds later; a day at most.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u64,
    /// What.
    #[serde(flatten)]
    pub action: Action,
}

impl TryFrom<Map<String, Value>> for PlanStep {
    type Error = String;

    /// One action, and nothing beside it but the time.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, String> {
        let after = fields.remove("after").map_or(Ok(0), serde_json::from_value);
        let after = after.map_err(|error| format!("after: {error}"))?;
        let action = serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
        Ok(Self { after, action })
    }
}

impl Plan {
    /// The step that can't be read, if it is that: of a step among others `serde` only says that there is none like it.
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
