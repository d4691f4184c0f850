//! Failures of an HTTP/2 stream or a connection, other than an end of its bytes.

use serde::{Deserialize, Serialize};
use watch_core::TransportErrorKind;

/// See [`Action::Break`](super::Action::Break).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Breaking {
    /// RST_STREAM, with any reason.
    #[default]
    ResetStream,
    /// GOAWAY with an error, which ends all streams of the connection. (Without an error the stream continues; then it
    /// ends as by [`Action::Cut`](super::Action::Cut) or [`Action::Drain`](super::Action::Drain).)
    GoAway,
    /// A PING without an answer, or another timeout of the adapter.
    Ping,
    /// A TLS alert.
    Alert,
    /// An error that the adapter can't classify.
    Other,
}

impl Breaking {
    /// Returns the kind that an adapter reports.
    pub(crate) const fn kind(self) -> TransportErrorKind {
        match self {
            Self::ResetStream | Self::GoAway => TransportErrorKind::Protocol,
            Self::Ping => TransportErrorKind::Timeout,
            Self::Alert => TransportErrorKind::Tls,
            Self::Other => TransportErrorKind::Other,
        }
    }
}
