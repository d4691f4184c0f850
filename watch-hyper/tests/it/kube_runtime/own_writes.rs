//! A `Controller` that waits until the watch has shown its own writes.

use core::time::Duration;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::api::{Patch, PatchParams};
use kube_client::{Api, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::controller::{Action, Controller};
use kube_runtime::reflector;
use serde_json::json;
use tokio::time::Instant;
use watch_hyper::PendingWrites;
use watch_test::InProcessServer;

use super::{create, tracked, version};

/// What the reconciler of a `Controller` saw.
#[derive(Debug, Default)]
struct Turns {
    acted: u32,
    /// How often the object was older than the last write to it.
    stale: u32,
    waited: u32,
    last_write: u64,
    acted_at: Option<Instant>,
}

const PACE: Duration = Duration::from_millis(100);

/// Runs a `Controller` that updates its object every 100 ms, on a server whose cache lags for 20 s of a minute.
async fn turns_of_a_controller(is_gated: bool) -> Turns {
    struct Context {
        maps: Api<ConfigMap>,
        gate: Option<PendingWrites>,
        turns: Mutex<Turns>,
    }

    fn reconcile(
        object: Arc<ConfigMap>,
        context: Arc<Context>,
    ) -> impl Future<Output = Result<Action, kube_client::Error>> {
        let (namespace, name) = (object.namespace(), object.name_any());
        let is_caught_up = context.gate.as_ref().is_none_or(|writes| writes.is_caught_up(namespace.as_deref(), &name));
        async move {
            match &context.gate {
                Some(writes) if !is_caught_up => {
                    context.turns.lock().unwrap().waited += 1;
                    writes.caught_up(namespace.as_deref(), &name).await;
                    Ok(Action::requeue(Duration::ZERO))
                }
                _ => act(object, context).await,
            }
        }
    }

    async fn act(object: Arc<ConfigMap>, context: Arc<Context>) -> Result<Action, kube_client::Error> {
        let number = {
            let mut turns = context.turns.lock().unwrap();
            // Its own event also gives it a turn.
            let passed = turns.acted_at.map_or(PACE, |at| at.elapsed());
            if passed < PACE {
                return Ok(Action::requeue(PACE - passed));
            }
            turns.acted_at = Some(Instant::now());
            turns.acted += 1;
            turns.stale += u32::from(version(&object) < turns.last_write);
            turns.acted.to_string()
        };
        let patch = Patch::Merge(json!({ "data": { "n": number } }));
        let written = context.maps.patch(&object.name_any(), &PatchParams::default(), &patch).await?;
        context.turns.lock().unwrap().last_write = version(&written);
        Ok(Action::requeue(PACE))
    }

    let server = InProcessServer::start();
    create(&server, "a");
    let (maps, writes, events) = tracked(&server);
    let (reader, writer) = reflector::store();
    let trigger = events.reflect(writer).applied_objects();
    let context = Arc::new(Context { maps, gate: is_gated.then_some(writes), turns: Mutex::default() });
    let controller =
        Controller::for_stream(trigger, reader).run(reconcile, |_, error, _| panic!("{error}"), Arc::clone(&context));
    let script = async {
        for second in 0..60 {
            server.with(|server, now| server.set_lagging(now, 0, second % 3 == 1));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = controller.for_each(async |_| {}) => panic!("the controller ended"),
        () = script => {}
    }
    core::mem::take(&mut *context.turns.lock().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_waits_for_its_writes_acts_on_none_older() {
    let (gated, other) = (turns_of_a_controller(true).await, turns_of_a_controller(false).await);
    assert!(gated.stale == 0 && gated.waited > 0 && gated.acted > 100, "{gated:?}");
    assert!(other.stale > 0 && other.waited == 0, "the test can fail: {other:?}");
}
