//! The events of the demonstration.

use core::time::Duration;
use std::sync::Mutex;

use tokio::sync::watch;

use super::super::printer::Printer;
use super::super::session::{Seen, lock};
use super::pods::Pods;

/// Long enough for each line to be read.
const PACE: Duration = Duration::from_secs(1);
/// The timeout of each step.
const PATIENCE: Duration = Duration::from_secs(20);

/// The steps, and whether each was seen.
pub(super) type Chapters = Vec<(&'static str, bool)>;

/// Runs all steps, and adds each to `chapters` after it.
pub(super) async fn run(
    pods: &Pods,
    seen: watch::Receiver<Seen>,
    printer: &Mutex<Printer>,
    chapters: &mut Chapters,
) -> Result<(), String> {
    let mut story = Story { pods, seen, printer, chapters };
    story.initial_set().await;
    story.live_events().await?;
    story.bookmark().await;
    story.dropped_connection().await?;
    story.expired_version().await?;
    story.life_goes_on().await
}

struct Story<'a> {
    pods: &'a Pods,
    seen: watch::Receiver<Seen>,
    printer: &'a Mutex<Printer>,
    chapters: &'a mut Chapters,
}

impl Story<'_> {
    async fn initial_set(&mut self) {
        self.until("the initial set", |seen| seen.tally.sets == 1 && seen.mirror.len() == 5).await;
        self.pause().await;
    }

    async fn live_events(&mut self) -> Result<(), String> {
        self.chapter("Pods change, and each change is reported as it happens");
        self.pods.create("default", "web-3")?;
        self.pause().await;
        self.pods.patch("default", "web-3", "Running")?;
        self.pause().await;
        self.pods.patch("default", "web-1", "Running")?;
        self.pause().await;
        self.pods.delete("jobs", "report-1")?;
        self.pause().await;
        self.pods.patch("default", "db-1", "Running")?;
        self.pause().await;
        self.until("live events", |seen| {
            let tally = &seen.tally;
            tally.count_of("ADDED") >= 6 && tally.count_of("MODIFIED") >= 3 && tally.count_of("DELETED") >= 1
        })
        .await;
        Ok(())
    }

    async fn bookmark(&mut self) {
        self.chapter("Nothing changes; bookmarks keep the version to resume from fresh");
        let before = self.seen.borrow().tally.bookmarks();
        self.until("a bookmark", |seen| seen.tally.bookmarks() > before).await;
    }

    async fn dropped_connection(&mut self) -> Result<(), String> {
        self.chapter("The connection breaks and pods change: the watch resumes, and gets the changes");
        let before = self.seen.borrow().tally.resumed;
        self.pods.server.disconnect();
        // The watch runs on this thread. Without an await, it can't reconnect before the writes.
        self.pods.patch("default", "web-2", "Running")?;
        self.pods.create("jobs", "report-3")?;
        self.pods.delete("jobs", "report-2")?;
        self.until("a resumed watch", |seen| {
            seen.tally.resumed > before
                && seen.mirror.has("jobs", "report-3")
                && !seen.mirror.has("jobs", "report-2")
                && seen.tally.restarts.is_empty()
        })
        .await;
        self.pause().await;
        Ok(())
    }

    async fn expired_version(&mut self) -> Result<(), String> {
        self.chapter("It breaks again, pods change, and the server's history expires: 410, a relist, a comparison");
        let before = self.seen.borrow().tally.count_of("VANISHED");
        self.pods.server.disconnect();
        self.pods.patch("default", "db-1", "Failed")?;
        self.pods.delete("default", "web-1")?;
        self.pods.delete("jobs", "report-3")?;
        self.pods.create("default", "web-4")?;
        // Deleted and created again under the same name: another pod.
        self.pods.delete("default", "web-2")?;
        self.pods.create("default", "web-2")?;
        self.pods.server.expire();
        self.until("a 410 without a gap", |seen| {
            let tally = &seen.tally;
            tally.restarts.len() == 1
                && tally.sets == 2
                && tally.count_of("VANISHED") == before + 3
                && seen.mirror.has("default", "web-4")
        })
        .await;
        self.pause().await;
        Ok(())
    }

    async fn life_goes_on(&mut self) -> Result<(), String> {
        self.chapter("The watch continues");
        self.pods.patch("default", "web-4", "Running")?;
        self.pause().await;
        self.pods.create("jobs", "report-4")?;
        self.pause().await;
        self.pods.patch("jobs", "report-4", "Succeeded")?;
        self.pause().await;
        self.pods.delete("default", "db-1")?;
        self.pause().await;
        self.until("the last change", |seen| !seen.mirror.has("default", "db-1")).await;
        Ok(())
    }

    /// Waits, so that the output can be read.
    async fn pause(&self) {
        tokio::time::sleep(PACE).await;
    }

    fn chapter(&self, title: &str) {
        lock(self.printer).chapter(title);
    }

    /// Waits for a step, and records whether it was seen.
    async fn until(&mut self, what: &'static str, is_seen: impl Fn(&Seen) -> bool) {
        let waited = tokio::time::timeout(PATIENCE, self.seen.wait_for(is_seen)).await;
        self.chapters.push((what, matches!(waited, Ok(Ok(_)))));
    }
}
