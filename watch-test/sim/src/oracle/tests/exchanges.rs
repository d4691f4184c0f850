//! Exchanges that overlap, outputs after the end, endless work.

use watch_core::{Event, InitialCause, Input, Instant, Output, TransportError, TransportErrorKind};

use super::{begin, fresh, watcher};
use crate::oracle::exchanges::Exchanges;
use crate::oracle::limits::Limits;
use crate::oracle::work::Work;
use crate::violation::Oracle;

#[test]
fn outputs_after_the_end_are_rejected() {
    let (mut first, id) = watcher();
    let send = |exchanges: &mut Exchanges| {
        let mut watcher = fresh();
        exchanges.output(&watcher.poll(Instant::ORIGIN))
    };
    let rejected = |result: Result<(), crate::Violation>| result.unwrap_err().oracle == Oracle::Silence;
    // Two at a time.
    let mut exchanges = Exchanges::default();
    send(&mut exchanges).unwrap();
    assert!(rejected(send(&mut exchanges)));
    // An event of an exchange that was dropped.
    let mut exchanges = Exchanges::default();
    send(&mut exchanges).unwrap();
    exchanges.output(&Output::Abort(id)).unwrap();
    assert!(rejected(exchanges.output(&Output::Event(begin()))));
    assert!(rejected(exchanges.output(&Output::Abort(id))));
    // Any output after a stop.
    let mut exchanges = Exchanges::default();
    send(&mut exchanges).unwrap();
    exchanges.stopped();
    exchanges.output(&Output::Abort(id)).unwrap();
    assert!(rejected(exchanges.output(&Output::Event(begin()))));
    let error = TransportError::new(TransportErrorKind::Reset, "");
    first.handle(Input::Failed { id, error }).unwrap();
    assert!(rejected(exchanges.output(&first.poll(Instant::ORIGIN))));
}

#[test]
fn a_list_that_was_not_requested_is_rejected() {
    let mut exchanges = Exchanges::default();
    let mut watcher = fresh();
    exchanges.output(&watcher.poll(Instant::ORIGIN)).unwrap();
    let asked = Output::Event(Event::InitialBegin { cause: InitialCause::Relist });
    assert_eq!(exchanges.output(&asked).unwrap_err().oracle, Oracle::Restarts);
}

#[test]
fn a_request_id_that_was_used_before_is_rejected() {
    let mut exchanges = Exchanges::default();
    let (_, id) = watcher();
    let mut watcher = fresh();
    let send = watcher.poll(Instant::ORIGIN);
    exchanges.output(&send).unwrap();
    exchanges.ended(id);
    assert_eq!(exchanges.output(&send).unwrap_err().oracle, Oracle::Silence);
}

#[test]
fn work_without_end_and_lines_without_end_are_rejected() {
    let mut limits = Limits::default();
    assert!((0..100).any(|_| limits.output().is_err_and(|violation| violation.oracle == Oracle::Spin)));
    let mut limits = Limits::default();
    limits.handed_in(&[b'x'; 100]);
    assert_eq!(limits.waits(true, 64).unwrap_err().oracle, Oracle::Resources);
    limits.handed_in(b"\n{");
    limits.waits(true, 64).unwrap();
}

#[test]
fn events_in_single_bytes_are_as_much_work_as_in_one_piece() {
    let outputs = |piece: usize| {
        let mut work = Work::default();
        for _ in 0..1600 / piece {
            work.handed_in(&vec![b' '; piece]);
        }
        (0..).find(|_| work.output().is_err())
    };
    for piece in [1, 2, 5, 1600] {
        assert_eq!(outputs(piece), Some(64 + 400), "{piece}");
    }
}
