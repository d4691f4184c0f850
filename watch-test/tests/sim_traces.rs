//! What passed the doors of a machine happens again, and where it doesn't, that is told.

use watch_test::sim::recording::Otherwise;
use watch_test::sim::{Recording, plan_of, record};

#[test]
fn what_was_recorded_happens_again() {
    for seed in 0..60 {
        let lines = record(&plan_of(seed));
        let recording = Recording::read(&lines.join("\n")).unwrap();
        recording.replay().unwrap_or_else(|otherwise| panic!("seed {seed}: {otherwise}"));
        assert!(recording.entries.len() > 3, "seed {seed}");
    }
}

#[test]
fn without_a_description_the_first_request_tells_what_was_watched() {
    let mut inferred = 0;
    for seed in 0..60 {
        let mut plan = plan_of(seed);
        let client = &mut plan.setup.clients[0];
        // What no request tells.
        (client.seed, client.watch, client.largest, client.stop_on_expired) = (0, 290, 16 << 20, false);
        (client.page, client.deadline, client.patience) = (Some(500), None, None);
        let lines = record(&plan);
        let recording = Recording::read(&lines[1..].join("\n")).unwrap();
        inferred += u32::from(recording.replay().is_ok());
    }
    // Where there are no bookmarks, nobody can see whether streaming lists were wanted; that makes no difference.
    assert_eq!(inferred, 60);
}

#[test]
fn what_comes_out_otherwise_is_told() {
    let lines = record(&plan_of(1)).join("\n");
    let mut recording = Recording::read(&lines).unwrap();
    recording.watch.resource = "secrets".into();
    let Err(Otherwise::Difference(difference)) = recording.replay() else { panic!("another machine says the same") };
    assert_eq!(difference.index, 0);
    assert!(difference.found.contains("/secrets"), "{difference}");
}

#[test]
fn a_line_that_can_not_be_read_is_named() {
    let mut lines = record(&plan_of(1));
    lines[2] = "{\"polled\":".into();
    assert_eq!(Recording::read(&lines.join("\n")).unwrap_err().line, 3);
    assert!(Recording::read("{}").is_err());
    assert!(Recording::read("").is_err());
}
