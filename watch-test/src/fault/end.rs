//! How bodies end.

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "a driver of the server must handle each")]
pub enum End {
    /// In order: the last chunk, END_STREAM.
    Complete,
    /// The connection is closed in the middle of it; over HTTP/2, the stream is reset.
    Cut,
    /// The connection is reset: RST, with whatever was under way lost.
    Reset,
}
