//! Cases that concern the code that carries the bytes, not the machine.

/// Each is a test of watch-hyper (`tests/it/bad_input.rs`) with this name; the machine isn't involved.
#[rustfmt::skip]
pub(super) const CASES: [(&str, &str); 3] = [
    ("H25", "goaway_ends_no_watch_and_the_next_one_reconnects"),
    ("H26", "watches_beyond_the_stream_limit_open_a_connection"),
    ("H28", "heads_of_any_size_are_refused_and_recovered_from"),
];

/// The tests that must exist under those names.
pub(super) const TESTS: &str = include_str!("../../../../watch-hyper/tests/it/bad_input.rs");
