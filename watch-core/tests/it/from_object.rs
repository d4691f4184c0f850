//! Types that the objects of events and changes become.

use core::convert::Infallible;

use serde::Deserialize;
use watch_core::{Change, Event, FromObject, InitialCause, Object};

use crate::rig::pod_json;

#[derive(Debug, Deserialize)]
struct Named {
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
}

/// A type that no object of these tests fits.
#[derive(Debug, Deserialize)]
struct Other {
    #[expect(dead_code, reason = "it must be there, nothing reads it")]
    other: u8,
}

fn pod() -> Object {
    Object::parse(pod_json("a@5").into()).unwrap()
}

fn name<T: FromObject>(object: Object, name: impl Fn(&T) -> &str) -> Result<String, T::Error> {
    T::from_object(object).map(|made| name(&made).to_owned())
}

#[test]
fn an_object_becomes_itself_without_a_copy() {
    let object = pod();
    let Ok(same) = <Object as FromObject>::from_object(object.clone());
    assert_eq!(same.raw().as_ptr(), object.raw().as_ptr());
    let kept = FromObject::detach(same);
    assert_ne!(kept.raw().as_ptr(), object.raw().as_ptr(), "a detached object keeps no shared buffer");
    assert_eq!(kept, object);
}

#[test]
fn an_object_becomes_any_type_that_serde_reads() {
    let Ok(raw) = name(pod(), Object::name);
    assert_eq!(raw, "a");
    assert_eq!(name(pod(), |pod: &Named| &pod.metadata.name).unwrap(), "a");
    let error = name(pod(), |_: &Other| "").unwrap_err();
    assert_eq!(error.object().name(), "a");
}

#[test]
fn events_and_changes_keep_all_but_their_object() {
    let version = || "7".parse().unwrap();
    let events = [
        Event::InitialBegin { cause: InitialCause::Expired },
        Event::Initial(pod()),
        Event::InitialEnd { resource_version: version() },
        Event::Added(pod()),
        Event::Modified(pod()),
        Event::Deleted(pod()),
        Event::Bookmark { resource_version: version() },
    ];
    for event in events {
        let text = event.to_string();
        assert_eq!(event.clone().map(|object| object).to_string(), text);
        assert_eq!(
            event.clone().map(|object| object.name().to_owned()).to_string(),
            text.replace("Pod default/a@5", "a")
        );
        let has_object = text.contains("Pod");
        assert_eq!(event.try_map(Other::from_object).is_err(), has_object, "{text}");
    }
    let changes = [
        Change::Added(pod()),
        Change::Modified(pod()),
        Change::Deleted(pod()),
        Change::Synced { resource_version: version() },
    ];
    for change in changes {
        let text = change.to_string();
        let Ok(same) = change.clone().try_map(Ok::<_, Infallible>);
        assert_eq!(same.to_string(), text);
        assert_eq!(
            change.clone().map(|object| object.name().to_owned()).to_string(),
            text.replace("Pod default/a@5", "a")
        );
        let has_object = text.contains("Pod");
        assert_eq!(change.try_map(Other::from_object).is_err(), has_object, "{text}");
    }
}

#[test]
fn a_change_has_an_object_that_was_applied_or_touched() {
    let synced = Change::<Object>::Synced { resource_version: "9".parse().unwrap() };
    let touched = |object| Some(watch_core::Touched::Object(object));
    for (change, applied, expected) in [
        (Change::Added(pod()), Some(pod()), touched(pod())),
        (Change::Modified(pod()), Some(pod()), touched(pod())),
        (Change::Deleted(pod()), None, touched(pod())),
        (synced, None, None),
    ] {
        assert_eq!((change.clone().applied(), change.touched()), (applied, expected));
    }
    let mut diff = watch_core::Diff::new();
    for cause in [InitialCause::First, InitialCause::Expired] {
        diff.handle(Event::InitialBegin { cause });
        if cause == InitialCause::First {
            diff.handle(Event::Initial(pod()));
        }
        diff.handle(Event::InitialEnd { resource_version: "9".parse().unwrap() });
    }
    let changes: Vec<_> = std::iter::from_fn(|| diff.poll()).collect();
    let Change::Vanished(gone) = &changes[2] else { panic!("{changes:?}") };
    assert_eq!(changes[2].clone().touched(), Some(watch_core::Touched::Vanished(gone.clone())));
    assert_eq!(changes[2].clone().applied(), None);
}
