//! Which layer causes a fault.

use super::{End, Fault, Shape};

/// A layer between the store and the client. A fault is classified by the layer that causes it in production, although
/// here the server injects all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The API server, or a server other than kube-apiserver: it answers something else, or ends a reply in order
    /// before it is complete.
    Server,
    /// A load balancer or gateway in front of the server.
    Proxy,
    /// The connection: bytes are late, in pieces, or missing.
    Network,
}

impl Fault {
    /// Returns the layer that causes the fault.
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
