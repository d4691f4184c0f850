//! An object that is in one list twice counts as the newer of both, whatever was known before.

use watch_core::{Change, Config, Diff, DiffSnapshot, Event, InitialCause, Object, Resource};

fn pod(name: &str, uid: &str, version: u64) -> Object {
    let uid = if uid.is_empty() { String::new() } else { format!("\"uid\":\"{uid}\",") };
    Object::parse(format!("{{\"metadata\":{{\"name\":\"{name}\",{uid}\"resourceVersion\":\"{version}\"}}}}").into())
        .unwrap()
}

fn begin(cause: InitialCause) -> Event {
    Event::InitialBegin { cause }
}

fn end(version: &str) -> Event {
    Event::InitialEnd { resource_version: version.parse().unwrap() }
}

/// A diff that knows `a@9`.
fn knows(uid: &str) -> Diff {
    let mut diff = Diff::new();
    changes(&mut diff, [begin(InitialCause::First), Event::Initial(pod("a", uid, 9)), end("9")]);
    diff
}

fn changes(diff: &mut Diff, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    events.into_iter().for_each(|event| diff.handle(event));
    std::iter::from_fn(|| diff.poll()).map(|change| change.to_string()).collect()
}

/// kube-apiserver sends a streaming list from a cache that lags: the old state first, then the changes up to the end
/// marker.
#[test]
fn a_streaming_list_counts_as_its_last_event_of_each_object() {
    let mut diff = knows("1");
    let set =
        [begin(InitialCause::Trouble), Event::Initial(pod("a", "1", 7)), Event::Initial(pod("a", "1", 9)), end("9")];
    assert_eq!(changes(&mut diff, set), ["SYNCED @9"]);
    let set =
        [begin(InitialCause::Trouble), Event::Initial(pod("a", "1", 7)), Event::Initial(pod("a", "1", 12)), end("12")];
    assert_eq!(changes(&mut diff, set), ["MODIFIED object a@12", "SYNCED @12"]);
}

#[test]
fn of_two_older_objects_the_newer_counts() {
    for versions in [[6, 7], [7, 6]] {
        let mut diff = knows("1");
        let objects = versions.map(|version| Event::Initial(pod("a", "1", version)));
        let set = [begin(InitialCause::Expired)].into_iter().chain(objects).chain([end("8")]);
        assert_eq!(changes(&mut diff, set), ["MODIFIED object a@7", "SYNCED @8"]);
    }
}

#[test]
fn after_a_rollback_the_newer_counts_as_well() {
    let mut diff = knows("1");
    let set =
        [begin(InitialCause::Rollback), Event::Initial(pod("a", "1", 7)), Event::Initial(pod("a", "1", 6)), end("8")];
    assert_eq!(changes(&mut diff, set), ["MODIFIED object a@7", "SYNCED @8"]);
}

#[test]
fn an_older_object_replaced_in_its_list_does_not_return() {
    let mut diff = knows("1");
    let set =
        [begin(InitialCause::Expired), Event::Initial(pod("a", "1", 7)), Event::Initial(pod("a", "2", 8)), end("8")];
    assert_eq!(changes(&mut diff, set), ["VANISHED a@9", "ADDED object a@8", "SYNCED @8"]);
}

#[test]
fn an_older_object_without_uid_deleted_in_its_list_is_gone() {
    let mut diff = knows("");
    let set =
        [begin(InitialCause::Expired), Event::Initial(pod("a", "", 7)), Event::Deleted(pod("a", "", 8)), end("8")];
    assert_eq!(changes(&mut diff, set), ["VANISHED a@9", "SYNCED @8"]);
    // An even older deletion is about an object before it.
    let mut diff = knows("");
    let set =
        [begin(InitialCause::Expired), Event::Initial(pod("a", "", 7)), Event::Deleted(pod("a", "", 6)), end("8")];
    assert_eq!(changes(&mut diff, set), ["MODIFIED object a@7", "SYNCED @8"]);
}

fn config() -> Config {
    Config::builder(Resource::core("v1", "pods")).build().unwrap()
}

#[test]
fn what_vanished_is_equal_whether_the_diff_was_restored_or_not() {
    let mut diff = knows("1");
    changes(&mut diff, [begin(InitialCause::Expired), Event::Initial(pod("a", "1", 9)), end("10")]);
    let mut restored = Diff::restore(diff.snapshot(&config()), &config()).unwrap();
    let vanished = |diff: &mut Diff| -> Option<Change> {
        [begin(InitialCause::Expired), end("11")].into_iter().for_each(|event| diff.handle(event));
        diff.poll()
    };
    assert_eq!(vanished(&mut diff), vanished(&mut restored));
}

#[test]
fn a_snapshot_with_an_empty_uid_is_as_one_without() {
    let json = serde_json::to_string(&knows("").snapshot(&config())).unwrap();
    let altered = json.replace("\"name\":\"a\"", "\"name\":\"a\",\"uid\":\"\"");
    assert_ne!(json, altered);
    let snapshot: DiffSnapshot = serde_json::from_str(&altered).unwrap();
    let mut diff = Diff::restore(snapshot, &config()).unwrap();
    assert_eq!(serde_json::to_string(&diff.snapshot(&config())).unwrap(), json);
    let set = [begin(InitialCause::First), Event::Initial(pod("a", "1", 9)), end("9")];
    assert_eq!(changes(&mut diff, set), ["SYNCED @9"]);
}

#[test]
fn after_a_rollback_an_old_deletion_keeps_what_its_list_has() {
    let mut diff = knows("");
    let set =
        [begin(InitialCause::Rollback), Event::Initial(pod("a", "", 7)), Event::Deleted(pod("a", "", 3)), end("8")];
    assert_eq!(changes(&mut diff, set), ["MODIFIED object a@7", "SYNCED @8"]);
}

#[test]
fn an_older_object_whose_successor_was_deleted_is_added() {
    let mut diff = knows("");
    let set =
        [begin(InitialCause::Expired), Event::Initial(pod("a", "1", 7)), Event::Deleted(pod("a", "2", 9)), end("9")];
    assert_eq!(changes(&mut diff, set), ["DELETED object a@9", "ADDED object a@7", "SYNCED @9"]);
}
