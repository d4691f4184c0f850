//! Who causes what happens: the layer that a step belongs to.

use watch_test::fault;

use super::Action;

/// The layer that causes an action: those of a [fault of the server's](watch_test::fault::Layer), and two around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Layer {
    /// Those who write objects, and time: no fault.
    Workload,
    /// The API server and its store: what it forgets, refuses, says in its streams, and how it goes down and comes up.
    Server,
    /// Connections, streams of HTTP/2 and name resolution: what breaks, stalls, or never comes about.
    Network,
    /// What stands between client and server: answers of its own, and bytes that it changes.
    Proxy,
    /// The process that watches: its driver, clock, timers, consumer, and what it saved.
    Client,
}

impl Layer {
    /// Its name, which is its heading in `FAULTS.md`.
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
    /// The layer that causes it.
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
                // Those to come, too: it is the model that does them.
                _ => Layer::Server,
            },
            Self::Cut { .. } | Self::Break { .. } | Self::Stall { .. } | Self::Unreachable { .. } => Layer::Network,
            Self::Parrot { .. } | Self::Lie { .. } | Self::Damage { .. } => Layer::Proxy,
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
            | Self::Lie { client, .. }
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

    /// Whether it only writes, or lets time pass.
    pub const fn is_workload(&self) -> bool {
        matches!(self.layer(), Layer::Workload)
    }
}
