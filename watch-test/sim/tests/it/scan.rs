//! Generated documents are read as serde_json reads them.

use std::env;

use watch_sim::fuzz::{document, metadata, scan};

/// How many documents are read: `WATCH_DOCUMENTS`, or a number that takes a few seconds. They are the same ones each
/// time; the fuzzer tries others.
fn documents() -> u64 {
    let default = if cfg!(debug_assertions) { 2_000 } else { 400_000 };
    env::var("WATCH_DOCUMENTS").map_or(default, |number| number.parse().expect("WATCH_DOCUMENTS is a number"))
}

#[test]
fn documents_are_read_as_a_complete_parser_reads_them() {
    for seed in 0..documents() {
        scan(&document(seed));
    }
}

#[test]
fn metadata_is_read_as_a_complete_parser_reads_it() {
    for seed in 0..documents() {
        metadata(&document(seed));
    }
}

/// serde's own maps keep only the last value.
#[test]
fn each_value_of_a_name_that_comes_twice_is_read() {
    for twice in [
        r#""labels":{"a":{},"a":"b"}"#,
        r#""annotations":{"a":"b","a":1}"#,
        r#""labels":{"a":"b","\u0061":"c"}"#,
        r#""ownerReferences":[{"kind":1,"kind":"K"}]"#,
        r#""ownerReferences":[{"kind":"K","kind":null,"controller":true,"controller":false}]"#,
    ] {
        metadata(format!(r#"{{"metadata":{{"name":"n","resourceVersion":"1",{twice}}}}}"#).as_bytes());
    }
}
