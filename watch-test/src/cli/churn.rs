//! Changes to objects at a constant rate.

use core::time::Duration;
use std::time::Instant;

use serde_json::json;
use watch_test::TestServer;
use watch_test::check::Rng;

/// Changes random objects: mostly updates; now and then it deletes an object and creates it again.
#[derive(Debug)]
pub(super) struct Churn {
    random: Rng,
    resource: String,
    objects: usize,
    made: u64,
}

impl Churn {
    pub(super) fn new(seed: u64, resource: &str, objects: usize) -> Self {
        Self { random: Rng::new(seed), resource: resource.into(), objects, made: 0 }
    }

    /// Returns the number of changes so far.
    pub(super) const fn made(&self) -> u64 {
        self.made
    }

    /// Makes this number of changes, or stops when this time has passed.
    pub(super) fn catch_up(&mut self, server: &TestServer, due: u64, no_longer_than: Duration) {
        let began = Instant::now();
        while self.made < due && self.objects > 0 && began.elapsed() < no_longer_than {
            self.change(server);
            self.made += 1;
        }
    }

    fn change(&mut self, server: &TestServer) {
        let name = format!("object-{:05}", self.random.below(self.objects as u64));
        let change = json!({"data": {"change": self.made.to_string()}});
        // A client may have deleted it; then it is created again.
        let is_there = server.patch(&self.resource, None, &name, change).is_ok();
        let is_to_go = self.random.below(20) == 0;
        if is_to_go && is_there {
            drop(server.delete(&self.resource, None, &name));
        }
        if is_to_go || !is_there {
            let object = json!({
                "metadata": {"name": name, "labels": {"app": "watch-test"}},
                "data": {"change": self.made.to_string()},
            });
            drop(server.create(&self.resource, None, object));
        }
    }
}
