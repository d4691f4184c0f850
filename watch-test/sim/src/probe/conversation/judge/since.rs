//! When trouble began: [`Freshness::trouble_since`](watch_core::Freshness::trouble_since) is the time of the first
//! failure since the last trouble was over, and an open watch is in no trouble. Trouble is over if a watch ends without
//! an error, also if it had no event. The machine gives up only after the configured time from the beginning of
//! trouble.

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
    /// The watch was open at the last output, and the end of its body was handed in.
    was_live: bool,
    has_ended: bool,
}

impl Since {
    /// Records the end of the body of the open exchange.
    pub(super) const fn ends(&mut self) {
        self.has_ended = self.was_live;
    }

    /// Records that the consumer requested a relist, so the end of the watch may not be read.
    pub(super) const fn relist(&mut self) {
        self.has_ended = false;
    }

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
            self.was_live = true;
            return Ok(());
        }
        self.was_live = false;
        // A failure that needs attention may have been reported before.
        if core::mem::take(&mut self.has_ended)
            && matches!(output, Output::Send(_) | Output::Wait(_))
            && !freshness.needs_attention
            && (freshness.trouble.is_some() || since.is_some())
        {
            return broken("the watch ended without an error, but there is trouble");
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
