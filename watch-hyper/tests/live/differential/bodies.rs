//! Complete bodies, without the parts that differ each time.

use serde_json::Value;
use watch_test::live::Answer;

use super::words::{without_numbers, without_uids};

/// An answer in a form that doesn't depend on which server it was. `shown`: which parts of the body are compared; all,
/// if none is named. Defaults of specs are the real server's alone.
pub(super) fn comparable(answer: &Answer, shown: &[&str]) -> String {
    let mut body = answer.json();
    settle(&mut body);
    let parts = if shown.is_empty() || answer.status >= 300 {
        body.to_string()
    } else {
        let part = |pointer: &&str| format!("{pointer} {}", body.pointer(pointer).unwrap_or(&Value::Null));
        shown.iter().map(part).collect::<Vec<_>>().join(", ")
    };
    format!("{} {} {}", answer.status, answer.content_type, without_numbers(&without_uids(&parts)))
}

/// Removes versions, uids, times, and fields that the model doesn't have.
fn settle(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("managedFields");
            for field in ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "lastTransitionTime"] {
                if let Some(value) = map.get_mut(field).filter(|value| value.is_string()) {
                    *value = "#".into();
                }
            }
            for value in map.get_mut("disruptedPods").and_then(Value::as_object_mut).into_iter().flatten() {
                *value.1 = "#".into();
            }
            map.values_mut().for_each(settle);
        }
        Value::Array(list) => list.iter_mut().for_each(settle),
        _ => {}
    }
}
