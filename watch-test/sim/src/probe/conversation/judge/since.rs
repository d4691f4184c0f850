//! When trouble began: [`Freshness::trouble_since`](watch_core::Freshness::trouble_since) is the time of the first
//! failure since the last trouble was over, and an open watch is in no trouble. The machine gives up only after the
//! configured time from there.

use core::time::Duration;

use watch_core::{Done, Instant, Output, Phase, Watcher};

use super::clock::Clock;
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Since {
    /// The waited time when there was last no trouble.
    clear: Option<Duration>,
    /// There was no trouble at the last output.
    was_clear: bool,
}

impl Since {
    pub(super) fn output(
        &mut self,
        output: &Output,
        setup: &Setup,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        let freshness = watcher.freshness();
        let since = freshness.trouble_since.map(Instant::since_origin);
        let broken = |what: &str| broken(Oracle::Notices, format!("at {:?}, {output:?}: {what}", clock.now()));
        if freshness.phase == Phase::Live {
            if since.is_some() || freshness.trouble.is_some() || freshness.needs_attention {
                return broken("a watch is open, but there is trouble");
            }
            // The last failure isn't visible while a watch is open.
            self.was_clear = false;
            return Ok(());
        }
        if let Output::Done(Done::GaveUp { .. }) = output
            && let (Some(clear), Some(patience)) = (self.clear, setup.patience)
            && clock.total() < clear + patience
        {
            return broken(&format!("there was no trouble {:?} before", clock.total().saturating_sub(clear)));
        }
        match freshness.trouble {
            // A final read without an answer is the last trouble, but isn't waited for any more.
            _ if freshness.phase == Phase::Done => {}
            None => {
                self.was_clear = true;
                self.clear = Some(clock.total());
            }
            Some(_) if core::mem::replace(&mut self.was_clear, false) && since != Some(clock.now()) => {
                return broken(&format!("trouble began now, not at {since:?}"));
            }
            Some(_) => {}
        }
        Ok(())
    }
}
