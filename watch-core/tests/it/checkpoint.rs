//! Resuming in another process.

use std::time::Duration;

use watch_core::{Checkpoint, CheckpointError, InitialList, Representation, Start, Watcher};

use crate::rig::{Rig, bookmark, event, initial_end, list, page, pods};

fn version(rig: &Rig) -> Option<String> {
    rig.watcher.checkpoint().map(|checkpoint| checkpoint.resource_version().to_string())
}

#[test]
fn there_is_none_while_the_list_is_incomplete() {
    let mut rig = Rig::new(pods());
    assert_eq!(version(&rig), None);
    rig.reply(200, page("10", "t", &["a@5"]));
    assert_eq!(version(&rig), None);
    rig.reply(200, page("10", "", &["b@6"]));
    assert_eq!(version(&rig).as_deref(), Some("10"));
    rig.open().body(event("ADDED", "c@11"));
    assert_eq!(version(&rig).as_deref(), Some("11"));
    rig.body(bookmark("15"));
    assert_eq!(version(&rig).as_deref(), Some("15"));
}

#[test]
fn it_covers_what_was_polled_and_not_what_was_handed_in() {
    let mut rig = Rig::live(pods());
    let id = rig.id();
    let bytes = event("ADDED", "a@11") + &event("ADDED", "b@12");
    rig.watcher.handle(watch_core::Input::Body { id, bytes: bytes.into() }).unwrap();
    assert_eq!(version(&rig).as_deref(), Some("10"));
    _ = rig.watcher.poll(rig.now);
    assert_eq!(version(&rig).as_deref(), Some("11"));
    _ = rig.watcher.poll(rig.now);
    assert_eq!(version(&rig).as_deref(), Some("12"));
}

#[test]
fn a_new_process_continues_without_an_initial_list() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11"));
    let json = serde_json::to_string(&rig.watcher.checkpoint().unwrap()).unwrap();
    let checkpoint: Checkpoint = serde_json::from_str(&json).unwrap();
    let mut rig = Rig::resume(pods().start(Start::default()), &checkpoint);
    assert!(rig.has_query("resourceVersion=11") && rig.has_query("watch=true"), "{}", rig.uri());
    rig.open().body(event("ADDED", "b@12"));
    assert_eq!(rig.take_events(), ["ADDED Pod default/b@12"]);
}

#[test]
fn a_foreign_or_newer_one_is_refused_with_a_reason() {
    let checkpoint = Rig::live(pods()).watcher.checkpoint().unwrap();
    for other in [
        pods().namespace("other"),
        pods().name("web"),
        pods().labels("app=web"),
        pods().fields("spec.nodeName=x"),
        pods().representation(Representation::Metadata),
    ] {
        let refused = Watcher::resume(other.build().unwrap(), &checkpoint).unwrap_err();
        assert_eq!(refused, CheckpointError::OtherScope);
    }
    // Settings that don't affect which objects match may change.
    let same =
        pods().seed(7).page_size(None).deadline(Duration::from_secs(9)).start(Start::InitialList(InitialList::Auto));
    assert!(Watcher::resume(same.build().unwrap(), &checkpoint).is_ok());
    let json = serde_json::to_string(&checkpoint).unwrap();
    let newer: Checkpoint = serde_json::from_str(&json.replace("\"format\":1", "\"format\":2")).unwrap();
    let refused = Watcher::resume(pods().build().unwrap(), &newer).unwrap_err();
    assert_eq!(refused.to_string(), "checkpoint has format 2, but this release reads format 1 only; start without it");
    // The scope of another format can't be compared, so the format is reported.
    let refused = Watcher::resume(pods().namespace("other").build().unwrap(), &newer).unwrap_err();
    assert_eq!(refused, CheckpointError::Format { found: 2, known: 1 });
    let changed: Checkpoint = serde_json::from_str(&json.replace("\"10\"", "\"11\"")).unwrap();
    let refused = Watcher::resume(pods().build().unwrap(), &changed).unwrap_err();
    assert_eq!(refused.to_string(), "checkpoint is corrupt (checksum mismatch); start without it");
    for corrupt in [
        json.replace("\"10\"", "\"0\""),
        json.replace("\"10\"", "\"\""),
        json.replace("\"10\"", "7"),
        json[..20].into(),
    ] {
        assert!(serde_json::from_str::<Checkpoint>(&corrupt).is_err(), "{corrupt}");
    }
}

/// Invariant: taking a checkpoint after each output and resuming from it in a new process returns every event once.
#[test]
fn from_every_checkpoint_a_new_process_sees_exactly_the_rest() {
    let stream = [event("ADDED", "a@11"), event("MODIFIED", "a@12"), bookmark("14"), event("DELETED", "a@15")];
    let mut rig = Rig::live(pods());
    for (taken, line) in stream.iter().enumerate() {
        rig.body(line.clone());
        let checkpoint = rig.watcher.checkpoint().unwrap();
        let mut resumed = Rig::resume(pods(), &checkpoint);
        // The server sends the events after the requested version.
        resumed.open();
        for later in &stream[taken + 1..] {
            resumed.body(later.clone());
        }
        assert_eq!(rig.events.len() + resumed.events.len(), stream.len());
    }
}

#[test]
fn a_clone_continues_identically() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().body(event("ADDED", "a@5"));
    let mut twin = rig.clone();
    for rig in [&mut rig, &mut twin] {
        rig.body(event("ADDED", "b@6"))
            .body(initial_end("10"))
            .fail(watch_core::TransportErrorKind::Reset)
            .until_sent();
        rig.fail(watch_core::TransportErrorKind::Refused).until_sent();
    }
    assert_eq!(format!("{:?}", rig), format!("{:?}", twin));
    rig.reply(200, list("10", &[]));
}

#[test]
fn a_restore_between_two_processes_is_detected() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11"));
    let checkpoint = rig.watcher.checkpoint().unwrap();
    let mut rig = Rig::with_checks(Watcher::resume(pods().build().unwrap(), &checkpoint).unwrap());
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    let mut forbidden = rig.clone();
    for _ in 0..3 {
        assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
        rig.reply(200, page("7", "t", &["a@5"])).until_sent();
    }
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
    assert!(rig.take_notices()[0].contains("server rollback: 11 was seen before, now it is at 7"));
    // If only WATCH is allowed, the watch continues without the check.
    forbidden.reply(403, crate::rig::status(403, "Forbidden", "no"));
    assert!(forbidden.has_query("resourceVersion=11") && forbidden.has_query("watch=true"), "{}", forbidden.uri());
}

/// A checkpoint that an earlier process of this format stored: the text must keep its meaning.
#[test]
fn a_stored_checkpoint_is_read() {
    let stored = r#"{"format":1,"scope":10569769627473654155,"resourceVersion":"42","noStreamingList":true,"sum":7884544269229733461}"#;
    let checkpoint: Checkpoint = serde_json::from_str(stored).unwrap();
    let watcher = Watcher::resume(pods().build().unwrap(), &checkpoint).unwrap();
    assert_eq!(watcher.checkpoint().map(|checkpoint| checkpoint.resource_version().to_string()), Some("42".into()));
    assert_eq!(serde_json::to_string(&checkpoint).unwrap(), stored);
}

#[test]
fn a_change_of_any_of_its_fields_is_noticed() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.reply(422, "").reply(200, list("10", &[]));
    let json = serde_json::to_value(rig.watcher.checkpoint().unwrap()).unwrap();
    assert_eq!(json["noStreamingList"], true);
    let resume = |field: &str, value: serde_json::Value| {
        let mut changed = json.clone();
        changed[field] = value;
        Watcher::resume(pods().build().unwrap(), &serde_json::from_value(changed).unwrap()).map(drop)
    };
    let number = |field: &str| json[field].as_u64().unwrap();
    assert_eq!(resume("resourceVersion", "10".into()), Ok(()));
    assert_eq!(resume("resourceVersion", "100".into()), Err(CheckpointError::Damaged));
    assert_eq!(resume("noStreamingList", false.into()), Err(CheckpointError::Damaged));
    assert_eq!(resume("sum", (number("sum") ^ 1).into()), Err(CheckpointError::Damaged));
    assert_eq!(resume("scope", (number("scope") ^ 1).into()), Err(CheckpointError::OtherScope));
    for format in [0, 2] {
        assert_eq!(resume("format", format.into()), Err(CheckpointError::Format { found: format, known: 1 }));
    }
}

/// The gap began in another process, at an unknown time.
#[test]
fn the_gap_before_a_process_has_no_length() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11"));
    let checkpoint = rig.watcher.checkpoint().unwrap();
    let mut rig = Rig::resume(pods(), &checkpoint);
    rig.reply(410, crate::rig::status(410, "Expired", "old")).settle().reply(200, list("90", &["a@11", "b@12"]));
    let Some(watch_core::Notice::Relisted { gap: None, objects: Some(2), from, to, .. }) = rig.notices.last() else {
        panic!("{:?}", rig.notices)
    };
    assert_eq!((from.to_string(), to.to_string()), ("11".into(), "90".into()));
}
