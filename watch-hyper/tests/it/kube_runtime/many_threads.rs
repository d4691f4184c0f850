//! A `Controller` on several threads: the futures of its reconciler are tasks, which any thread may run.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::api::{Patch, PatchParams};
use kube_client::{Api, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::controller::{Action, Controller};
use kube_runtime::reflector;
use serde_json::json;
use tokio::sync::Notify;
use watch_hyper::PendingWrites;
use watch_test::InProcessServer;

use super::{LIMIT, create, tracked, version};

const OBJECTS: usize = 24;

/// When the reconciler asks the book.
#[derive(Clone, Copy, PartialEq)]
enum Asks {
    /// Before it returns its future, as documented.
    AtTheCall,
    /// In its future.
    InTheFuture,
}

struct Context {
    server: InProcessServer,
    maps: Api<ConfigMap>,
    writes: PendingWrites,
    asks: Asks,
    /// The version of the last write to each object.
    last_writes: Mutex<BTreeMap<String, u64>>,
    acted: AtomicU32,
    waited: AtomicU32,
    /// How often the object was older than the last write to it.
    stale: AtomicU32,
    /// The run ends after this number of turns, or with the first older object.
    most: u32,
    is_over: Notify,
}

impl Context {
    /// While its cache lags, the server sends no events.
    fn set_lagging(&self, is_lagging: bool) {
        self.server.with(|server, now| server.set_lagging(now, 0, is_lagging));
    }
}

fn reconcile(
    object: Arc<ConfigMap>,
    context: Arc<Context>,
) -> impl Future<Output = Result<Action, kube_client::Error>> {
    let name = object.name_any();
    let mut is_caught_up = context.writes.is_caught_up(Some("default"), &name);
    if !is_caught_up {
        context.waited.fetch_add(1, Ordering::Relaxed);
        // The event comes now, maybe before the future runs.
        context.set_lagging(false);
    }
    async move {
        // As in a program with more tasks than threads.
        tokio::task::yield_now().await;
        if context.asks == Asks::InTheFuture {
            is_caught_up = context.writes.is_caught_up(Some("default"), &name);
        }
        if is_caught_up {
            return act(&object, name, &context).await;
        }
        context.writes.caught_up(Some("default"), &name).await;
        Ok(Action::requeue(Duration::ZERO))
    }
}

async fn act(object: &ConfigMap, name: String, context: &Context) -> Result<Action, kube_client::Error> {
    let is_stale = context.last_writes.lock().unwrap().get(&name).is_some_and(|last| version(object) < *last);
    context.stale.fetch_add(is_stale.into(), Ordering::Relaxed);
    let number = context.acted.fetch_add(1, Ordering::Relaxed);
    if is_stale || number >= context.most {
        context.is_over.notify_one();
        return Ok(Action::await_change());
    }
    context.set_lagging(true);
    let patch = Patch::Merge(json!({ "data": { "n": number.to_string() } }));
    let written = context.maps.patch(&name, &PatchParams::default(), &patch).await?;
    context.last_writes.lock().unwrap().insert(name, version(&written));
    // The next turn begins at once, mostly before the watch has shown the write.
    Ok(Action::requeue(Duration::ZERO))
}

/// Runs a `Controller` that updates all of its objects, each again as soon as it can.
async fn run(asks: Asks, most: u32) -> Arc<Context> {
    let server = InProcessServer::start();
    (0..OBJECTS).for_each(|number| create(&server, &format!("map-{number}")));
    let (maps, writes, events) = tracked(&server);
    let (reader, writer) = reflector::store();
    let trigger = events.reflect(writer).applied_objects();
    let context = Arc::new(Context {
        server,
        maps,
        writes,
        asks,
        last_writes: Mutex::default(),
        acted: AtomicU32::new(0),
        waited: AtomicU32::new(0),
        stale: AtomicU32::new(0),
        most,
        is_over: Notify::new(),
    });
    let controller =
        Controller::for_stream(trigger, reader).run(reconcile, |_, error, _| panic!("{error}"), Arc::clone(&context));
    let is_over = tokio::time::timeout(LIMIT, context.is_over.notified());
    tokio::select! {
        () = controller.for_each(async |_| {}) => panic!("the controller ended"),
        is_over = is_over => is_over.expect("the run ends"),
    }
    context
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_book_asked_at_the_call_lets_no_turn_be_stale() {
    let turns = run(Asks::AtTheCall, 2_000).await;
    assert!(turns.waited.load(Ordering::Relaxed) > 0, "no turn was held back");
    assert_eq!(turns.stale.load(Ordering::Relaxed), 0);
    // A future may ask only after the watch has shown the write. Then it acts on the object of its call.
    let turns = run(Asks::InTheFuture, u32::MAX).await;
    assert!(turns.stale.load(Ordering::Relaxed) > 0, "the test can fail");
}
