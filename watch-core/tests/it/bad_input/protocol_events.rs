//! P11 to P22: events that contradict earlier ones. A `Diff` decides what an event means for a set of objects.

use watch_core::Diff;

use super::case::Scene;
use crate::cuts::CUTS;
use crate::rig::{Rig, bookmark, event, initial_end, list, pods, streaming};

#[rustfmt::skip]
pub(super) const SCENES: [Scene; 20] = [
    ("P11", "ADDED of a known object is a change of it", || live(&["a@5"], &event("ADDED", "a@11"), &["ADDED Pod default/a@11"], &["MODIFIED Pod default/a@11"])),
    ("J30", "of an object that is listed twice, the newer one counts", || {
        let mut rig = Rig::new(pods());
        rig.reply(200, list("10", &["a@6", "a@5", "b@7", "b@8"]));
        assert_eq!(changes(&mut Diff::new(), &mut rig), ["ADDED Pod default/a@6", "ADDED Pod default/b@7", "MODIFIED Pod default/b@8", "SYNCED @10"]);
    }),
    ("P12", "MODIFIED of an unknown object is an addition", || live(&[], &event("MODIFIED", "a@11"), &["MODIFIED Pod default/a@11"], &["ADDED Pod default/a@11"])),
    ("P13", "DELETED of an unknown object is no change", || live(&[], &event("DELETED", "a@11"), &["DELETED Pod default/a@11"], &[])),
    ("P14", "an old change isn't emitted: the server's history may have been replaced", || {
        live(&[], &(event("ADDED", "a@11") + &event("MODIFIED", "b@9") + &event("ADDED", "c@12")),
            &["ADDED Pod default/a@11", "abort", "~ relist 1: event out of order: version 9 after 11", "> LIST"], &["ADDED Pod default/a@11"]);
    }),
    ("P14", "old objects with which a watch begins after a list are emitted: some servers repeat what exists", || {
        live(&["b@9"], &(event("ADDED", "a@11") + &event("ADDED", "b@9") + &event("ADDED", "c@12")),
            &["ADDED Pod default/a@11", "ADDED Pod default/b@9", "ADDED Pod default/c@12"], &["ADDED Pod default/a@11", "ADDED Pod default/c@12"]);
    }),
    ("P14", "but not after something else", || {
        live(&["b@9"], &(event("MODIFIED", "b@11") + &event("ADDED", "a@5")),
            &["MODIFIED Pod default/b@11", "abort", "~ relist 1: event out of order: version 5 after 11", "> LIST"], &["MODIFIED Pod default/b@11"]);
    }),
    ("P14", "an old deletion is a deletion: some servers give it the version that the object had", || {
        live(&["b@9"], &(event("ADDED", "a@11") + &event("DELETED", "b@9") + &event("ADDED", "c@12")),
            &["ADDED Pod default/a@11", "DELETED Pod default/b@9", "ADDED Pod default/c@12"],
            &["ADDED Pod default/a@11", "DELETED Pod default/b@9", "ADDED Pod default/c@12"]);
    }),
    ("P14", "nor one from before the list", || live(&["a@5"], &event("MODIFIED", "a@9"), &["abort", "~ relist 1: event out of order: version 9 after 10", "> LIST"], &[])),
    ("P15", "the last event again, as after a reconnect", || {
        live(&[], &(event("ADDED", "a@11") + &event("ADDED", "a@11") + &event("MODIFIED", "a@12")),
            &["ADDED Pod default/a@11", "~ skipped a duplicate event (11)", "MODIFIED Pod default/a@12"], &["ADDED Pod default/a@11", "MODIFIED Pod default/a@12"]);
    }),
    ("P15", "and after a bookmark of the same version", || {
        live(&[], &(event("ADDED", "a@11") + &bookmark("11") + &event("ADDED", "a@11")),
            &["ADDED Pod default/a@11", "BOOKMARK @11", "~ skipped a duplicate event (11)"], &["ADDED Pod default/a@11"]);
    }),
    ("P15", "something else at the same version is another event", || {
        live(&[], &(event("ADDED", "a@11") + &event("DELETED", "a@11") + &event("DELETED", "a@11")),
            &["ADDED Pod default/a@11", "DELETED Pod default/a@11", "~ skipped a duplicate event (11)"], &["ADDED Pod default/a@11", "DELETED Pod default/a@11"]);
    }),
    ("P16", "two objects written at once have the same version", || {
        live(&[], &(event("ADDED", "a@11") + &event("ADDED", "b@11")), &["ADDED Pod default/a@11", "ADDED Pod default/b@11"], &["ADDED Pod default/a@11", "ADDED Pod default/b@11"]);
    }),
    // Stricter than the table requires: the sender may lag for a long time, so there is a version check.
    ("P17", "an old bookmark doesn't move the version back", || {
        live(&[], &(event("ADDED", "a@11") + &bookmark("9") + &event("ADDED", "b@12")),
            &["ADDED Pod default/a@11", "abort", "~ resume 1: bookmark out of order: version 9 after 11"], &["ADDED Pod default/a@11"]);
    }),
    // The machine can't distinguish a bookmark from the future from one of a busy server. It recovers: the next event
    // is from the past, and leads to a relist.
    ("P18", "a bookmark far ahead is accepted, until an event contradicts it", || {
        live(&[], &(bookmark("9223372036854775808") + &event("ADDED", "a@11")),
            &["BOOKMARK @9223372036854775808", "abort", "~ relist 1: event out of order: version 11 after 9223372036854775808", "> LIST"], &[]);
    }),
    ("P19", "another object under the same name: the old one is gone first", || {
        live(&["a@5"], &event("MODIFIED", "a@11").replace("uid-a", "other"), &["MODIFIED Pod default/a@11"], &["VANISHED default/a@5", "ADDED Pod default/a@11"]);
    }),
    ("P20", "a second end marker is a bookmark", || {
        initial(&(event("ADDED", "a@5") + &initial_end("10") + &initial_end("11") + &event("MODIFIED", "a@12")),
            &["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL END @10", "BOOKMARK @11", "MODIFIED Pod default/a@12"],
            &["ADDED Pod default/a@5", "SYNCED @10", "MODIFIED Pod default/a@12"]);
    }),
    ("P21", "an end marker that was not requested is a bookmark", || {
        live(&["a@5"], &(initial_end("11") + &event("MODIFIED", "a@12")), &["BOOKMARK @11", "MODIFIED Pod default/a@12"], &["MODIFIED Pod default/a@12"]);
    }),
    ("P22", "changes before the end marker belong to the list", || {
        initial(&(event("ADDED", "a@5") + &event("ADDED", "b@6") + &event("MODIFIED", "a@7") + &event("DELETED", "b@8") + &initial_end("10")),
            &["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL Pod default/b@6", "INITIAL Pod default/a@7", "DELETED Pod default/b@8", "INITIAL END @10"],
            &["ADDED Pod default/a@5", "ADDED Pod default/b@6", "MODIFIED Pod default/a@7", "DELETED Pod default/b@8", "SYNCED @10"]);
    }),
    ("P25", "only a bookmark is an end marker", || {
        let marked = event("ADDED", "a@5").replace(r#""name""#, r#""annotations":{"k8s.io/initial-events-end":"true"},"name""#);
        initial(&(marked + &event("ADDED", "b@6")), &["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL Pod default/b@6"], &["ADDED Pod default/a@5", "ADDED Pod default/b@6"]);
    }),
];

fn changes(diff: &mut Diff, rig: &mut Rig) -> Vec<String> {
    rig.events.drain(..).for_each(|event| diff.handle(event));
    std::iter::from_fn(|| diff.poll()).map(|change| change.to_string()).collect()
}

/// On a watch after a list of these objects at version 10.
fn live(listed: &[&str], body: &str, gives: &[&str], means: &[&str]) {
    for cut in CUTS {
        let mut rig = Rig::new(pods());
        rig.reply(200, list("10", listed));
        play(rig, &mut Diff::new(), cut.pieces(&body.to_owned().into()), gives, means);
    }
}

/// On a streaming list.
fn initial(body: &str, gives: &[&str], means: &[&str]) {
    for cut in CUTS {
        play(streaming(), &mut Diff::new(), cut.pieces(&body.to_owned().into()), gives, means);
    }
}

fn play(mut rig: Rig, diff: &mut Diff, pieces: Vec<bytes::Bytes>, gives: &[&str], means: &[&str]) {
    changes(diff, &mut rig);
    rig.take_log();
    let id = rig.id();
    rig.open();
    for bytes in pieces {
        rig.handle(watch_core::Input::Body { id, bytes });
    }
    assert_eq!(rig.take_log(), gives);
    assert_eq!(changes(diff, &mut rig), means);
}
