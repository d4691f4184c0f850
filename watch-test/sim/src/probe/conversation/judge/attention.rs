//! A name that can't be resolved, TLS and credentials need attention only after five consecutive failures: see
//! [`Notice::NeedsAttention`]. Any other failure shows that the server can be reached.

use watch_core::{Cause, Notice, Output, TransportErrorKind, Trouble, Watcher};

use crate::violation::{Oracle, Violation, broken};

const PERSISTENT: u32 = 5;

/// Counts failures to reach the server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attention {
    /// The most consecutive failures that the machine can know of. A repeated failure may have no notice.
    failures: u32,
}

impl Attention {
    pub(super) const fn failed(&mut self, kind: TransportErrorKind) {
        if is_unreachable(kind) {
            self.failures += 1;
        }
    }

    pub(super) fn output(&mut self, output: &Output, watcher: &Watcher) -> Result<(), Violation> {
        let Output::Notice(
            Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } | Notice::FellBack { trouble },
        ) = output
        else {
            if watcher.freshness().attempts == 0 {
                self.failures = 0;
            }
            return Ok(());
        };
        if !is_transport(trouble) {
            self.failures = 0;
            return Ok(());
        }
        match output {
            Output::Notice(Notice::NeedsAttention { .. }) if self.failures < PERSISTENT => {
                broken(Oracle::Notices, format!("{output:?}, after {} consecutive failures", self.failures))
            }
            _ => Ok(()),
        }
    }
}

const fn is_unreachable(kind: TransportErrorKind) -> bool {
    matches!(kind, TransportErrorKind::Resolve | TransportErrorKind::Tls | TransportErrorKind::Credentials)
}

fn is_transport(trouble: &Trouble) -> bool {
    matches!(&trouble.cause, Cause::Transport(error) if is_unreachable(error.kind))
}
