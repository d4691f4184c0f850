//! Generated documents are read as serde_json reads them.

use watch_sim::fuzz::{document, metadata, scan};

/// The same ones each time. A release build, which is fast, tries more; the fuzzer tries others.
const DOCUMENTS: u64 = if cfg!(debug_assertions) { 2_000 } else { 400_000 };

#[test]
fn documents_are_read_as_a_complete_parser_reads_them() {
    for seed in 0..DOCUMENTS {
        scan(&document(seed));
    }
}

#[test]
fn metadata_is_read_as_a_complete_parser_reads_it() {
    for seed in 0..DOCUMENTS {
        metadata(&document(seed));
    }
}
