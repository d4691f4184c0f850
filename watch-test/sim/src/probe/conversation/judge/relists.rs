//! What a relist is, and how often it may come without a wait.
//!
//! A relist that certainly is necessary has no wait, unless the last one was less than two minutes ago, or less than
//! four times the longest backoff. `RestartWithoutVersion` applies to an expired version only. A list is requested in
//! pages, except from the failure of the pages to the end of that list. A continue token that expired is such a
//! failure.

use core::time::Duration;

use watch_core::{Cause, During, Event, Next, Notice, OnExpired, Output, Status, Trouble, Watcher};

use super::clock::Clock;
use crate::oracle::reconnects::delay;
use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// After this time without a relist, the next one has no wait; or after this many times the longest backoff.
const CALM: Duration = Duration::from_secs(120);
const CALM_DELAYS: u32 = 4;

#[derive(Clone, Debug, Default)]
pub(super) struct Relists {
    /// When a watch last failed for a relist.
    last: Option<Duration>,
    /// The last restart was for an expired version, by its notice. A failure that needed attention before has none.
    is_expired: bool,
    /// The pages of a list failed, and no list was complete since.
    may_unpage: bool,
    /// A continue token expired, so the next list is requested in one page.
    must_unpage: bool,
}

impl Relists {
    pub(super) const fn relist(&mut self) {
        self.is_expired = false;
        self.must_unpage = false;
    }

    pub(super) fn output(
        &mut self,
        output: &Output,
        asked: Option<&Asked>,
        setup: &Setup,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        match output {
            Output::Send(request) => {
                self.is_expired |= watcher.freshness().trouble.is_some_and(is_expired);
                let broken = |what: &str| broken(Oracle::Requests, format!("{what}: {}", request.uri()));
                match asked.map(|asked| (asked.class, asked)) {
                    Some((Class::Unversioned, _))
                        if !self.is_expired && !watcher.freshness().trouble.is_some_and(is_expired) =>
                    {
                        broken("no version expired, but a watch has none")
                    }
                    Some((Class::List, asked))
                        if asked.limit.is_none()
                            && asked.version.is_none()
                            && setup.page.is_some()
                            && !self.may_unpage =>
                    {
                        broken("no page failed, but the list isn't requested in pages")
                    }
                    Some((Class::List, asked)) if core::mem::take(&mut self.must_unpage) && asked.limit.is_some() => {
                        broken("the continue token expired, but the list is requested in pages again")
                    }
                    Some((Class::List, _)) if watcher.freshness().resource_version.is_some() => {
                        broken("there is a version to resume from, but the objects are listed")
                    }
                    _ => Ok(()),
                }
            }
            Output::Event(Event::InitialEnd { .. }) => {
                self.may_unpage = false;
                Ok(())
            }
            Output::Notice(Notice::Retrying { trouble, attempt, after, next: Next::Relist }) => {
                self.may_unpage |= matches!(trouble.during, During::List { .. });
                self.must_unpage |= matches!(trouble.during, During::List { page: 2.. }) && is_expired(trouble);
                self.is_expired = setup.on_expired == OnExpired::RestartWithoutVersion && is_expired(trouble);
                self.pauses(output, trouble, *attempt, *after, setup, clock)
            }
            _ => Ok(()),
        }
    }

    /// Checks the wait before a relist that follows a watch.
    fn pauses(
        &mut self,
        output: &Output,
        trouble: &Trouble,
        attempt: u32,
        after: Duration,
        setup: &Setup,
        clock: &Clock,
    ) -> Result<(), Violation> {
        if !matches!(trouble.during, During::Watch { .. }) {
            return Ok(());
        }
        let broken = |what: &str| broken(Oracle::Rate, format!("at {:?}, {output:?}: {what}", clock.now()));
        let last = self.last.replace(clock.now());
        if after >= delay(&setup.timing, attempt) {
            return Ok(());
        }
        let is_too_large = trouble.cause.status().is_some_and(Status::is_resource_version_too_large);
        let is_certain = is_expired(trouble) || is_too_large || matches!(trouble.cause, Cause::OldEvent { .. });
        if !is_certain || after != trouble.retry_after.unwrap_or_default() {
            return broken("it waits less than its backoff");
        }
        let calm = CALM.max(setup.timing.longest_backoff * CALM_DELAYS);
        if last.is_some_and(|last| clock.now() < last + calm) {
            return broken(&format!("the last relist was at {last:?}"));
        }
        Ok(())
    }
}

pub(super) fn is_expired(trouble: &Trouble) -> bool {
    trouble.cause.http_status() == Some(410) || trouble.cause.status().is_some_and(Status::is_expired)
}
