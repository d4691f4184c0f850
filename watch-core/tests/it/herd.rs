//! 10,000 watches that lose one server at the same moment come back apart from each other.

use std::time::Duration;

use watch_core::TransportErrorKind;

use crate::rig::{Rig, event, is_check, list, pods, secs};

const WATCHES: usize = 10_000;
const WINDOW: Duration = Duration::from_millis(100);
/// How long a response takes.
const ROUND_TRIP: Duration = Duration::from_millis(5);

/// The moment at which each request is sent, counted from the loss of the server, until all watches are open again. The
/// server loses the watches in this way, and refuses connections for this long.
fn requests(lose: fn(&mut Rig), away: Duration) -> Vec<Duration> {
    let mut all = Vec::new();
    for seed in 0..WATCHES {
        let mut rig = Rig::live(pods().seed(seed as u64)).by_hand();
        rig.body(event("ADDED", "a@11")).advance(secs(20));
        let (lost, mut answered) = (rig.now, rig.sent.len());
        lose(&mut rig);
        loop {
            while rig.sent.len() == answered {
                rig.wake();
            }
            answered = rig.sent.len();
            let since = rig.now.since(lost);
            all.push(since);
            if since < away {
                rig.fail(TransportErrorKind::Refused);
            } else if is_check(rig.request()) {
                rig.advance(ROUND_TRIP).reply(200, list("11", &["a@11"]));
            } else {
                break;
            }
        }
    }
    all.sort_unstable();
    all
}

/// The most of these moments that fit into one window.
fn densest(moments: &[Duration]) -> usize {
    let within = |(first, moment): (usize, &Duration)| moments[first..].partition_point(|at| *at < *moment + WINDOW);
    moments.iter().enumerate().map(within).max().unwrap_or_default()
}

fn reset(rig: &mut Rig) {
    rig.fail(TransportErrorKind::Reset);
}

fn end(rig: &mut Rig) {
    rig.end();
}

/// Each watch sends two requests, a version check and the watch, within 200 ms. An even distribution has 10,000 in 100 ms.
#[test]
fn a_second_server_gets_at_most_10_300_requests_in_100_ms() {
    for (how, lose) in [("reset", reset as fn(&mut Rig)), ("ended in order", end)] {
        let moments = requests(lose, Duration::ZERO);
        assert_eq!(moments.len(), 2 * WATCHES);
        let most = densest(&moments);
        assert!(most <= 10_300, "{how}: {most} in one window");
        assert!(moments.last().unwrap() < &Duration::from_millis(210), "{how}: {:?}", moments.last());
    }
}

/// One failed reconnect each, 5,000 in 100 ms. Then the backoff moves them further apart with each attempt.
#[test]
fn a_server_that_returns_gets_at_most_400_requests_in_100_ms() {
    let moments = requests(reset, secs(10));
    let most = densest(&moments);
    assert!(most <= 5_200, "{most} in one window");
    let back = moments.partition_point(|at| *at < secs(10));
    let most = densest(&moments[back..]);
    assert!(most <= 400, "{most} in one window");
}
