//! The summary at the end.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;

use watch_test::{LoggedRequest, TestServer};

/// What was served: the counts of requests by kind and status.
#[derive(Debug)]
pub(super) struct Summary {
    made: u64,
    lasted: Duration,
    version: u64,
    requests: Vec<LoggedRequest>,
}

impl Summary {
    pub(super) fn new(server: &TestServer, made: u64, lasted: Duration) -> Self {
        Self { made, lasted, version: server.resource_version(), requests: server.requests() }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.lasted.as_secs_f64();
        writeln!(f, "served for {seconds:.1} s, up to version {}, with {} changes", self.version, self.made)?;
        let mut kinds: BTreeMap<(String, u16), (usize, u64)> = BTreeMap::new();
        for request in &self.requests {
            let what = if request.is_watch() { "WATCH" } else { request.method.as_str() };
            let (count, bytes) = kinds.entry((what.to_owned(), request.status.unwrap_or(0))).or_default();
            *count += 1;
            *bytes += request.bytes;
        }
        for ((what, status), (count, bytes)) in kinds {
            writeln!(f, "{count:>8} {what:<7} {status}  {bytes} bytes")?;
        }
        let faulty = self.requests.iter().filter(|request| request.fault.is_some()).count();
        write!(f, "{faulty} of {} requests had a fault", self.requests.len())
    }
}
