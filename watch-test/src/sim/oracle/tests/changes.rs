//! Changes that don't come to what there is.

use std::sync::Arc;

use watch_core::{Diff, Event};

use super::{a, begin, end, value};
use crate::sim::oracle::changes::Picture;
use crate::sim::violation::Oracle;

#[test]
fn changes_that_do_not_come_to_the_truth_are_rejected() {
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
    // Something vanished that is there, and the picture lacks what there is.
    let mut diff = Diff::new();
    for event in [begin(), Event::Initial(a(1, "one")), end(1), begin(), end(2)] {
        diff.handle(event);
    }
    let vanished: Vec<_> = std::iter::from_fn(|| diff.poll()).skip(2).collect();
    assert_eq!(rejects(&vanished), Some(Oracle::Changes));
    let mirror = [(Arc::from("default/a"), Arc::new(value("a", 1, "")))].into_iter().collect();
    assert_eq!(Picture::default().is_like(Some(&mirror)).unwrap_err().oracle, Oracle::Changes);
}
