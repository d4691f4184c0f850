//! Which layer causes a fault.

use super::{End, Fault, Shape};

/// A layer between what is stored and the client. A fault is called by the layer that causes it where it happens, although here
/// the server does them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The API server, or one that isn't kube-apiserver: it answers something else, or ends a reply in order before it is
    /// complete.
    Server,
    /// Whatever answers or forwards in front of the server: a load balancer, a gateway.
    Proxy,
    /// The connection: bytes are late, in pieces, or don't come at all.
    Network,
}

impl Fault {
    /// The layer that causes it.
    pub const fn layer(&self) -> Layer {
        match self {
            Self::Refuse(refusal) if matches!(refusal.shape, Shape::Html | Shape::Empty) => Layer::Proxy,
            Self::Replica { .. } => Layer::Proxy,
            Self::DelayHead { .. } | Self::Stall { .. } | Self::Drip { .. } | Self::Split { .. } => Layer::Network,
            Self::Cut { end: End::Cut | End::Reset, .. } => Layer::Network,
            Self::Cut { end: End::Complete, .. }
            | Self::Refuse(_)
            | Self::Say { .. }
            | Self::Bookmarks { .. }
            | Self::NoEndMarker
            | Self::IgnoreSendInitialEvents
            | Self::RepeatObjects
            | Self::OldDeletions
            | Self::SilentDepartures
            | Self::ContentType { .. }
            | Self::IgnoreLimit
            | Self::AnswerFuture => Layer::Server,
        }
    }
}
