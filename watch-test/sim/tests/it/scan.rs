//! Generated documents are read as serde_json reads them.

use watch_sim::fuzz::{document, scan};

/// The same ones each time. A release build, which is fast, tries more; the fuzzer tries others.
const DOCUMENTS: u64 = if cfg!(debug_assertions) { 2_000 } else { 400_000 };

#[test]
fn documents_are_read_as_a_complete_parser_reads_them() {
    for seed in 0..DOCUMENTS {
        scan(&document(seed));
    }
}
