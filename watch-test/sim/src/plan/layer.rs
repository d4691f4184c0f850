//! The layer that causes a step.

use watch_test::fault;

use super::Action;

/// The layer that causes an action: the [layers of a server's faults](watch_test::fault::Layer), the workload, and the
/// client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Layer {
    /// Writers of objects, and time: no fault.
    Workload,
    /// The API server and its store: its history, refusals, streams and restarts.
    Server,
    /// Connections, HTTP/2 streams and name resolution.
    Network,
    /// A proxy between client and server: its own answers, and bytes that it changes.
    Proxy,
    /// The process that watches: its driver, clock, timers, consumer and saved state.
    Client,
}

impl Layer {
    /// Returns its name, which is its heading in `FAULTS.md`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workload => "Workload",
            Self::Server => "Server",
            Self::Network => "Network",
            Self::Proxy => "Proxy",
            Self::Client => "Client",
        }
    }
}

impl Action {
    /// Returns the layer that causes it.
    pub const fn layer(&self) -> Layer {
        match self {
            Self::Wait
            | Self::Put { .. }
            | Self::Touch { .. }
            | Self::Delete { .. }
            | Self::Finalize { .. }
            | Self::Mark { .. }
            | Self::Recreate { .. }
            | Self::Burst { .. }
            | Self::Clear
            | Self::Elsewhere { .. } => Layer::Workload,
            Self::Trickle { .. }
            | Self::Bookmarks
            | Self::Expire { .. }
            | Self::EndWatches
            | Self::Say { .. }
            | Self::SayNext { .. }
            | Self::Drain { .. }
            | Self::Undefine
            | Self::Define
            | Self::Restart { .. }
            | Self::Restore { .. }
            | Self::RestoreBehind { .. }
            | Self::Lag { .. }
            | Self::Unready { .. }
            | Self::Access { .. } => Layer::Server,
            Self::Rule(rule) => match rule.fault.layer() {
                fault::Layer::Network => Layer::Network,
                fault::Layer::Proxy => Layer::Proxy,
                // Later faults too: the model injects them.
                _ => Layer::Server,
            },
            Self::Cut { .. } | Self::Break { .. } | Self::Stall { .. } | Self::Unreachable { .. } => Layer::Network,
            Self::Parrot { .. } | Self::FalsifyLists { .. } | Self::Damage { .. } => Layer::Proxy,
            Self::Reselect { .. }
            | Self::Crash { .. }
            | Self::CrashBetween { .. }
            | Self::Stop { .. }
            | Self::Relist { .. }
            | Self::Pause { .. }
            | Self::LateTimers { .. }
            | Self::ClockBack { .. }
            | Self::Suspend { .. } => Layer::Client,
        }
    }

    /// Returns the number of the client that it happens to, if it happens to one.
    pub const fn client(&self) -> Option<u8> {
        match self {
            Self::Parrot { client, .. }
            | Self::FalsifyLists { client, .. }
            | Self::Cut { client, .. }
            | Self::Break { client, .. }
            | Self::Damage { client, .. }
            | Self::Stall { client, .. }
            | Self::Unreachable { client, .. }
            | Self::Crash { client, .. }
            | Self::CrashBetween { client, .. }
            | Self::Stop { client }
            | Self::Reselect { client, .. }
            | Self::Relist { client }
            | Self::Pause { client, .. }
            | Self::LateTimers { client, .. }
            | Self::ClockBack { client, .. }
            | Self::Suspend { client, .. } => Some(*client),
            _ => None,
        }
    }

    /// Returns whether it only writes, or lets time pass.
    pub const fn is_workload(&self) -> bool {
        matches!(self.layer(), Layer::Workload)
    }
}
