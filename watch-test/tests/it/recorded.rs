//! Recorded replies of a real kube-apiserver, to compare with.
//!
//! Kubernetes 1.36 with etcd 3.6, byte for byte. They are read from the source tree of this crate.

use core::time::Duration;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A recorded request and its reply.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    /// `watch-crud`
    pub(crate) name: String,
    /// Path and query.
    pub(crate) path: String,
    /// The header `Accept`.
    pub(crate) accept: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The head of the reply, as sent.
    pub(crate) head: String,
    /// The time of each chunk after the request, and its bytes.
    pub(crate) chunks: Vec<(Duration, Vec<u8>)>,
    /// The body, without the framing of chunks.
    pub(crate) body: Vec<u8>,
}

/// Returns the capture of that name.
///
/// # Panics
/// If there is none, or it can't be read.
pub(crate) fn load(name: &str) -> Capture {
    read(name, &directory()).unwrap_or_else(|error| panic!("capture {name}: {error}"))
}

/// Returns all captures, by name.
///
/// # Panics
/// If one can't be read.
pub(crate) fn all() -> Vec<Capture> {
    let directory = directory();
    let entries = std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    names.sort();
    names.iter().map(|name| load(name)).collect()
}

impl Capture {
    /// Returns a header of the reply.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (given, value) = line.split_once(": ")?;
            given.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

fn read(name: &str, directory: &Path) -> Result<Capture, Box<dyn core::error::Error>> {
    #[derive(Deserialize)]
    struct Document {
        request: Request,
        status: u16,
        head: String,
        chunks: Vec<(f64, usize)>,
    }
    #[derive(Deserialize)]
    struct Request {
        path: String,
        accept: String,
    }
    let document: Document = serde_json::from_slice(&std::fs::read(directory.join(format!("{name}.json")))?)?;
    let body = std::fs::read(directory.join(format!("{name}.body")))?;
    let mut rest = body.as_slice();
    let mut chunks = Vec::new();
    for (seconds, length) in document.chunks {
        let (chunk, after) = rest.split_at_checked(length).ok_or("the chunks are longer than the body")?;
        chunks.push((Duration::from_secs_f64(seconds), chunk.to_vec()));
        rest = after;
    }
    Ok(Capture {
        name: name.to_owned(),
        path: document.request.path,
        accept: document.request.accept,
        status: document.status,
        head: document.head,
        chunks,
        body,
    })
}
