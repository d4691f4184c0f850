//! Generated documents are read as serde_json reads them.

use watch_sim::fuzz::{document, scan};

/// Another part of them for each day would be no test. A release build, which is fast, tries more; the fuzzer tries others.
const DOCUMENTS: u64 = if cfg!(debug_assertions) { 4_000 } else { 400_000 };

#[test]
fn documents_are_read_as_a_complete_parser_reads_them() {
    for seed in 0..DOCUMENTS {
        scan(&document(seed));
    }
}
