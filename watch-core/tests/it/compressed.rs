//! Bodies that the driver decompresses. Their bytes may be handed in before their checksum arrived.

use watch_core::{Cause, Notice, ResponseHead, Start, TransportErrorKind};

use crate::rig::{Rig, event, initial_end, list, pods};
use crate::transcript::query;

/// A list or an event with a flipped bit.
const CORRUPT: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"s3cret" "x"}}]}"#;

fn corrupt_reply(rig: &mut Rig) {
    rig.head(ResponseHead::new(200).with_content_type("application/json").with_decompressed(true)).body(CORRUPT);
}

fn accepts_only_plain(rig: &Rig) -> bool {
    rig.request().headers().any(|header| header == ("accept-encoding", "identity"))
}

/// The failure of the last notice, and whether it needs attention.
fn last(rig: &mut Rig) -> (Cause, bool) {
    match rig.notices.pop() {
        Some(Notice::Retrying { trouble, .. }) => (trouble.cause, false),
        Some(Notice::NeedsAttention { trouble, .. }) => (trouble.cause, true),
        other => panic!("{other:?}"),
    }
}

fn assert_transport(rig: &mut Rig) {
    let (Cause::Transport(error), false) = last(rig) else { panic!() };
    assert_eq!(error.kind, TransportErrorKind::Other);
    assert!(error.message.starts_with("compressed body unreadable, retrying uncompressed: "), "{error}");
}

#[test]
fn corrupt_bodies_are_transport_errors_retried_uncompressed() {
    let mut rig = Rig::new(pods());
    assert!(!accepts_only_plain(&rig));
    corrupt_reply(&mut rig);
    assert_transport(&mut rig);
    rig.until_sent();
    assert!(accepts_only_plain(&rig), "{:?}", rig.request());
    let mut right = rig.clone();

    // An object that is unreadable both ways needs attention, as without compression.
    rig.reply(200, CORRUPT);
    assert!(matches!(last(&mut rig), (Cause::Unreadable(_), false)));
    rig.until_sent();
    assert!(accepts_only_plain(&rig));
    rig.reply(200, CORRUPT);
    assert!(matches!(last(&mut rig), (Cause::Unreadable(_), true)));

    // A complete list ends it.
    right.reply(200, list("9", &["a@5"])).open();
    right.handle(watch_core::Input::Relist).settle();
    assert!(query(right.request(), "watch").is_none() && !accepts_only_plain(&right), "{:?}", right.request());
}

/// Never: each list is compressed and corrupt, whatever the request says.
#[test]
fn a_corrupt_body_never_needs_attention() {
    let mut rig = Rig::new(pods());
    for _ in 0..20 {
        corrupt_reply(&mut rig);
        assert_transport(&mut rig);
        rig.until_sent();
    }
}

#[test]
fn a_corrupt_streaming_list_falls_back_to_an_uncompressed_list() {
    let mut rig = Rig::new(pods().start(Start::default()));
    for _ in 0..3 {
        assert!(query(rig.request(), "sendInitialEvents").is_some());
        corrupt_reply(&mut rig);
        if rig.sent.len() < 3 {
            assert_transport(&mut rig);
            rig.until_sent();
        }
    }
    rig.settle();
    assert!(query(rig.request(), "watch").is_none() && accepts_only_plain(&rig), "{:?}", rig.request());
}

#[test]
fn a_watch_that_began_compressed_and_can_not_be_read_is_resumed() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.head(ResponseHead::new(200).with_decompressed(true)).body(event("ADDED", "a@5") + &initial_end("9"));
    rig.body(event("MODIFIED", "a@12") + "{\"type\":\"ADDED\"]");
    assert_transport(&mut rig);
    rig.until_sent();
    assert!(rig.has_query("resourceVersion=12") && accepts_only_plain(&rig), "{:?}", rig.request());
}

#[test]
fn no_value_of_a_secret_is_shown() {
    let secrets = watch_core::Config::builder(watch_core::Resource::core("v1", "secrets"))
        .start(Start::InitialList(watch_core::InitialList::List));
    let mut rig = Rig::new(secrets);
    corrupt_reply(&mut rig);
    assert!(!format!("{:?}", rig.notices).contains("s3cret"), "{:?}", rig.notices);
    assert_transport(&mut rig);
}
