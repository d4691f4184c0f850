//! The headers of a response, as they came over the wire.

use std::time::Duration;

use watch_core::{Phase, ResponseHead};

use crate::rig::{Rig, list, pods};

fn head(lines: &[(&str, &str)]) -> ResponseHead {
    lines.iter().fold(ResponseHead::new(200), |head, (name, value)| head.with_header(name, value))
}

#[test]
fn the_longest_retry_after_counts() {
    for (values, seconds) in [
        (&["30"][..], Some(30)),
        (&["1", "30"], Some(30)),
        (&["30", "1"], Some(30)),
        (&["1, 30 ,7"], Some(30)),
        (&[" 30 "], Some(30)),
        (&["0"], Some(0)),
        // A date is ignored, and so is what isn't a number of seconds.
        (&["Wed, 21 Oct 2026 07:28:00 GMT"], None),
        (&["30", "Wed, 21 Oct 2026 07:28:00 GMT"], Some(30)),
        (&["Wed, 21 Oct 2026 07:28:00 GMT", "30"], Some(30)),
        (&["-1", "+5", "1.5", ""], None),
        (&["99999999999999999999999999"], Some(u64::MAX)),
    ] {
        let lines: Vec<_> = values.iter().map(|value| ("Retry-After", *value)).collect();
        assert_eq!(head(&lines).retry_after, seconds.map(Duration::from_secs), "{values:?}");
    }
}

/// The body of the list is read, or quoted as an unexpected response.
fn is_read(lines: &[(&str, &str)]) -> bool {
    let mut rig = Rig::new(pods());
    rig.head(head(lines));
    let is_read = rig.watcher.phase() == Phase::Listing;
    rig.body(list("10", &[])).end();
    assert_eq!(rig.notices.is_empty(), is_read, "{lines:?}: {:?}", rig.notices);
    is_read
}

#[test]
fn an_encoding_that_cannot_be_read_counts_wherever_it_stands() {
    for encodings in
        [&["gzip"][..], &["gzip, identity"], &["identity, gzip"], &["identity", "gzip"], &["gzip", "identity"]]
    {
        let lines: Vec<_> = encodings.iter().map(|value| ("Content-Encoding", *value)).collect();
        assert!(!is_read(&lines), "{encodings:?}");
    }
    for encodings in [&[""][..], &["identity"], &["Identity, identity"], &["", "identity"], &[" , "]] {
        let lines: Vec<_> = encodings.iter().map(|value| ("content-encoding", *value)).collect();
        assert!(is_read(&lines), "{encodings:?}");
    }
}

#[test]
fn an_empty_content_type_counts_as_absent() {
    for types in [
        &[][..],
        &["", "application/json"],
        &["  "],
        &["Application/JSON; charset=utf-8"],
        &["application/octet-stream"],
        // The first one counts.
        &["application/json", "text/html"],
    ] {
        let lines: Vec<_> = types.iter().map(|value| ("CONTENT-TYPE", *value)).collect();
        assert!(is_read(&lines), "{types:?}");
    }
    for types in [&["", "text/html"][..], &["text/plain"], &["application/jsonx"], &["application/json-seq"]] {
        let lines: Vec<_> = types.iter().map(|value| ("content-type", *value)).collect();
        assert!(!is_read(&lines), "{types:?}");
    }
}
