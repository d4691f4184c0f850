//! The clients' side: passes inputs to the machines, and executes their outputs.

use core::time::Duration;

use watch_core::{Event, Input, Instant, Output, Request, RequestId};
use watch_test::check::{Line, Position};

use super::{Listed, World};
use crate::mutant::Mutant;
use crate::net::Fact;
use crate::oracle::{endings, requests};
use crate::plan::StartAt;
use crate::violation::{Oracle, Violation, broken};

impl World {
    /// Passes a client what has arrived, and executes its outputs. Returns whether anything happened.
    pub(super) fn drive(&mut self, index: usize) -> Result<bool, Violation> {
        let is_paused = self.clients[index].paused_until > self.now;
        let sleeps = self.manner.mutant == Some(Mutant::Sleeps) && self.now > Duration::from_secs(3);
        if sleeps || is_paused && !self.clients[index].hands_in {
            return Ok(false);
        }
        let mut moved = false;
        loop {
            let all = self.setup.net.batch || is_paused || self.clients[index].misses_its_deadline(self.now);
            let mut handed = self.hand_in(index, all)?;
            moved |= handed;
            if is_paused {
                self.clients[index].has_handed_in |= handed;
                return Ok(moved);
            }
            handed |= core::mem::take(&mut self.clients[index].has_handed_in);
            let is_due = self.clients[index].wakes_at().is_some_and(|at| at <= self.now);
            let is_new = self.clients[index].waits.is_none() && self.clients[index].done.is_none();
            if !(handed || is_due || is_new) {
                return Ok(moved);
            }
            moved = true;
            if is_due {
                let left = &mut self.clients[index].late_timers.times;
                *left = left.saturating_sub(1);
            }
            self.poll(index)?;
        }
    }

    fn hand_in(&mut self, index: usize, all: bool) -> Result<bool, Violation> {
        let mut handed = false;
        let numbers: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.client == index).map(|(number, _)| *number).collect();
        for number in numbers {
            while let Some(link) = self.links.get_mut(&number)
                && let Some(fact) = link.arrive(self.now)
            {
                let request = link.request;
                let is_late = link.is_late || link.process != self.clients[index].process;
                if link.process != self.clients[index].process {
                    continue;
                }
                let cell = (self.clients[index].watcher.phase(), fact_name(&fact, is_late));
                if self.cell != Some(cell) {
                    self.cell = Some(cell);
                    self.counts.one("cell", &format!("{} {}", cell.0, cell.1));
                }
                let unreadable = link.unreadable().filter(|_| !is_late);
                let is_check = link.is_check;
                let (is_watch, is_list_answered) = (link.is_watch && !is_check, answers(&fact, link.status));
                if let Fact::Head(head) = &fact {
                    link.status = head.status;
                }
                let is_unanswered = match &fact {
                    Fact::Failed(_) => link.status == 0,
                    Fact::Head(head) => head.status == 401,
                    Fact::Bytes(_) | Fact::End => false,
                };
                if !is_late {
                    self.clients[index].checked(self.now, is_watch, is_list_answered, &fact);
                }
                if is_check && is_unanswered && !is_late {
                    self.clients[index].checks.unanswered();
                }
                self.observe(index, request, &fact, is_late);
                if self.manner.mutant == Some(Mutant::Hoards) {
                    self.clients[index].limits.handed_in(&[b'x'; 1 << 16]);
                }
                if is_late {
                    // Its order relative to other inputs isn't specified.
                    self.clients[index].hand_over_stale(fact.input(request))?;
                } else {
                    self.clients[index].handle(fact.input(request))?;
                }
                if let Some(what) = unreadable.filter(|_| !is_check) {
                    self.clients[index].unreadable_came(what);
                }
                handed = true;
                if !all {
                    return Ok(true);
                }
            }
        }
        Ok(handed)
    }

    /// Informs the oracles of an input that arrives.
    fn observe(&mut self, index: usize, request: RequestId, fact: &Fact, is_late: bool) {
        let now = self.now;
        self.transcript.lines(|| [Line::of_input(now, index, &fact.clone().input(request))]);
        if let Fact::Head(head) = fact {
            if !is_late {
                self.clients[index].settings.answered(head.status);
            }
            self.counts.one("status", &head.status.to_string());
            if let Some(wait) = head.retry_after.filter(|_| head.status != 200 && !is_late) {
                self.clients[index].rate.retry_after(now, wait.min(Duration::from_secs(300)));
            }
        }
    }

    /// Polls a machine until it waits, and executes its outputs.
    fn poll(&mut self, index: usize) -> Result<(), Violation> {
        loop {
            if self.manner.clones {
                self.clients[index].clone_machine();
            }
            let client = &mut self.clients[index];
            let time = self.now.saturating_sub(client.clock_back);
            if !client.clock_back.is_zero() {
                client.checks.clock_went_back();
                client.settings.clock_went_back();
            }
            client.rate.clock_went_back(core::mem::take(&mut client.clock_back));
            let output = client.poll(Instant::from_origin(time));
            if let (Output::Done(again), Some(done)) = (&output, &client.done) {
                return endings::again(done, again);
            }
            if let Output::Event(event) = &output {
                assert!(self.manner.mutant != Some(Mutant::Panics), "an intentional bug");
                self.writes += u64::from(self.manner.mutant == Some(Mutant::LosesEvents));
                if matches!(event, Event::Modified(_))
                    && self.manner.mutant == Some(Mutant::LosesEvents)
                    && self.writes.is_multiple_of(3)
                {
                    continue;
                }
            }
            self.transcribe(index, &output);
            // As in the machine: a clock that goes back is treated as one that stands still.
            self.clients[index].clock = self.clients[index].clock.max(time);
            let clock = self.clients[index].clock;
            self.clients[index].output(clock, &output, &self.truth, &mut self.counts)?;
            if !matches!(output, Output::Wait(_)) {
                self.transcript.number(self.clients[index].changes.hash());
            }
            match output {
                Output::Send(request) => self.send(index, &request)?,
                Output::Abort(_) => self.abort(index),
                Output::Notice(notice) => {
                    self.count_notice(&notice);
                    let client = &mut self.clients[index];
                    client.notices.check(&notice, self.now.saturating_sub(client.spoke_at))?;
                }
                Output::Event(event) => {
                    self.check_version(index, &event)?;
                    self.clients[index].spoke_at = self.now;
                    // After each event, not after each wait, since that depends on how bodies are cut.
                    if self.saves {
                        self.clients[index].save(self.now);
                    }
                }
                Output::Wait(_) => return Ok(()),
                Output::Done(done) => {
                    self.counts.one("done", done.kind());
                    return Ok(());
                }
            }
            if self.crashes(index)? {
                return Ok(());
            }
        }
    }

    /// Ends the process between two outputs, if that is due.
    fn crashes(&mut self, index: usize) -> Result<bool, Violation> {
        let Some(crash) = &mut self.clients[index].crash else { return Ok(false) };
        if crash.outputs > 0 {
            crash.outputs -= 1;
            return Ok(false);
        }
        let from = crash.from;
        self.counts.one("fault", "crash between outputs");
        self.begin_process(index, from)?;
        Ok(true)
    }

    /// Checks that no list has a version that the store hasn't reached.
    fn check_version(&self, index: usize, event: &Event) -> Result<(), Violation> {
        let Event::InitialEnd { resource_version } = event else { return Ok(()) };
        let text = resource_version.text();
        let revision: u64 = self.setup.versions.plain(&text).and_then(|text| text.parse().ok()).unwrap_or_default();
        let present = self.server.resource_version();
        // A version of the store before the restore is an exception.
        if revision > present && self.clients[index].timeline == self.truth.present() && !self.has_false_data {
            return broken(Oracle::Invention, format!("{event}, but the store is at {present}"));
        }
        Ok(())
    }

    fn send(&mut self, index: usize, request: &Request) -> Result<(), Violation> {
        let client = &mut self.clients[index];
        let position = client.sequence.position();
        let asked = requests::check(
            request,
            &client.setup,
            (self.setup.resource, self.setup.versions),
            position,
            client.was_synced,
        )?;
        let kind = match (&asked.version, asked.is_streaming_list, asked.is_watch, asked.is_page) {
            (_, true, ..) => "STREAMING LIST",
            (Some(_), _, true, _) => "WATCH",
            (None, _, true, _) => "WATCH without version",
            (_, _, _, true) => "LIST page",
            (Some(_), ..) => "LIST NotOlderThan",
            _ => "LIST",
        };
        self.counts.one("request", kind);
        client.watch_is_over(self.now);
        client.repeats.sent(asked.is_streaming_list);
        client.timeouts.sent(client.clock, asked.timeout);
        if !asked.is_page {
            client.backoff.sent();
        }
        let times = if self.manner.mutant == Some(Mutant::Storms) { 9 } else { u32::from(!asked.is_page) };
        // A version check and the watch after it.
        let by_time = client.setup.check.map_or(0, |every| 2 * 60_u64.div_ceil(every.max(1)) as usize);
        for _ in 0..times {
            client.rate.sent(self.now, by_time)?;
        }
        if asked.is_watch
            && !asked.is_streaming_list
            && position == Position::Unknown
            && client.setup.start == StartAt::Now
        {
            let version = asked.version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default();
            let listed = self.listed.get(&index).filter(|listed| listed.revision == version || self.has_false_data);
            let Some(listed) = listed else {
                return broken(Oracle::Requests, format!("a watch from {version}, which isn't the version of a list"));
            };
            client.sequence.begin_at(version, listed.timeline);
        }
        if asked.is_watch && !asked.is_streaming_list && asked.version.is_some() && position != Position::Unknown {
            let client = &mut self.clients[index];
            if self.setup.versions.show_order() {
                client.checks.resumes(client.clock)?;
            } else {
                client.checks.opens();
            }
        }
        let listed = Listed { revision: self.server.resource_version(), timeline: self.truth.present() };
        self.listed.insert(index, listed);
        if (!asked.is_watch || asked.is_streaming_list) && position != Position::Unknown {
            let client = &mut self.clients[index];
            // If a server repeats objects, the client repeats its request from time to time.
            let is_due = client.setup.check.is_some() || self.setup.repeats_objects;
            client.checks.asks(self.now, asked.is_watch, is_due)?;
        }
        self.connect(index, request, &asked);
        Ok(())
    }

    fn abort(&mut self, index: usize) {
        let Some(number) = self.clients[index].link.take() else { return };
        self.close(number);
        if self.setup.net.late {
            if let Some(link) = self.links.get_mut(&number) {
                // The delay is long enough that the next exchange is open then.
                link.postpone(Duration::from_millis(self.lateness.below(20_000)));
                link.is_late = true;
            }
        } else {
            self.links.remove(&number);
        }
    }

    /// Passes a machine an input that doesn't come from the network.
    pub(crate) fn input(&mut self, index: usize, input: Input) -> Result<(), Violation> {
        let now = self.now;
        self.transcript.lines(|| [Line::of_input(now, index, &input)]);
        self.clients[index].handle(input)?;
        self.clients[index].waits = None;
        Ok(())
    }
}

/// Returns whether an input has the version of the server, or shows that there is none. A version check ignores the
/// rest of the list, and the position of the version in the pieces isn't known here: any piece counts.
const fn answers(fact: &Fact, status: u16) -> bool {
    match fact {
        Fact::Head(head) => matches!(head.status, 400..=499) && !matches!(head.status, 401 | 429),
        Fact::End => status == 200,
        Fact::Bytes(_) => status == 200,
        Fact::Failed(_) => false,
    }
}

const fn fact_name(fact: &Fact, is_late: bool) -> &'static str {
    match (fact, is_late) {
        (Fact::Head(_), false) => "head",
        (Fact::Bytes(_), false) => "bytes",
        (Fact::End, false) => "end",
        (Fact::Failed(_), false) => "failed",
        (Fact::Head(_), true) => "late head",
        (Fact::Bytes(_), true) => "late bytes",
        (Fact::End, true) => "late end",
        (Fact::Failed(_), true) => "late failed",
    }
}
