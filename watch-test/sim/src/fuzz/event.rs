//! One document of a watch.

use bytes::Bytes;
use watch_core::wire::{EventType, WatchEvent, write_event};

/// Checks that an event is the same after it is written and read.
///
/// # Panics
/// Panics if it isn't.
pub fn event(data: &[u8]) {
    let Ok(event) = WatchEvent::parse(&Bytes::copy_from_slice(data)) else { return };
    let (kind, json) = match &event {
        WatchEvent::Added(object) => (EventType::Added, object.raw().to_vec()),
        WatchEvent::Modified(object) => (EventType::Modified, object.raw().to_vec()),
        WatchEvent::Deleted(object) => (EventType::Deleted, object.raw().to_vec()),
        WatchEvent::Error(status) => (EventType::Error, status.to_json()),
        WatchEvent::Bookmark(_) => return,
    };
    let mut written = Vec::new();
    write_event(&mut written, kind, &json);
    let again = WatchEvent::parse(&written.into()).expect("what was written can be read");
    assert_eq!(std::mem::discriminant(&again), std::mem::discriminant(&event));
    if let (WatchEvent::Added(object), WatchEvent::Added(before)) = (&again, &event) {
        assert_eq!(
            (object.name(), object.namespace(), object.uid()),
            (before.name(), before.namespace(), before.uid())
        );
        assert_eq!(object.resource_version(), before.resource_version());
        assert!(!object.name().is_empty());
        _ = object.decode::<serde_json::Value>();
    }
}
