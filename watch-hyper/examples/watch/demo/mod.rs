//! The demonstration: its own server, injected faults, and a check at the end.

mod pods;
mod story;
mod verdict;

use core::error::Error;
use core::pin::pin;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use watch_hyper::watch_core::{Config, Object, Resource};
use watch_hyper::{Client, Watch};
use watch_test::TestServer;

use self::pods::Pods;
use super::args::Format;
use super::interruption::Interruption;
use super::printer::Printer;
use super::session::{Session, lock};

/// A cluster sends a bookmark a minute, which is too long for a demonstration.
const BOOKMARK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the demonstration. Returns whether everything was seen and nothing was lost.
pub(crate) async fn show() -> Result<bool, Box<dyn Error>> {
    // From here on, a signal results in a summary.
    let interruption = Interruption::new()?;
    let pods = Pods { server: TestServer::builder().bookmark_interval(BOOKMARK_INTERVAL).start().await? };
    let url = pods.server.url();
    let printer = Arc::new(Mutex::new(Printer::new(Format::Text)));
    pods.populate()?;
    lock(&printer).chapter(&format!("A watch of pods at {url} begins with the complete list"));

    let client = Client::builder(&url).build()?;
    let config = Config::builder(Resource::core("v1", "pods")).build()?;
    let session = Session::new(Watch::<Object>::new(client, config), Arc::clone(&printer));
    let (seen, stopper) = (session.seen(), session.stopper());

    let mut showing = pin!(session.show());
    let mut chapters = story::Chapters::new();
    let is_over = tokio::select! {
        ran = story::run(&pods, seen.clone(), &printer, &mut chapters) => ran.map(|()| true)?,
        () = interruption.wait() => false,
        // The reader of stdout is gone, or the watch ended, which is a failure.
        ended = &mut showing => return ended.map(|_| false).map_err(Into::into),
    };
    stopper.stop();
    showing.await?;

    let good = {
        let (seen, mut printer) = (seen.borrow(), lock(&printer));
        verdict::summarize(&pods.server, &chapters, &seen, &mut printer);
        // What changed before an interruption may not have arrived.
        !is_over || verdict::judge(&pods.server, &chapters, &seen, &mut printer)
    };
    pods.server.shutdown().await;
    Ok(good)
}
