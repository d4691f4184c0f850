//! Checks that reported trouble happened, and that the reaction of the machine is within the documented bounds.

use core::time::Duration;

use watch_core::{
    Cause, During, Event, Next, Notice, Output, ResponseHead, Skipped, TimedOut, Timing, TransportErrorKind, Trouble,
    Watcher,
};

use super::clock::Clock;
use crate::oracle::reconnects::{Reconnects, delay};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// The wait before a version check that confirms another one, without the jitter of up to half of it.
const CONFIRM: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default)]
pub(super) struct Troubles {
    /// The head of the open exchange, and its failure.
    head: Option<ResponseHead>,
    failed: Option<TransportErrorKind>,
    /// The waited time when the request was sent, and at the last event.
    sent: Duration,
    news: Duration,
    /// The watch had a bookmark. The end marker of a streaming list is none.
    has_bookmark: bool,
    /// The attempts before the failure that is being reported.
    attempts: u32,
    /// The failures that were reported as needing attention since the last progress.
    needs: Vec<(&'static str, Option<u16>, Option<TransportErrorKind>)>,
    /// Kinds of skipped events that this watch reported.
    skipped: Vec<core::mem::Discriminant<Skipped>>,
    /// The reconnects without a backoff.
    reconnects: Reconnects,
}

impl Troubles {
    pub(super) fn head(&mut self, head: &ResponseHead) {
        self.head = Some(head.clone());
    }

    pub(super) const fn failed(&mut self, kind: TransportErrorKind) {
        self.failed = Some(kind);
    }

    pub(super) fn output(
        &mut self,
        output: &Output,
        setup: &Setup,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        let (before, attempts) = (self.attempts, watcher.freshness().attempts);
        // A failure is counted before its notice.
        if !matches!(output, Output::Abort(_) | Output::Notice(_)) {
            self.attempts = attempts;
        }
        if attempts <= before {
            self.needs.clear();
        }
        let saved = self.reconnects.saved(attempts);
        if let Output::Notice(notice) = output {
            self.reconnects.check(clock.now(), notice, &setup.timing)?;
        }
        match output {
            Output::Send(_) => {
                *self = Self {
                    needs: core::mem::take(&mut self.needs),
                    reconnects: core::mem::take(&mut self.reconnects),
                    attempts: self.attempts,
                    sent: clock.total(),
                    news: clock.total(),
                    ..Self::default()
                };
            }
            Output::Event(event) => {
                self.news = clock.total();
                self.has_bookmark |= matches!(event, Event::Bookmark { .. });
            }
            Output::Notice(notice @ Notice::Retrying { trouble, attempt, .. }) => {
                self.trouble(trouble, setup, clock)?;
                // A watch that lasted is progress, also if it ends with the failure. An incomplete list is none.
                let is_watch = matches!(trouble.during, During::Watch { .. });
                if *attempt != attempts || *attempt != before + 1 && !(is_watch && *attempt == 1) {
                    let message = format!("{output:?}: there were {before} attempts before, and are {attempts}");
                    return broken(Oracle::Notices, message);
                }
                self.retries(notice, saved, setup)?;
            }
            Output::Notice(Notice::NeedsAttention { trouble, after }) => {
                self.trouble(trouble, setup, clock)?;
                let kind = match &trouble.cause {
                    Cause::Transport(error) => ("", None, Some(error.kind)),
                    cause => (trouble.during.kind(), cause.http_status(), None),
                };
                if self.needs.contains(&kind) {
                    return broken(Oracle::Notices, format!("{output:?}: that was reported before"));
                }
                self.needs.push(kind);
                within(trouble, *after, delay(&setup.timing, attempts), saved)?;
            }
            Output::Notice(Notice::FellBack { trouble }) => {
                self.trouble(trouble, setup, clock)?;
                if !setup.bookmarks {
                    return broken(Oracle::Notices, format!("{output:?}: there are no streaming lists"));
                }
            }
            Output::Notice(Notice::Skipped { what }) => {
                let kind = core::mem::discriminant(what);
                if self.skipped.contains(&kind) {
                    return broken(Oracle::Notices, format!("{output:?}: that was reported for this watch"));
                }
                self.skipped.push(kind);
            }
            _ => {}
        }
        Ok(())
    }

    fn trouble(&self, trouble: &Trouble, setup: &Setup, clock: &Clock) -> Result<(), Violation> {
        let broken = |oracle: Oracle, what: &str| broken(oracle, format!("{trouble:?}: {what}"));
        let status = self.head.as_ref().map(|head| head.status);
        match &trouble.cause {
            Cause::UnexpectedResponse { status: found, .. } if Some(*found) != status => {
                return broken(Oracle::Reference, "there was no such response");
            }
            Cause::Transport(error) => {
                let was_decompressed = self.head.as_ref().is_some_and(|head| head.decompressed);
                if self.failed != Some(error.kind) && !(was_decompressed && error.kind == TransportErrorKind::Other) {
                    return broken(Oracle::Reference, "the exchange didn't fail by this error");
                }
            }
            Cause::Timeout { of, lasted } => self.timeout(trouble, *of, *lasted, setup, clock)?,
            _ => {}
        }
        // The header counts if the response was refused.
        let is_refusal = status.is_some_and(|status| status != 200);
        let header = self.head.as_ref().filter(|_| is_refusal).and_then(|head| head.retry_after);
        let of_body = trouble.cause.status().and_then(watch_core::Status::retry_after);
        let expected = header.max(of_body).map(|wait| wait.min(setup.timing.longest_retry_after));
        if trouble.retry_after != expected {
            return broken(Oracle::Patience, &format!("the server asked for {expected:?}"));
        }
        if trouble.cause.status().is_some_and(|found| is_refusal && found.code == 0) {
            return broken(Oracle::Reference, "the status has no code, but the response had");
        }
        Ok(())
    }

    /// The wait before the next attempt is as documented.
    fn retries(&self, notice: &Notice, saved: Duration, setup: &Setup) -> Result<(), Violation> {
        let Notice::Retrying { trouble, attempt, after, next } = notice else { return Ok(()) };
        let (after, asked) = (*after, trouble.retry_after.unwrap_or_default());
        let Timing { shortest_backoff: shortest, longest_backoff: longest, .. } = setup.timing;
        let delay = delay(&setup.timing, *attempt);
        // Only a watch that was open resumes without a backoff.
        let was_open = self.head.as_ref().is_some_and(|head| head.status == 200)
            && matches!(trouble.during, During::Watch { .. })
            && trouble.retry_after.is_none();
        match next {
            // Where the check isn't possible, the watch goes on without it.
            Next::Resume if trouble.during == During::VersionCheck && after == asked => Ok(()),
            Next::Resume if after < delay && was_open => Ok(()),
            Next::Resume => within(trouble, after, delay, saved),
            // At once, or after the backoff of failures or that of relists.
            Next::Relist if after == asked => Ok(()),
            Next::Relist if after >= shortest && after < (2 * longest + saved).max(asked) => Ok(()),
            // Where LIST is forbidden, the check is repeated in another form.
            Next::Check if after == asked && trouble.cause.http_status() == Some(403) => Ok(()),
            Next::Check if after >= CONFIRM.max(asked) && (after < longest * 3 / 2 || after == asked) => Ok(()),
            _ => broken(Oracle::Rate, format!("{trouble:?}, and it waits {after:?}")),
        }
    }

    /// A timeout lasted as long as documented, by the clock of the judge.
    fn timeout(
        &self,
        trouble: &Trouble,
        of: TimedOut,
        lasted: Duration,
        setup: &Setup,
        clock: &Clock,
    ) -> Result<(), Violation> {
        if of == TimedOut::Bookmarks && !self.has_bookmark {
            return broken(Oracle::Liveness, format!("{trouble:?}, but the watch had no bookmark before"));
        }
        let timing = &setup.timing;
        let (least, since) = match of {
            TimedOut::Head => (timing.response_timeout, self.sent),
            TimedOut::List => (timing.list_item_timeout, self.news),
            TimedOut::ListEnd => (timing.page_timeout, self.sent),
            TimedOut::Object => (timing.object_timeout, self.news),
            TimedOut::Bookmarks => (timing.idle_timeout, self.sent),
            TimedOut::Watch => (timing.grace, self.sent),
            _ => return Ok(()),
        };
        let waited = clock.total().saturating_sub(since);
        if lasted < least || lasted > waited {
            let message = format!("{trouble:?} after {waited:?} of waiting; at least {least:?} are allowed");
            return broken(Oracle::Liveness, message);
        }
        Ok(())
    }
}

/// Checks that a wait is the `Retry-After` of the server, or a backoff, its random part, and what reconnects saved.
fn within(trouble: &Trouble, after: Duration, backoff: Duration, saved: Duration) -> Result<(), Violation> {
    let asked = trouble.retry_after.unwrap_or_default();
    // What was saved is known to within a microsecond each time.
    let most = 2 * backoff + saved + if saved.is_zero() { Duration::ZERO } else { Duration::from_micros(3) };
    if after >= backoff.max(asked) && after < most.max(asked + Duration::from_nanos(1)) {
        return Ok(());
    }
    broken(Oracle::Rate, format!("{trouble:?}, and it waits {after:?}; {backoff:?} to {most:?} are documented"))
}
