//! Passes the outputs of the machine to the oracles.

use core::mem::take;
use core::time::Duration;

use watch_core::{Cause, Diff, Event, InitialCause, Next, Notice, Output, Phase, Timing};
use watch_test::check::{History, Position};

use super::Client;
use super::planned::Opened;
use crate::counts::Counts;
use crate::oracle::endings::Known;
use crate::oracle::{changes, checkpoints, deadlines, endings, notices};
use crate::plan::{OF_A_LIST, StartAt, Versions};
use crate::proxy;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

/// A longer `Retry-After` is capped (`Timing::longest_retry_after`).
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// `Limits::error_body`
const ERROR_BODY: usize = 64 << 10;
/// A process may treat repeats as out of order twice: if no list preceded the watch, and on the watch after one that
/// outlasted its streaming list. The list after that shows that they are repeats.
const MOST_OUT_OF_ORDER: u32 = 2;

impl Client {
    /// Checks an output of the machine at its own time. The world, which knows the server, checks the requests.
    pub(crate) fn output(
        &mut self,
        now: Duration,
        output: &Output,
        truth: &History,
        counts: &mut Counts,
    ) -> Result<(), Violation> {
        if let Output::Wait(wait) = output {
            // Ignored inputs change nothing, so the same wait continues, even if its time is over. Other inputs that
            // are ready are handed in first.
            let (has_facts, has_stale_facts) = (take(&mut self.has_facts), take(&mut self.has_stale_facts));
            if has_stale_facts && !has_facts && self.waits == Some(*wait) {
                return Ok(());
            }
        }
        if self.waits.and_then(|wait| wait.until).is_some_and(|until| until.since_origin() < now) {
            // Only time that the machine waited counts.
            self.settings.begins_again();
        }
        let lasted = now.saturating_sub(*self.began.get_or_insert(now));
        self.limits.output()?;
        self.exchanges.output(output)?;
        self.broken_off.output(output)?;
        self.unreadable.output(output)?;
        self.checks.output(now, output, self.watcher.phase())?;
        if !self.is_stopped {
            self.settings.output(lasted, output, self.watcher.phase(), &self.setup)?;
        }
        if let Output::Notice(Notice::Retrying { .. } | Notice::NeedsAttention { .. } | Notice::FellBack { .. }) =
            output
        {
            self.watch_is_over(now);
            self.rate.trouble(now);
        }
        if let Output::Notice(Notice::Retrying { next: Next::Check, .. }) = output {
            self.rate.confirms();
        }
        if let Output::Notice(notice) = output {
            self.notice(now, notice)?;
        }
        match output {
            Output::Event(event) => {
                self.limits.event(event, &self.setup)?;
                self.event(event, truth, counts)?;
                // A process can end after any event, not only during a wait.
                self.check_position()?;
            }
            Output::Notice(Notice::Retrying { next: Next::Relist, .. } | Notice::FellBack { .. }) => {
                self.may_forget = true;
            }
            // It is reported once until the next progress.
            Output::Notice(Notice::NeedsAttention { .. }) => self.is_blocked = true,
            Output::Wait(wait) => {
                self.follow()?;
                self.waits = Some(*wait);
                let is_watching = matches!(self.watcher.phase(), Phase::Live | Phase::StreamingList);
                self.limits.waits(is_watching, self.setup.largest)?;
                if self.watcher.phase() == Phase::Refused {
                    self.limits.waits_for_error(self.setup.error_body.unwrap_or(ERROR_BODY))?;
                }
                deadlines::check(now, wait, self.watcher.phase(), self.has_bookmark, self.setup.watch)?;
                let until = wait.until.map_or(Duration::MAX, watch_core::Instant::since_origin);
                self.timeouts.wait(now, until, self.watcher.phase())?;
                self.check_checkpoint()?;
            }
            Output::Done(done) => {
                let known = Known { was_stopped: self.is_stopped, lasted, in_trouble: self.rate.in_trouble(now) };
                endings::check(done, &self.setup, known)?;
                self.done = Some(done.clone());
            }
            Output::Send(_) => {
                self.follow()?;
                self.has_bookmark = false;
                self.has_news = false;
                self.limits.sent();
            }
            Output::Abort(_) | Output::Notice(_) => {}
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, truth: &History, counts: &mut Counts) -> Result<(), Violation> {
        let before = self.sequence.position();
        let plain = (self.oddities.versions != Versions::default())
            .then(|| proxy::event(event, self.oddities.versions))
            .transpose()?;
        let delivered = plain.as_ref().unwrap_or(event);
        self.sequence.event(truth, self.timeline, delivered)?;
        if let Event::InitialEnd { resource_version } = event
            && resource_version.text().starts_with(OF_A_LIST)
        {
            self.sequence.at_list_version();
        }
        match event {
            Event::InitialBegin { cause } => {
                counts.one("set", &format!("{cause:?}"));
                self.out_of_order += u32::from(*cause == InitialCause::OutOfOrder);
                let is_checked = self.oddities.stream.repeats_objects
                    && !self.oddities.repeats_pieces
                    && truth.present() == 0
                    && !self.sequence.is_suspended();
                if is_checked && self.out_of_order > MOST_OUT_OF_ORDER {
                    let message = format!("{} lists, because the server repeats objects", self.out_of_order);
                    return broken(Oracle::Restarts, message);
                }
            }
            Event::InitialEnd { .. } => {
                self.was_synced = true;
                self.may_forget = false;
            }
            Event::Initial(_) => counts.one("event", "INITIAL"),
            Event::Added(_) => counts.one("event", "ADDED"),
            Event::Modified(_) => counts.one("event", "MODIFIED"),
            Event::Deleted(_) => counts.one("event", "DELETED"),
            Event::Bookmark { .. } => {
                self.has_bookmark = true;
                counts.one("event", "BOOKMARK");
            }
        }
        let is_live = !matches!(event, Event::InitialBegin { .. } | Event::Initial(_) | Event::InitialEnd { .. });
        if is_live && self.sequence.position().revision() != before.revision() {
            self.rate.news();
            self.backoff.progress();
            self.repeats.progress();
            self.checks.news();
            self.has_news = true;
            self.is_blocked = false;
        } else if matches!(event, Event::Deleted(_)) {
            self.rate.deleted();
        }
        self.last_change = match delivered {
            Event::Added(object) => Some((object, "ADDED")),
            Event::Modified(object) => Some((object, "MODIFIED")),
            _ => None,
        }
        .and_then(|(object, name)| Some((object.resource_version().text().parse().ok()?, name)));
        self.diff.handle(event.clone());
        if let Some(shadow) = &mut self.shadow {
            shadow.handle(event.clone());
        }
        if self.setup.start == StartAt::Now {
            // A client that began without a list has no copy.
            while self.diff.poll().is_some() {}
            self.shadow = None;
            return Ok(());
        }
        while let Some(change) = self.diff.poll() {
            if let Some(before) = self.shadow.as_mut().map(Diff::poll) {
                changes::same(before.as_ref(), &change)?;
            }
            counts.one("change", change_name(&change));
            hashed::change(&mut self.changes, &change);
            self.picture.change(&change, self.sequence.objects())?;
        }
        match self.shadow.as_mut().and_then(Diff::poll) {
            None => Ok(()),
            Some(change) => broken(Oracle::Resumable, format!("a restored Diff doesn't report {change}")),
        }
    }

    fn notice(&mut self, now: Duration, notice: &Notice) -> Result<(), Violation> {
        self.backoff.check(notice)?;
        self.reconnects.check(now, notice, &Timing::default())?;
        self.repeats.check(notice)?;
        let (Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } | Notice::FellBack { trouble }) =
            notice
        else {
            return Ok(());
        };
        if let Cause::Timeout { of, lasted } = trouble.cause {
            self.timeouts.check(now, of, lasted)?;
        }
        if matches!(trouble.cause, Cause::ShortWatch { .. }) && self.has_news {
            return broken(Oracle::Notices, format!("{trouble}, but it had a new event"));
        }
        if matches!(notice, Notice::FellBack { .. }) {
            self.rate.fell_back();
        }
        // An ERROR event may have a `Retry-After` too.
        if let (Notice::FellBack { .. }, Some(status)) = (notice, trouble.cause.status()) {
            let seconds = u64::try_from(status.details.retry_after_seconds).unwrap_or_default();
            self.rate.retry_after(now, Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER));
        }
        Ok(())
    }

    /// Checks that the saved state covers exactly the delivered events, and the changes of `Diff`.
    fn check_checkpoint(&self) -> Result<(), Violation> {
        self.check_position()?;
        let (position, has_set) = (self.sequence.position(), self.setup.start != StartAt::Now);
        if has_set && !matches!(position, Position::Void(_)) {
            self.picture.is_like(self.sequence.objects())?;
        }
        Ok(())
    }

    /// Checks that the current checkpoint covers the delivered events.
    fn check_position(&self) -> Result<(), Violation> {
        let version = self.watcher.checkpoint().map(|checkpoint| checkpoint.resource_version().text().into_owned());
        let (position, has_set) = (self.sequence.position(), self.setup.start != StartAt::Now);
        let version = version.as_deref().map(|version| self.oddities.versions.plain(version).unwrap_or(version));
        checkpoints::check(version, position, !has_set)
    }

    /// Returns whether a watch lasted long enough to be progress. As the machine documents, that is nearly the
    /// requested time, or half a minute.
    pub(crate) fn watch_is_over(&mut self, now: Duration) {
        let lasted = |opened: Opened| {
            let least = opened.asked.saturating_sub(Duration::from_secs(1)).max(Duration::from_secs(1));
            now >= opened.at + least.min(Duration::from_secs(30))
        };
        if self.opened.take().is_some_and(lasted) {
            self.rate.progress();
            self.repeats.progress();
        }
    }

    /// The machine may discard its version, but must report the reason.
    fn follow(&mut self) -> Result<(), Violation> {
        let has_version = self.watcher.freshness().resource_version.is_some();
        let has_reason = self.may_forget || self.is_blocked;
        if notices::gives_up(has_version, self.sequence.position(), has_reason)? {
            self.sequence.forget();
        }
        Ok(())
    }
}

const fn change_name(change: &watch_core::Change) -> &'static str {
    match change {
        watch_core::Change::Added(_) => "Added",
        watch_core::Change::Modified(_) => "Modified",
        watch_core::Change::Deleted(_) => "Deleted",
        watch_core::Change::Vanished(_) => "Vanished",
        watch_core::Change::Synced { .. } => "Synced",
    }
}
