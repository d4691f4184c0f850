//! Runs one client under one kind of fault.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use watch_test::TestServer;

use crate::client::{Peer, Running};
use crate::mirror::{line_of, without};
use crate::scenario::{POISON, Scenario, fill, last_change};

/// The timeout of the start of a client, without faults.
const BEGINNING: Duration = Duration::from_secs(30);

/// The time for which a client must agree with the server to count as recovered. The request after the recovery (the
/// next watch) is sent within this time, so it is always counted.
const SETTLING: Duration = Duration::from_secs(1);

const POLL: Duration = Duration::from_millis(5);

/// The outcome of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client agrees with the server.
    Equal {
        /// The time until it agreed.
        after: Duration,
        /// The number of requests that were sent.
        requests: usize,
    },
    /// The client doesn't agree with the server.
    NotEqual {
        /// The timeout.
        limit: Duration,
        /// The number of requests that were sent.
        requests: usize,
    },
    /// The trial itself failed, so it has no result.
    Failed(String),
}

/// Runs a scenario once. The logs of the client and the server are written to `logs`, with the number `time`.
///
/// # Errors
/// Fails if the server, the client or a log can't be started.
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
            return self.failed("the client doesn't start");
        }
        self.server.with(scenario.before);
        if !self.waits(BEGINNING, Self::agrees) {
            return self.failed("the client doesn't follow the first changes");
        }
        let earlier = self.server.requests().len();
        let mut counts_from = self.begin(scenario.begin);
        if let Some(then) = scenario.when_watching {
            let has_asked = |trial: &Self| trial.server.requests().len() > earlier && trial.server.open_watches() == 1;
            if !self.waits(BEGINNING, has_asked) {
                return self.failed("the client doesn't watch again");
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
            None if self.client.is_over() => self.failed("the client has ended"),
            None => Outcome::NotEqual { limit: scenario.limit, requests },
        }
    }

    /// Changes the server, and returns the time before the change.
    fn begin(&self, act: impl FnOnce(&mut watch_test::model::ApiServer, Duration)) -> Instant {
        self.server.with(|server, now| {
            let at = Instant::now();
            act(server, now);
            at
        })
    }

    /// Waits until a condition holds, or the client has ended. A condition that holds for [`SETTLING`] gets that time
    /// in addition.
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

    /// Returns whether the client has agreed for long enough, since its last line or since `then`, whichever is later.
    fn has_settled(&self, then: Option<Instant>) -> bool {
        let last = self.client.last().map(|last| last.at);
        last.max(then).is_some_and(|since| since.elapsed() >= SETTLING) && self.agrees()
    }

    fn failed(&mut self, why: &str) -> Outcome {
        let how = if self.client.is_over() { " (its process is gone)" } else { "" };
        Outcome::Failed(format!("{why}{how}"))
    }
}
