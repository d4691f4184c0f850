//! One client in one kind of trouble.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use watch_test::TestServer;

use crate::client::{Peer, Running};
use crate::mirror::{line_of, without};
use crate::scenario::{POISON, Scenario, fill, last_change};

/// How long a client may take to begin, without any trouble.
const BEGINNING: Duration = Duration::from_secs(30);

/// How long a client must agree with the server before it is believed; also how long it has for the request that
/// follows its recovery, the next watch, so that this is counted always and not by chance.
const SETTLING: Duration = Duration::from_secs(1);

const POLL: Duration = Duration::from_millis(5);

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It agrees with the server.
    Equal {
        /// After so long.
        after: Duration,
        /// The number of requests that were sent.
        requests: usize,
    },
    /// It doesn't.
    NotEqual {
        /// How long it had.
        limit: Duration,
        /// The number of requests that were sent.
        requests: usize,
    },
    /// The trial itself failed: there's nothing to be said about the trouble.
    Failed(String),
}

/// Runs it once; what the client and the server say of it goes into `logs`, under the number of the `time`.
///
/// # Errors
/// If there can be no server, client or log.
pub fn run(scenario: &Scenario, peer: &Peer, time: usize, logs: &Path) -> io::Result<Outcome> {
    let server = TestServer::builder().start_blocking()?;
    server.with(fill);
    let log = format!("{} {} {time}", scenario.name, peer.name).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let client = Running::start(peer, &server.url(), scenario.is_streaming, &logs.join(format!("{log}.client")))?;
    let mut trial = Trial { server, client };
    let outcome = trial.run(scenario);
    fs::write(logs.join(format!("{log}.server")), format!("{outcome:?}\n{}", trial.server))?;
    Ok(outcome)
}

struct Trial {
    server: TestServer,
    client: Running,
}

impl Trial {
    fn run(&mut self, scenario: &Scenario) -> Outcome {
        if !self.waits(BEGINNING, |trial| trial.has_settled(trial.client.last().map(|last| last.at))) {
            return self.failed("it doesn't begin");
        }
        self.server.with(scenario.before);
        if !self.waits(BEGINNING, Self::agrees) {
            return self.failed("it doesn't follow");
        }
        let earlier = self.server.requests().len();
        let mut counts_from = self.begin(scenario.begin);
        if let Some(then) = scenario.when_watching {
            let has_asked = |trial: &Self| trial.server.requests().len() > earlier && trial.server.open_watches() == 1;
            if !self.waits(BEGINNING, has_asked) {
                return self.failed("it doesn't watch again");
            }
            counts_from = self.begin(then);
        }
        if scenario.lasts > Duration::ZERO {
            std::thread::sleep(scenario.lasts);
            counts_from = self.begin(|server, now| {
                server.clear_rules();
                last_change(server, now);
            });
        }
        let is_equal = self.waits(scenario.limit, |trial| trial.has_settled(Some(counts_from)));
        let requests = self.server.requests().len() - earlier;
        match self.client.last().filter(|_| is_equal) {
            Some(last) => Outcome::Equal { after: last.at.saturating_duration_since(counts_from), requests },
            None if self.client.is_over() => self.failed("it has ended"),
            None => Outcome::NotEqual { limit: scenario.limit, requests },
        }
    }

    /// Does something, and says when: before it can have been seen.
    fn begin(&self, act: impl FnOnce(&mut watch_test::model::ApiServer, Duration)) -> Instant {
        self.server.with(|server, now| {
            let at = Instant::now();
            act(server, now);
            at
        })
    }

    /// Waits until something holds, or the client has ended. What holds for [`SETTLING`] has that time on top.
    fn waits(&mut self, limit: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let until = Instant::now() + limit + SETTLING;
        loop {
            if holds(self) {
                return true;
            }
            if Instant::now() > until || self.client.is_over() {
                return false;
            }
            std::thread::sleep(POLL);
        }
    }

    fn agrees(&self) -> bool {
        let there = line_of(&self.server.objects("configmaps"));
        self.client.last().is_some_and(|last| without(&last.line, POISON) == without(&there, POISON))
    }

    /// Whether it agrees and has for a while, counted from its last word or from then, whichever is later.
    fn has_settled(&self, then: Option<Instant>) -> bool {
        let last = self.client.last().map(|last| last.at);
        last.max(then).is_some_and(|since| since.elapsed() >= SETTLING) && self.agrees()
    }

    fn failed(&mut self, why: &str) -> Outcome {
        let how = if self.client.is_over() { " (its process is gone)" } else { "" };
        Outcome::Failed(format!("{why}{how}"))
    }
}
