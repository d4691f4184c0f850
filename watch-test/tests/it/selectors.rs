//! The server accepts and refuses the selectors that kube-apiserver does, with its messages.

use serde_json::Value;

use crate::common::World;

/// Selectors, as a real kube-apiserver 1.36.3 answered them in a list of pods: the parameter, its text, and the message of
/// the refusal (400), or null.
const RECORDED: &str = include_str!("selectors.txt");

#[test]
fn every_recorded_selector_has_the_recorded_answer() {
    let mut world = World::standard();
    for line in RECORDED.lines() {
        let [name, selector, message]: [Value; 3] = serde_json::from_str(line).expect("three values");
        let (name, selector) = (name.as_str().expect("a name"), selector.as_str().expect("a text"));
        let encoded: String = selector.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let reply = world.get(&format!("/api/v1/pods?limit=1&{name}={encoded}")).json();
        let found = if reply["kind"] == "Status" { reply["message"].clone() } else { Value::Null };
        // Go and Rust quote some characters in different ways.
        if selector.contains(['\u{c}', '\u{a0}']) {
            assert_eq!(found.is_null(), message.is_null(), "{line}");
        } else {
            assert_eq!(found, message, "{line}");
        }
    }
}
