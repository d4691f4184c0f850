//! Changes that don't lead to the state.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::{Diff, Event, Object};

use super::{a, begin, end, value};
use crate::oracle::changes::Picture;
use crate::violation::Oracle;

#[test]
fn changes_that_do_not_lead_to_the_state_are_rejected() {
    let rejects = |changes: &[watch_core::Change]| {
        let mut picture = Picture::default();
        changes.iter().find_map(|change| picture.change(change, None).err()).map(|violation| violation.oracle)
    };
    use watch_core::Change::{Added, Deleted, Modified};
    assert_eq!(rejects(&[Added(a(1, "")), Modified(a(3, "")), Deleted(a(5, ""))]), None);
    assert_eq!(rejects(&[Added(a(1, "")), Added(a(1, ""))]), Some(Oracle::Changes));
    assert_eq!(rejects(&[Modified(a(1, ""))]), Some(Oracle::Changes));
    assert_eq!(rejects(&[Added(a(1, "")), Modified(a(1, ""))]), Some(Oracle::Changes));
    assert_eq!(rejects(&[Deleted(a(1, ""))]), Some(Oracle::Changes));
    // An existing object is reported as vanished, and the copy lacks it.
    let mut diff = Diff::new();
    for event in [begin(), Event::Initial(a(1, "one")), end(1), begin(), end(2)] {
        diff.handle(event);
    }
    let vanished: Vec<_> = std::iter::from_fn(|| diff.poll()).skip(2).collect();
    assert_eq!(rejects(&vanished), Some(Oracle::Changes));
    assert_eq!(Picture::default().is_like(Some(&mirror("a", 1))).unwrap_err().oracle, Oracle::Changes);
}

#[test]
fn a_snapshot_of_another_state_is_rejected() {
    let mut picture = Picture::default();
    picture.change(&watch_core::Change::Added(a(1, "")), None).unwrap();
    picture.is_like(Some(&mirror("a", 1))).unwrap();
    assert_eq!(picture.is_like(Some(&mirror("a", 2))).unwrap_err().oracle, Oracle::Changes);
    assert_eq!(picture.is_like(Some(&mirror("b", 1))).unwrap_err().oracle, Oracle::Changes);
    let mut another = mirror("a", 1);
    let object = another.values_mut().next().unwrap();
    Arc::make_mut(object)["metadata"]["uid"] = "another".into();
    assert_eq!(picture.is_like(Some(&another)).unwrap_err().oracle, Oracle::Changes);
    // But the uid of an object without one isn't known.
    let mut garbled = value("a", 1, "");
    garbled["metadata"].as_object_mut().unwrap().remove("uid");
    let mut picture = Picture::default();
    picture.change(&watch_core::Change::Added(Object::parse(garbled.to_string().into()).unwrap()), None).unwrap();
    picture.is_like(Some(&mirror("a", 1))).unwrap();
}

fn mirror(name: &str, version: u64) -> BTreeMap<Arc<str>, Arc<Value>> {
    [(format!("default/{name}").into(), Arc::new(value(name, version, "")))].into_iter().collect()
}
