//! A relist is reported as changes: nothing twice, nothing lost.

use std::collections::BTreeMap;

use watch_core::{Change, CheckpointError, Diff, Event, InitialCause, Object};

use crate::rig::pods;

use crate::rig::pod_json;

fn pod(text: &str) -> Object {
    Object::parse(pod_json(text).into()).unwrap()
}

/// A pod with a uid of its own: `name@version` and the uid.
fn pod_with_uid(text: &str, uid: &str) -> Object {
    let name = text.split('@').next().unwrap();
    Object::parse(pod_json(text).replace(&format!("uid-{name}"), uid).into()).unwrap()
}

fn set(cause: InitialCause, objects: &[&str], version: &str) -> Vec<Event> {
    let begin = Event::InitialBegin { cause };
    let end = Event::InitialEnd { resource_version: version.parse().unwrap() };
    std::iter::once(begin).chain(objects.iter().map(|text| Event::Initial(pod(text)))).chain([end]).collect()
}

fn changes(diff: &mut Diff, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    events.into_iter().for_each(|event| diff.handle(event));
    std::iter::from_fn(|| diff.poll()).map(|change| change.to_string()).collect()
}

#[test]
fn a_relist_reports_only_what_changed() {
    let mut diff = Diff::new();
    let first = changes(&mut diff, set(InitialCause::First, &["a@1", "b@2", "c@3"], "10"));
    assert_eq!(first, ["ADDED Pod default/a@1", "ADDED Pod default/b@2", "ADDED Pod default/c@3", "SYNCED @10"]);
    let again = changes(&mut diff, set(InitialCause::Expired, &["b@2", "c@30", "d@40"], "50"));
    assert_eq!(again, ["MODIFIED Pod default/c@30", "ADDED Pod default/d@40", "VANISHED default/a@1", "SYNCED @50"]);
    assert_eq!(diff.len(), 3);
}

#[test]
fn the_changes_of_a_list_are_known_when_it_is_complete() {
    let mut diff = Diff::new();
    let last = |diff: &Diff| diff.last_list().map(|set| (set.added, set.modified, set.removed, set.total()));
    assert_eq!(last(&diff), None);
    changes(&mut diff, set(InitialCause::First, &["a@1", "b@2", "c@3"], "10"));
    assert_eq!(last(&diff), Some((3, 0, 0, 3)));
    // Later changes don't belong to the list.
    changes(&mut diff, [Event::Modified(pod("a@11")), Event::Deleted(pod("b@12"))]);
    assert_eq!(last(&diff), Some((3, 0, 0, 3)));
    changes(&mut diff, set(InitialCause::Expired, &["a@11", "c@30", "d@40"], "50"));
    assert_eq!(last(&diff), Some((1, 1, 0, 2)));
    assert_eq!(diff.last_list().unwrap().to_string(), "added: 1, modified: 1, removed: 0");
    // A list that isn't completed counts with its replacement. Deleted and created again counts as both.
    let mut broken_off = set(InitialCause::Expired, &["e@60"], "70");
    broken_off.pop();
    changes(&mut diff, broken_off);
    assert_eq!(last(&diff), Some((1, 1, 0, 2)), "it isn't complete");
    let mut complete = set(InitialCause::Retry, &["e@60"], "80");
    complete.insert(1, Event::Initial(pod_with_uid("a@61", "another")));
    changes(&mut diff, complete);
    assert_eq!(last(&diff), Some((2, 0, 3, 5)));
    // Each is counted when it is returned.
    set(InitialCause::Relist, &[], "90").into_iter().for_each(|event| diff.handle(event));
    assert!(diff.poll().is_some() && last(&diff) == Some((2, 0, 3, 5)));
    while diff.poll().is_some() {}
    assert_eq!(last(&diff), Some((0, 0, 2, 2)));
}

#[test]
fn live_events_and_lists_agree() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1"], "10"));
    let live = [Event::Added(pod("b@11")), Event::Modified(pod("a@12")), Event::Deleted(pod("b@13"))];
    assert_eq!(
        changes(&mut diff, live),
        ["ADDED Pod default/b@11", "MODIFIED Pod default/a@12", "DELETED Pod default/b@13"]
    );
    assert_eq!(changes(&mut diff, set(InitialCause::Expired, &["a@12"], "50")), ["SYNCED @50"]);
    // A repeated object was already reported; a change of an unknown object means that it exists.
    let live = [Event::Modified(pod("a@12")), Event::Modified(pod("x@60")), Event::Deleted(pod("y@61"))];
    assert_eq!(changes(&mut diff, live), ["ADDED Pod default/x@60"]);
}

#[test]
fn events_pass_unchanged_until_there_is_a_list() {
    let mut diff = Diff::new();
    let live = [Event::Modified(pod("a@11")), Event::Deleted(pod("b@12")), Event::Added(pod("c@13"))];
    assert_eq!(
        changes(&mut diff, live),
        ["MODIFIED Pod default/a@11", "DELETED Pod default/b@12", "ADDED Pod default/c@13"]
    );
    let config = pods().build().unwrap();
    let mut diff = Diff::restore(diff.snapshot(&config), &config).unwrap();
    assert_eq!(changes(&mut diff, [Event::Deleted(pod("d@14"))]), ["DELETED Pod default/d@14"]);
    let set = changes(&mut diff, set(InitialCause::Expired, &["a@11", "old@2"], "50"));
    assert_eq!(set, ["ADDED Pod default/old@2", "VANISHED default/c@13", "SYNCED @50"]);
    assert_eq!(changes(&mut diff, [Event::Deleted(pod("unknown@60"))]), [""; 0]);
}

#[test]
fn deleted_and_created_again_under_one_name_are_two_objects() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1"], "10"));
    let again = [
        Event::InitialBegin { cause: InitialCause::Expired },
        Event::Initial(pod_with_uid("a@40", "another")),
        Event::InitialEnd { resource_version: "50".parse().unwrap() },
    ];
    assert_eq!(changes(&mut diff, again), ["VANISHED default/a@1", "ADDED Pod default/a@40", "SYNCED @50"]);
    // Also without a DELETED on the watch itself.
    let live = [Event::Modified(pod_with_uid("a@60", "a third"))];
    assert_eq!(changes(&mut diff, live), ["VANISHED default/a@40", "ADDED Pod default/a@60"]);
    // A late DELETED of a deleted object doesn't concern the present one.
    assert_eq!(changes(&mut diff, [Event::Deleted(pod_with_uid("a@61", "another"))]), [""; 0]);
    assert_eq!(diff.len(), 1);
}

#[test]
fn an_incomplete_list_makes_nothing_vanish_or_survive() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1", "b@2"], "10"));
    let half = [Event::InitialBegin { cause: InitialCause::Expired }, Event::Initial(pod("a@1"))];
    assert_eq!(changes(&mut diff, half), [""; 0]);
    // The next list is complete, and `a`, which was only in the incomplete one, is gone.
    assert_eq!(changes(&mut diff, set(InitialCause::Retry, &["b@2"], "50")), ["VANISHED default/a@1", "SYNCED @50"]);
}

/// The uid identifies the object. The version of its deletion may be one that the object had before.
#[test]
fn an_old_deletion_counts_if_its_uid_is_known() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@20"], "20"));
    assert_eq!(changes(&mut diff, [Event::Deleted(pod_with_uid("a@15", "another"))]), [""; 0]);
    let bare = |text| Object::parse(pod_json(text).replace(r#","uid":"uid-a""#, "").into()).unwrap();
    assert_eq!(changes(&mut diff, [Event::Deleted(bare("a@15"))]), [""; 0]);
    assert_eq!(diff.len(), 1);
    assert_eq!(changes(&mut diff, [Event::Deleted(pod("a@15"))]), ["DELETED Pod default/a@15"]);
    assert_eq!(changes(&mut diff, [Event::Deleted(pod("a@15"))]), [""; 0]);
}

/// Some servers repeat old events: those of a predecessor with the same name.
#[test]
fn an_event_of_a_former_object_does_not_touch_its_successor() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@20"], "20"));
    let former = [Event::Added(pod_with_uid("a@5", "former")), Event::Modified(pod_with_uid("a@7", "former"))];
    assert_eq!(changes(&mut diff, former), [""; 0]);
    // A newer one is another object.
    let newer = changes(&mut diff, [Event::Added(pod_with_uid("a@21", "newer"))]);
    assert_eq!(newer, ["VANISHED default/a@20", "ADDED Pod default/a@21"]);
    // After a restore is certain, and no longer: the existing objects belong to the new history.
    changes(&mut diff, set(InitialCause::Rollback, &["a@9"], "16"));
    assert_eq!(changes(&mut diff, [Event::Added(pod("a@5"))]), [""; 0]);
}

#[test]
fn an_older_object_is_no_change_until_its_list_is_complete() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@20"], "20"));
    // It may come from a server that lags, as long as the list isn't complete.
    let half = [Event::InitialBegin { cause: InitialCause::Expired }, Event::Initial(pod("a@15"))];
    assert_eq!(changes(&mut diff, half), [""; 0]);
    assert_eq!(changes(&mut diff, set(InitialCause::Retry, &["a@20"], "30")), ["SYNCED @30"]);
    // A complete list is the truth: a backup was restored.
    let complete = changes(&mut diff, set(InitialCause::Expired, &["a@15"], "30"));
    assert_eq!(complete, ["MODIFIED Pod default/a@15", "SYNCED @30"]);
    assert_eq!(
        changes(&mut diff, set(InitialCause::Rollback, &["a@9"], "16")),
        ["MODIFIED Pod default/a@9", "SYNCED @16"]
    );
}

#[test]
fn a_snapshot_continues_in_another_process() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1", "b@2"], "10"));
    let config = pods().build().unwrap();
    let json = serde_json::to_string(&diff.snapshot(&config)).unwrap();
    let mut diff = Diff::restore(serde_json::from_str(&json).unwrap(), &config).unwrap();
    let again = changes(&mut diff, set(InitialCause::First, &["a@1", "c@30"], "50"));
    assert_eq!(again, ["ADDED Pod default/c@30", "VANISHED default/b@2", "SYNCED @50"]);
    for format in [0, 9] {
        let other = json.replace("\"format\":1", &format!("\"format\":{format}"));
        let error = Diff::restore(serde_json::from_str(&other).unwrap(), &config).unwrap_err();
        let expected =
            format!("checkpoint has format {format}, but this release reads format 1 only; start without it");
        assert_eq!(error.to_string(), expected);
    }
    let changed = serde_json::from_str(&json.replace("\"version\":\"1\"", "\"version\":\"3\"")).unwrap();
    assert_eq!(Diff::restore(changed, &config).unwrap_err(), CheckpointError::Damaged);
    let elsewhere = pods().namespace("other").build().unwrap();
    let error = Diff::restore(serde_json::from_str(&json).unwrap(), &elsewhere).unwrap_err();
    assert_eq!(error, CheckpointError::OtherScope, "or everything would vanish");
}

/// A diff that was dropped in the middle of its output remembers what it returned, and no more.
#[test]
fn a_snapshot_between_two_changes_covers_what_was_returned() {
    let config = pods().build().unwrap();
    let events = || set(InitialCause::Expired, &["b@20", "d@40"], "50");
    let mut complete = Diff::new();
    changes(&mut complete, set(InitialCause::First, &["a@1", "b@2", "c@3"], "10"));
    let expected = changes(&mut complete.clone(), events());
    for taken in 0..expected.len() {
        let mut diff = complete.clone();
        events().into_iter().for_each(|event| diff.handle(event));
        let before: Vec<_> = (0..taken).map(|_| diff.poll().unwrap().to_string()).collect();
        let mut restored = Diff::restore(diff.snapshot(&config), &config).unwrap();
        let after = changes(&mut restored, events());
        let mut all: Vec<_> = before.into_iter().chain(after).collect();
        all.sort();
        let mut wanted = expected.clone();
        wanted.sort();
        assert_eq!(all, wanted, "after {taken}");
    }
}

#[test]
fn what_vanished_is_known_by_namespace_name_uid_and_version() {
    let mut diff = Diff::new();
    let uid = "c3df342e-8207-4bc7-8b2e-89142e4a4e7d";
    for uid in [uid, "no-uuid", "C3DF342E-8207-4BC7-8B2E-89142E4A4E7D"] {
        diff.handle(Event::Added(pod_with_uid("a@5", uid)));
        changes(&mut diff, []);
        for event in set(InitialCause::Expired, &[], "9") {
            diff.handle(event);
        }
        let Some(Change::Vanished(gone)) = diff.poll() else { panic!() };
        assert_eq!((gone.namespace(), gone.name(), gone.uid().as_deref()), (Some("default"), "a", Some(uid)));
        assert_eq!(gone.last().to_string(), "5");
        changes(&mut diff, []);
    }
}

/// Whatever happens, and whenever lists come in between: applying the changes gives the state of the lists and events.
#[test]
fn the_changes_add_up_to_the_truth() {
    let mut random = 7_u64;
    let mut below = move |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % bound
    };
    for _ in 0..300 {
        let (mut truth, mut mirror) = (BTreeMap::new(), BTreeMap::<String, String>::new());
        let mut diff = Diff::new();
        let mut version = 1;
        for _ in 0..40 {
            version += 1;
            let name = ["a", "b", "c", "d"][below(4) as usize].to_owned();
            let watched = below(3) > 0;
            let object = pod(&format!("{name}@{version}"));
            let event = if below(3) == 0 {
                truth.remove(&name).map(|_: String| Event::Deleted(object))
            } else {
                let is_new = truth.insert(name, version.to_string()).is_none();
                Some(if is_new { Event::Added(object) } else { Event::Modified(object) })
            };
            if watched {
                event.into_iter().for_each(|event| diff.handle(event));
            }
            // After a gap, the complete list comes before the next event.
            if !watched || below(8) == 0 {
                let objects: Vec<_> = truth.iter().map(|(name, version)| format!("{name}@{version}")).collect();
                let objects: Vec<_> = objects.iter().map(String::as_str).collect();
                set(InitialCause::Expired, &objects, &version.to_string()).into_iter().for_each(|e| diff.handle(e));
            }
        }
        while let Some(change) = diff.poll() {
            let was_there = match change {
                Change::Added(object) => {
                    let before = mirror.insert(object.name().into(), object.resource_version().to_string());
                    assert_eq!(before, None, "added twice");
                    continue;
                }
                Change::Modified(object) => mirror.insert(object.name().into(), object.resource_version().to_string()),
                Change::Deleted(object) => mirror.remove(object.name()),
                Change::Vanished(gone) => mirror.remove(gone.name()),
                Change::Synced { .. } => continue,
            };
            assert!(was_there.is_some(), "changed or deleted without having been added");
        }
        assert_eq!(mirror, truth);
    }
}

#[test]
fn keys_that_look_alike_when_joined_are_two() {
    let object = |namespace: &str, name: &str| {
        let json = format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"{namespace}","uid":"{name}","resourceVersion":"5"}}}}"#
        );
        Object::parse(json.into()).unwrap()
    };
    let mut diff = Diff::new();
    let added = changes(&mut diff, [Event::Added(object("a", "b/c")), Event::Added(object("a/b", "c"))]);
    assert_eq!(added.len(), 2, "{added:?}");
    assert!(added.iter().all(|change| change.starts_with("ADDED")), "{added:?}");
}

/// The older objects of a list that broke off came from a server that lags.
#[test]
fn older_objects_of_a_list_that_broke_off_are_forgotten() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@9", "b@9"], "10"));
    let mut broken_off = set(InitialCause::Expired, &["a@5"], "7");
    broken_off.pop();
    assert_eq!(changes(&mut diff, broken_off), [""; 0]);
    for cause in [InitialCause::Retry, InitialCause::Expired] {
        let complete = changes(&mut diff.clone(), set(cause, &["a@11", "b@9"], "12"));
        assert_eq!(complete, ["MODIFIED Pod default/a@11", "SYNCED @12"], "{cause:?}");
    }
}

#[test]
fn of_an_object_that_is_in_a_list_twice_the_newer_counts() {
    for twice in [["a@9", "a@7"], ["a@7", "a@9"]] {
        let mut diff = Diff::new();
        changes(&mut diff, set(InitialCause::First, &["a@5"], "6"));
        let found = changes(&mut diff, set(InitialCause::Expired, &twice, "10"));
        let found: Vec<_> = found.iter().map(String::as_str).filter(|change| !change.ends_with("a@7")).collect();
        assert_eq!(found, ["MODIFIED Pod default/a@9", "SYNCED @10"], "{twice:?}");
        assert_eq!(changes(&mut diff, set(InitialCause::Relist, &["a@9"], "11")), ["SYNCED @11"]);
    }
}

/// Without a uid on one side, the name identifies the object.
#[test]
fn objects_without_a_uid_are_identified_by_name() {
    let bare = |text: &str| {
        let name = text.split('@').next().unwrap();
        Object::parse(pod_json(text).replace(&format!(r#","uid":"uid-{name}""#), "").into()).unwrap()
    };
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1", "b@2", "c@3"], "10"));
    let events = [
        Event::Modified(bare("a@11")),
        Event::Modified(pod("a@12")),
        Event::Deleted(bare("b@13")),
        Event::Added(bare("b@14")),
        Event::Deleted(pod("b@15")),
    ];
    let expected = [
        "MODIFIED Pod default/a@11",
        "MODIFIED Pod default/a@12",
        "DELETED Pod default/b@13",
        "ADDED Pod default/b@14",
        "DELETED Pod default/b@15",
    ];
    assert_eq!(changes(&mut diff, events), expected);
}

#[test]
fn a_deletion_within_a_streaming_list_is_counted() {
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1", "b@2", "c@3"], "10"));
    let mut again = set(InitialCause::Expired, &["a@1"], "20");
    again.insert(2, Event::Deleted(pod("b@12")));
    changes(&mut diff, again);
    assert_eq!(diff.last_list().map(|list| (list.added, list.modified, list.removed)), Some((0, 0, 2)));
}

#[test]
fn a_uid_is_returned_as_it_was() {
    let canonical = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
    for uid in [
        canonical.to_owned(),
        canonical.to_uppercase(),
        canonical.replace('-', ""),
        canonical.replace("3d-4e", "3-d4e"),
        format!("{canonical}0"),
        format!("-{canonical}"),
        canonical.replace('0', "g"),
        "00000000-0000-0000-0000-000000000000".into(),
        "1".into(),
    ] {
        let config = pods().build().unwrap();
        let mut diff = Diff::new();
        let mut first = set(InitialCause::First, &[], "10");
        first.insert(1, Event::Initial(pod_with_uid("a@1", &uid)));
        changes(&mut diff, first);
        let json = serde_json::to_string(&diff.snapshot(&config)).unwrap();
        let restored = Diff::restore(serde_json::from_str(&json).unwrap(), &config).unwrap();
        for mut diff in [diff, restored] {
            // Another spelling is another uid.
            assert_eq!(changes(&mut diff.clone(), [Event::Modified(pod_with_uid("a@2", &uid))]).len(), 1, "{uid}");
            set(InitialCause::Expired, &[], "20").into_iter().for_each(|event| diff.handle(event));
            let Some(Change::Vanished(gone)) = diff.poll() else { panic!("it is gone") };
            assert_eq!(gone.uid().as_deref(), Some(uid.as_str()));
        }
    }
}

#[test]
fn a_change_of_any_field_of_a_snapshot_is_noticed() {
    let config = pods().build().unwrap();
    let mut diff = Diff::new();
    changes(&mut diff, set(InitialCause::First, &["a@1"], "10"));
    let json = serde_json::to_string(&diff.snapshot(&config)).unwrap();
    for (from, to) in [
        ("\"listed\":true", "\"listed\":false"),
        ("\"namespace\":\"default\"", "\"namespace\":\"defaul\""),
        ("\"name\":\"a\"", "\"name\":\"b\""),
        ("\"uid\":\"uid-a\"", "\"uid\":\"uid-b\""),
        (",\"uid\":\"uid-a\"", ""),
        ("\"version\":\"1\"", "\"version\":\"2\""),
        // The end of one text isn't the beginning of the next.
        ("\"default\",\"name\":\"a\"", "\"defaul\",\"name\":\"ta\""),
    ] {
        assert!(json.contains(from), "{json}");
        let changed = serde_json::from_str(&json.replace(from, to)).unwrap();
        assert_eq!(Diff::restore(changed, &config).unwrap_err(), CheckpointError::Damaged, "{to}");
    }
}

/// It also knows that there was a list, so an object that isn't known is new.
#[test]
fn a_restored_diff_knows_that_there_was_a_list() {
    let config = pods().build().unwrap();
    let mut listed = Diff::new();
    changes(&mut listed, set(InitialCause::First, &["a@1"], "10"));
    let events = || [Event::Modified(pod("b@11")), Event::Deleted(pod("c@12"))];
    for (diff, expected) in [
        (listed, &["ADDED Pod default/b@11"][..]),
        (Diff::new(), &["MODIFIED Pod default/b@11", "DELETED Pod default/c@12"]),
    ] {
        assert_eq!(changes(&mut Diff::restore(diff.snapshot(&config), &config).unwrap(), events()), expected);
    }
}

/// A snapshot that an earlier process of this format stored: the text must keep its meaning.
#[test]
fn a_stored_snapshot_is_read() {
    let stored = r#"{"format":1,"scope":10569769627473654155,"listed":true,"objects":[{"namespace":"default","name":"a","uid":"uid-a","version":"1"},{"namespace":"default","name":"b","uid":"uid-b","version":"2"}],"sum":13966666619699776671}"#;
    let config = pods().build().unwrap();
    let mut diff = Diff::restore(serde_json::from_str(stored).unwrap(), &config).unwrap();
    assert_eq!(serde_json::to_string(&diff.snapshot(&config)).unwrap(), stored);
    let again = changes(&mut diff, set(InitialCause::First, &["a@1", "b@20"], "50"));
    assert_eq!(again, ["MODIFIED Pod default/b@20", "SYNCED @50"]);
}
