//! Recorded traces replay, and a replay shows the first difference.

use watch_core::trace::{self, TraceError};
use watch_sim::{plan_of, record};

fn replay(lines: &[String]) -> Result<(), TraceError> {
    trace::replay(trace::read(&lines.join("\n"))?)
}

#[test]
fn what_was_recorded_replays() {
    for seed in 0..60 {
        let lines = record(&plan_of(seed));
        replay(&lines).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(lines.len() > 4, "seed {seed}");
    }
}

#[test]
fn a_replay_shows_where_it_differs() {
    let mut lines = record(&plan_of(1));
    let config = lines[0].clone();
    lines[0] = config.replace("\"plural\":\"", "\"plural\":\"other");
    assert_ne!(lines[0], config);
    let Err(TraceError::Difference(difference)) = replay(&lines) else { panic!("another machine does the same") };
    assert_eq!(difference.index, 1);
    assert!(difference.found.contains("/other"), "{difference}");
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let mut lines = record(&plan_of(1));
    lines[2] = "{\"polled\":".into();
    assert!(matches!(replay(&lines), Err(TraceError::Line { line: 3, .. })), "{:?}", replay(&lines));
}
