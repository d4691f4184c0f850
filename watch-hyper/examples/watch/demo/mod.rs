//! A server of our own, trouble made to order, and a check at the end.

mod story;
mod verdict;

use core::error::Error;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use watch_hyper::Client;
use watch_hyper::watch_core::{Config, Resource};
use watch_test::TestServer;

use crate::args::Format;
use crate::printer::Printer;
use crate::session::{Session, lock};

/// In a cluster there is a bookmark a minute; nobody watches a demonstration for so long.
const BOOKMARK_INTERVAL: Duration = Duration::from_secs(1);

/// Shows it all. Says whether everything was seen and nothing was lost.
pub(crate) async fn show() -> Result<bool, Box<dyn Error>> {
    let server = TestServer::builder().bookmark_interval(BOOKMARK_INTERVAL).start().await?;
    let printer = Arc::new(Mutex::new(Printer::new(Format::Text)));
    story::populate(&server)?;
    lock(&printer).chapter(&format!("A watch of pods at {} begins with all there are", server.url()));

    let client = Client::builder(&server.url()).build()?;
    let config = Config::builder(Resource::core("v1", "pods")).build()?;
    let session = Session::new(client, config, Arc::clone(&printer));
    let (seen, stopper) = (session.seen(), session.stopper());

    let told = async {
        let chapters = story::tell(&server, seen.clone(), &printer).await;
        stopper.stop();
        chapters
    };
    let (chapters, done) = tokio::join!(told, session.show());
    done?;

    let good = verdict::judge(&server, &chapters?, &seen.borrow(), &mut lock(&printer));
    server.shutdown().await;
    Ok(good)
}
