//! Trouble that lasts: how many requests a watch sends while the server fails each time. The waits are random, so the
//! numbers are those of many seeds.

use watch_core::{Config, Resource, ResponseHead, TransportErrorKind};

use crate::rig::{Rig, error, initial_end, is_check, list, secs, status};

const SEEDS: usize = 1000;

/// Of all seeds, the median, the greatest number and the sum of the requests in 30 s and in 60 s.
type Counts = [(usize, usize, usize); 2];

struct Trouble {
    name: &'static str,
    /// Whether the server fails lists and version checks too.
    is_everything: bool,
    fail: fn(&mut Rig),
    counts: Counts,
}

const TROUBLES: [Trouble; 5] = [
    Trouble {
        name: "no connection",
        is_everything: true,
        fail: |rig| _ = rig.fail(TransportErrorKind::Refused),
        counts: [(4, 5, 4038), (5, 6, 5033)],
    },
    Trouble {
        name: "500 on everything",
        is_everything: true,
        fail: |rig| _ = rig.reply(500, status(500, "InternalError", "broken")),
        counts: [(4, 5, 4038), (5, 7, 5066)],
    },
    Trouble {
        name: "429 with Retry-After: 7 on everything",
        is_everything: true,
        fail: |rig| _ = rig.head(ResponseHead::new(429).with_retry_after(secs(7))).end(),
        counts: [(4, 4, 4000), (5, 5, 5000)],
    },
    Trouble {
        name: "empty 200 on watches",
        is_everything: false,
        fail: |rig| _ = rig.reply(200, ""),
        counts: [(4, 10, 4132), (14, 16, 13808)],
    },
    Trouble {
        name: "410 on watches",
        is_everything: false,
        fail: |rig| _ = rig.reply(200, error(410, "Expired", "too old")),
        counts: [(5, 7, 5282), (7, 9, 7114)],
    },
];

/// Returns the number of requests in 30 s and in 60 s after an open watch breaks, without version checks that the server
/// answers.
fn requests(seed: usize, trouble: &Trouble) -> [usize; 2] {
    let config = Config::builder(Resource::core("v1", "pods")).namespace("default").seed(seed as u64);
    let mut rig = Rig::new(config).by_hand();
    rig.open().body(initial_end("10")).advance(secs(1));
    let begin = rig.now;
    let mut counts = [0; 2];
    let mut answered = rig.sent.len();
    rig.fail(TransportErrorKind::Reset);
    loop {
        while rig.sent.len() == answered {
            rig.wake();
        }
        // An answer may lead to the next request at once, so the requests are taken one by one.
        answered += 1;
        let passed = rig.now.since(begin);
        if passed >= secs(60) {
            return counts;
        }
        let is_watch = rig.has_query("watch=true");
        if trouble.is_everything || !is_check(rig.request()) {
            counts[0] += usize::from(passed < secs(30));
            counts[1] += 1;
        }
        if trouble.is_everything || is_watch {
            (trouble.fail)(&mut rig);
        } else {
            rig.reply(200, list("10", &[]));
        }
    }
}

fn counts(trouble: &Trouble) -> Counts {
    let all: Vec<_> = (0..SEEDS).map(|seed| requests(seed, trouble)).collect();
    [0, 1].map(|window| {
        let mut counts: Vec<_> = all.iter().map(|counts| counts[window]).collect();
        counts.sort_unstable();
        (counts[SEEDS / 2], counts[SEEDS - 1], counts.iter().sum())
    })
}

/// With a backoff before each attempt, also before the first one after a connection broke, the numbers are the same: the
/// machine had them in this test before it resumed sooner.
#[test]
fn trouble_that_lasts_gets_no_more_requests_than_with_a_backoff_before_each() {
    let found = TROUBLES.each_ref().map(|trouble| (trouble.name, counts(trouble)));
    println!("{found:#?}");
    assert_eq!(found, TROUBLES.each_ref().map(|trouble| (trouble.name, trouble.counts)));
}
