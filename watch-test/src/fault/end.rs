//! Ends of bodies.

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "a driver of the server must handle each")]
pub enum End {
    /// In order: with the last chunk (HTTP/1.1) or END_STREAM (HTTP/2).
    Complete,
    /// In the middle: the connection is closed, or the HTTP/2 stream is reset.
    Cut,
    /// The connection is reset (TCP RST); bytes in flight are lost.
    Reset,
}
