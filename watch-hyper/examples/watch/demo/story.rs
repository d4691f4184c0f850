//! What happens to the pods, and to the watch.

use core::time::Duration;
use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::sync::watch;
use watch_test::TestServer;
use watch_hyper::watch_core::wire::Status;

use crate::printer::Printer;
use crate::session::{Seen, lock};

/// Long enough for each line to be read.
const PACE: Duration = Duration::from_millis(400);
/// If what must come hasn't come by then, it never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was seen in which chapter: each must be true in the end.
pub(super) type Chapters = Vec<(&'static str, bool)>;

/// The pods that are there before anybody watches.
pub(super) fn populate(server: &TestServer) -> Result<(), Status> {
    for (namespace, name) in
        [("default", "web-1"), ("default", "web-2"), ("default", "db-1"), ("jobs", "report-1"), ("jobs", "report-2")]
    {
        server.create("pods", None, pod(namespace, name))?;
    }
    Ok(())
}

/// Lets everything happen that a watch must live through.
pub(super) async fn tell(
    server: &TestServer,
    seen: watch::Receiver<Seen>,
    printer: &Mutex<Printer>,
) -> Result<Chapters, Status> {
    let mut story = Story { server, seen, printer, chapters: Vec::new() };
    story.initial_set().await;
    story.live_events().await?;
    story.bookmark().await;
    story.dropped_connection().await?;
    story.expired_version().await?;
    story.life_goes_on().await?;
    Ok(story.chapters)
}

struct Story<'a> {
    server: &'a TestServer,
    seen: watch::Receiver<Seen>,
    printer: &'a Mutex<Printer>,
    chapters: Chapters,
}

impl Story<'_> {
    async fn initial_set(&mut self) {
        self.until("the initial set", |seen| seen.tally.sets == 1 && seen.mirror.len() == 5).await;
        tokio::time::sleep(PACE).await;
    }

    async fn live_events(&mut self) -> Result<(), Status> {
        self.chapter("Things change, and each change comes as it happens");
        self.create("default", "web-3").await?;
        self.patch("default", "web-3", "Running").await?;
        self.patch("default", "web-1", "Running").await?;
        self.delete("jobs", "report-1").await?;
        self.patch("default", "db-1", "Running").await?;
        self.until("live events", |seen| {
            let tally = &seen.tally;
            tally.count_of("ADDED") >= 6 && tally.count_of("MODIFIED") >= 3 && tally.count_of("DELETED") >= 1
        })
        .await;
        Ok(())
    }

    async fn bookmark(&mut self) {
        self.chapter("Nothing changes; bookmarks say so, and keep the place to resume from fresh");
        let before = self.seen.borrow().tally.bookmarks();
        self.until("a bookmark", |seen| seen.tally.bookmarks() > before).await;
    }

    async fn dropped_connection(&mut self) -> Result<(), Status> {
        self.chapter("The connection breaks, and meanwhile things change: the watch resumes, and gets them");
        let before = self.seen.borrow().tally.resumed;
        self.server.disconnect();
        // The watch runs on this thread: without an await it can't be back in between.
        self.server.patch("pods", Some("default"), "web-2", phase("Running"))?;
        self.server.create("pods", None, pod("jobs", "report-3"))?;
        self.server.delete("pods", Some("jobs"), "report-2")?;
        self.until("a resumed watch", |seen| {
            seen.tally.resumed > before
                && seen.mirror.has("jobs", "report-3")
                && !seen.mirror.has("jobs", "report-2")
                && seen.tally.restarts.is_empty()
        })
        .await;
        tokio::time::sleep(PACE).await;
        Ok(())
    }

    async fn expired_version(&mut self) -> Result<(), Status> {
        self.chapter("It breaks again, things change, and the server forgets how: 410, the set is compared");
        let before = self.seen.borrow().tally.count_of("VANISHED");
        self.server.disconnect();
        self.server.patch("pods", Some("default"), "db-1", phase("Failed"))?;
        self.server.delete("pods", Some("default"), "web-1")?;
        self.server.delete("pods", Some("jobs"), "report-3")?;
        self.server.create("pods", None, pod("default", "web-4"))?;
        // Deleted and created again under the same name: another pod.
        self.server.delete("pods", Some("default"), "web-2")?;
        self.server.create("pods", None, pod("default", "web-2"))?;
        self.server.expire();
        self.until("a 410 without a gap", |seen| {
            let tally = &seen.tally;
            tally.restarts.len() == 1
                && tally.sets == 2
                && tally.count_of("VANISHED") == before + 3
                && seen.mirror.has("default", "web-4")
        })
        .await;
        tokio::time::sleep(PACE).await;
        Ok(())
    }

    async fn life_goes_on(&mut self) -> Result<(), Status> {
        self.chapter("And on it goes");
        self.patch("default", "web-4", "Running").await?;
        self.create("jobs", "report-4").await?;
        self.patch("jobs", "report-4", "Succeeded").await?;
        self.delete("default", "db-1").await?;
        self.until("the last change", |seen| !seen.mirror.has("default", "db-1")).await;
        Ok(())
    }

    async fn create(&self, namespace: &str, name: &str) -> Result<(), Status> {
        self.server.create("pods", None, pod(namespace, name))?;
        tokio::time::sleep(PACE).await;
        Ok(())
    }

    async fn patch(&self, namespace: &str, name: &str, to: &str) -> Result<(), Status> {
        self.server.patch("pods", Some(namespace), name, phase(to))?;
        tokio::time::sleep(PACE).await;
        Ok(())
    }

    async fn delete(&self, namespace: &str, name: &str) -> Result<(), Status> {
        self.server.delete("pods", Some(namespace), name)?;
        tokio::time::sleep(PACE).await;
        Ok(())
    }

    fn chapter(&self, title: &str) {
        lock(self.printer).chapter(title);
    }

    /// Waits until it was seen, and notes whether it was.
    async fn until(&mut self, what: &'static str, is_seen: impl Fn(&Seen) -> bool) {
        let waited = tokio::time::timeout(PATIENCE, self.seen.wait_for(is_seen)).await;
        self.chapters.push((what, matches!(waited, Ok(Ok(_)))));
    }
}

fn pod(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "namespace": namespace, "name": name },
        "spec": { "containers": [{ "name": "main", "image": "example.com/app:1" }] },
        "status": { "phase": "Pending" },
    })
}

fn phase(phase: &str) -> Value {
    json!({ "status": { "phase": phase } })
}
