//! How a stream of HTTP/2 or a connection fails that was fine, other than by an end of its bytes.

use serde::{Deserialize, Serialize};
use watch_core::TransportErrorKind;

/// See [`Action::Break`](super::Action::Break).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Breaking {
    /// RST_STREAM, whatever its reason.
    #[default]
    ResetStream,
    /// GOAWAY with a reason, and all streams of the connection with it. (Without a reason the stream goes on; then it
    /// ends as by [`Action::Cut`](super::Action::Cut) or [`Action::Drain`](super::Action::Drain).)
    GoAway,
    /// A PING that nobody answered, or any other patience of the adapter's.
    Ping,
    /// An alert of TLS.
    Alert,
    /// Something that the adapter has no word for.
    Other,
}

impl Breaking {
    /// As an adapter says it.
    pub(crate) const fn kind(self) -> TransportErrorKind {
        match self {
            Self::ResetStream | Self::GoAway => TransportErrorKind::Protocol,
            Self::Ping => TransportErrorKind::Timeout,
            Self::Alert => TransportErrorKind::Tls,
            Self::Other => TransportErrorKind::Other,
        }
    }
}
