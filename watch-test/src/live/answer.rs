//! What a server answered.

use std::io;

use bytes::Bytes;
use serde_json::Value;

/// What a server answered to one request, whole.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`; empty if there is none.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
    /// Whether the body came to its end; a watch may be cut off.
    pub is_whole: bool,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body, if the server did what it was asked.
    ///
    /// # Errors
    /// If it didn't; says what it said instead.
    pub fn success(&self) -> io::Result<Value> {
        match self.status {
            200..300 => Ok(self.json()),
            status => {
                let body = String::from_utf8_lossy(&self.body);
                Err(io::Error::other(format!("the server says {status}: {}", body.trim_end())))
            }
        }
    }
}
