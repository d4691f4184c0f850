//! A controller that reads its own writes.

use watch_sim::{OwnWrites, own_writes};

const SEEDS: u64 = 30;

fn all(has_book: bool) -> Vec<OwnWrites> {
    (0..SEEDS).map(|seed| own_writes(seed, has_book)).collect()
}

#[test]
fn a_controller_with_a_book_never_acts_on_an_older_state() {
    for (seed, run) in all(true).into_iter().enumerate() {
        assert_eq!(run.stale, 0, "seed {seed}: {run:?}");
        assert!(run.acted > 50 && run.waited > 0, "seed {seed}: {run:?}");
        assert_eq!(run.pending, 0, "seed {seed}: each write becomes visible: {run:?}");
    }
}

/// The oracle can fail: the same runs without the book.
#[test]
fn a_controller_without_a_book_acts_on_the_past() {
    for (seed, run) in all(false).into_iter().enumerate() {
        assert!(run.stale > 0, "seed {seed}: {run:?}");
        assert_eq!(run.waited, 0);
    }
}
