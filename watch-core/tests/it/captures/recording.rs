//! A recorded response: head, body, and when each part arrived.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use watch_core::ResponseHead;

/// See the README in the folder of the recordings.
#[derive(Debug)]
pub(super) struct Recording {
    /// Path and query.
    pub(super) uri: String,
    pub(super) head: ResponseHead,
    pub(super) body: Bytes,
    /// When the last byte of each chunk arrived, and the number of bytes of the body by then.
    pub(super) chunks: Vec<(Duration, usize)>,
    /// When it ended.
    pub(super) lasted: Duration,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../watch-test/captures")
}

/// The names of all recordings.
pub(super) fn names() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

impl Recording {
    pub(super) fn load(name: &str) -> Self {
        let read = |extension: &str| {
            fs::read(folder().join(format!("{name}.{extension}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let json: Value = serde_json::from_slice(&read("json")).unwrap();
        let uri = json["request"]["path"].as_str().unwrap().to_owned();
        let mut received = 0;
        let chunks: Vec<_> = json["chunks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|chunk| {
                received += usize::try_from(chunk[1].as_u64().unwrap()).unwrap();
                (Duration::from_secs_f64(chunk[0].as_f64().unwrap()), received)
            })
            .collect();
        let body = Bytes::from(read("body"));
        assert_eq!(received, body.len(), "{name}: the chunks are all of the body");
        // The time of the end isn't recorded. A stream that isn't an error ends at its `timeoutSeconds`.
        let is_stream = json["end"] == "last-chunk" && !body.starts_with(b"{\"type\":\"ERROR\"");
        let seconds = uri.split(['?', '&']).find_map(|pair| pair.strip_prefix("timeoutSeconds="));
        let seconds = seconds.filter(|_| is_stream).map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
        let last = chunks.last().map(|(at, _)| *at).unwrap_or_default();
        Self {
            head: head(json["head"].as_str().unwrap()),
            lasted: seconds.unwrap_or_default().max(last),
            uri,
            body,
            chunks,
        }
    }

    /// When the byte arrived that completes `received` bytes of the body.
    pub(super) fn when(&self, received: usize) -> Duration {
        self.chunks.iter().find(|(_, end)| received <= *end).map(|(at, _)| *at).unwrap_or_default()
    }

    /// The number of bytes that had arrived before a long silence: none of them was held back until it continued.
    pub(super) fn before_silence(&self) -> impl Iterator<Item = usize> {
        let is_silence = |pair: &&[(Duration, usize)]| pair[1].0 - pair[0].0 > Duration::from_secs(1);
        self.chunks.windows(2).filter(is_silence).map(|pair| pair[0].1)
    }
}

/// As an adapter creates it: parsed by the `http` crate.
fn head(text: &str) -> ResponseHead {
    let mut lines = text.trim_end().split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let response = lines.fold(http::Response::builder().status(status), |response, line| {
        let (name, value) = line.split_once(':').unwrap();
        response.header(name, value.trim())
    });
    ResponseHead::from(&response.body(()).unwrap().into_parts().0)
}
