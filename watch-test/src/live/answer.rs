//! The answers of a server.

use std::io;

use bytes::Bytes;
use serde_json::Value;

/// The complete answer to one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`; empty if there is none.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
    /// Whether the body is complete; a watch may be cut off.
    pub is_complete: bool,
}

impl Answer {
    /// Returns the body as JSON, or null if it isn't JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns the body, if the status is a success.
    ///
    /// # Errors
    /// Fails for any other status, with the status and the body.
    pub fn success(&self) -> io::Result<Value> {
        match self.status {
            200..300 => Ok(self.json()),
            status => {
                let body = String::from_utf8_lossy(&self.body);
                Err(io::Error::other(format!("the server answered {status}: {}", body.trim_end())))
            }
        }
    }
}
