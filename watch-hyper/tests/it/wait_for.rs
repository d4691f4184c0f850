//! Waiting for one object, and the example `wait`.

use core::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use watch_hyper::watch_core::{
    Cause, Config, ConfigBuilder, Done, InitialList, Notice, Object, ObjectState, Outcome, Resource, Start, TimedOut,
};
use watch_hyper::{Client, ClientBuilder, Transport, WaitFor, wait_for};
use watch_test::fault::{Fault, Requests};
use watch_test::{InProcessServer, TestServer};

use crate::fake::{Fake, Notices, Part, Reply, frame, list, pod, pods};

#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/wait.rs"]
mod example;

fn web(deadline: Duration) -> ConfigBuilder {
    Config::builder(Resource::core("v1", "pods")).namespace("default").name("web").deadline(deadline)
}

fn a_minute() -> Config {
    web(Duration::from_secs(60)).build().unwrap()
}

fn is_ready(pod: Option<&Object>) -> bool {
    let pod = pod.and_then(|pod| pod.decode::<Value>().ok());
    pod.is_some_and(|pod| pod["status"]["conditions"][0]["type"] == "Ready")
}

fn ready() -> Value {
    json!({ "status": { "conditions": [{ "type": "Ready", "status": "True" }] } })
}

fn create(server: &InProcessServer) {
    server.create("pods", None, json!({ "metadata": { "name": "web", "namespace": "default" } })).unwrap();
}

/// Each form of a written status.
fn make_ready(server: &watch_test::Handle) {
    use watch_test::model::ApiServer;
    let path = "/api/v1/namespaces/default/pods/web/status";
    let request = http::Request::patch(path).header("content-type", "application/merge-patch+json");
    let request = request.body(ready().to_string().into()).unwrap();
    server.with(|server: &mut ApiServer, now| server.request(now, &request));
}

fn transport(server: &InProcessServer) -> Transport {
    Transport::new(server.service())
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_its_predicate_holds() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Fails("the network is down".into()),
        Reply::Head(200, vec![frame("DELETED", "a", 11).as_str().into(), Part::Hangs]),
    ]);
    let config = pods().name("a").start(Start::InitialList(InitialList::List)).build().unwrap();
    let outcome = wait_for::<Object>(fake.transport(), config, |pod| pod.is_none()).await;
    assert_eq!(outcome, Ok(Outcome::Met(None)));
    assert_eq!(fake.bodies_dropped(), 2, "what was open is closed");
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_the_deadline() {
    let config = pods().name("a").deadline(Duration::from_secs(30)).build().unwrap();
    let began = Instant::now();
    let fake = Fake::default();
    let outcome = wait_for::<Object>(fake.transport(), config, |_| true).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    let Outcome::DeadlineReached(last) = outcome else { panic!("{outcome:?}") };
    assert_eq!((&last.state, last.is_known()), (&ObjectState::Unknown, false));
    let lasted = Duration::from_secs(5);
    assert_eq!(last.trouble.unwrap().cause, Cause::Timeout { of: TimedOut::Head, lasted }, "of the final read");
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_wait_reports_what_the_server_has_at_the_deadline() {
    let server = InProcessServer::start();
    let outcome = wait_for(transport(&server), a_minute(), is_ready).await.unwrap();
    let Outcome::DeadlineReached(last) = outcome else { panic!("{outcome:?}") };
    assert_eq!((&last.state, &last.trouble, last.is_known()), (&ObjectState::Absent, &None, true));
    create(&server);
    let outcome = wait_for(transport(&server), a_minute(), is_ready).await.unwrap();
    let Outcome::DeadlineReached(last) = outcome else { panic!("{outcome:?}") };
    assert!(last.is_known() && last.state.object().is_some(), "{last:?}");
    assert_eq!(server.now(), Duration::from_secs(120));
    assert_eq!(server.open_watches(), 0, "what was open is closed");
}

#[tokio::test(start_paused = true)]
async fn a_change_in_the_last_seconds_is_seen() {
    let server = InProcessServer::start();
    create(&server);
    let changing = async {
        sleep(Duration::from_millis(59_900)).await;
        make_ready(&server);
    };
    let (outcome, ()) = tokio::join!(wait_for(transport(&server), a_minute(), is_ready), changing);
    assert!(matches!(outcome, Ok(Outcome::Met(Some(_)))), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn an_observer_gets_the_trouble_and_a_stopper_ends_it() {
    let server = InProcessServer::start();
    server.inject(Fault::refuse(503).times(2));
    let ear = Notices::default();
    let mut waiting = WaitFor::new(transport(&server), a_minute(), is_ready).unwrap();
    waiting.observe(ear.observer());
    let stopper = waiting.stopper();
    let stopping = async {
        server.until("the pod is watched", |server| server.open_watches() == 1).await;
        // So that the sent bytes are read.
        sleep(Duration::from_secs(1)).await;
        stopper.stop();
        Instant::now()
    };
    let (outcome, stopped) = tokio::join!(waiting, stopping);
    assert_eq!(Instant::now(), stopped);
    let Outcome::Ended { done, last } = outcome else { panic!("{outcome:?}") };
    assert_eq!((*done, &last.state, &last.trouble), (Done::Stopped, &ObjectState::Absent, &None));
    let retries = ear.notices().iter().filter(|notice| matches!(notice, Notice::Retrying { .. })).count();
    assert_eq!(retries, 2, "{:?}", ear.notices());

    // During trouble, the outcome has it.
    server.take_down();
    let waiting = WaitFor::new(transport(&server), a_minute(), is_ready).unwrap();
    let stopper = waiting.stopper();
    let (outcome, ()) = tokio::join!(waiting, async {
        sleep(Duration::from_secs(10)).await;
        stopper.stop();
    });
    let Outcome::Ended { last, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(last.state, ObjectState::Unknown);
    assert!(last.trouble.unwrap().to_string().contains("connection refused"));
}

/// The peer of the watch is gone without a FIN, as after a firewall dropped the connection. On real sockets.
async fn half_open(http: fn(ClientBuilder) -> ClientBuilder) {
    let server = TestServer::start().await.unwrap();
    server.create("pods", None, json!({ "metadata": { "name": "web", "namespace": "default" } })).unwrap();
    server.inject(Fault::stall(0).once().on(Requests::watch("pods")));
    let client = http(Client::builder(&server.url())).build().unwrap();
    let config = web(Duration::from_secs(4)).start(Start::InitialList(InitialList::List)).build().unwrap();
    let waiting = WaitFor::new(client, config, is_ready).unwrap();
    let (outcome, ()) = tokio::join!(waiting, async {
        server.until("the pod is watched", |server| server.open_watches() == 1).await;
        make_ready(&server);
    });
    assert!(matches!(outcome, Outcome::Met(Some(_))), "{outcome:?}\n{server}");
}

#[tokio::test]
async fn http_1_final_read_finds_what_a_half_open_watch_hides() {
    half_open(|client| client).await;
}

#[tokio::test]
async fn http_2_final_read_finds_what_a_half_open_watch_hides() {
    half_open(ClientBuilder::http2_prior_knowledge).await;
}

/// The output of the example.
async fn reported(server: &InProcessServer) -> (u8, String) {
    example::report("pod web", &example::wait(transport(server), Resource::core("v1", "pods"), "web").await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_example_reports_what_is_known() {
    let server = InProcessServer::start();
    assert_eq!(reported(&server).await, (1, "there is no pod web after 60s".into()));
    create(&server);
    assert_eq!(reported(&server).await, (1, "pod web isn't ready after 60s".into()));
    make_ready(&server);
    assert_eq!(reported(&server).await, (0, "pod web is ready".into()));
}

#[tokio::test(start_paused = true)]
async fn the_example_reports_why_the_state_is_unknown() {
    let server = InProcessServer::start();
    create(&server);
    server.inject(Fault::refuse(403).message("no list for you").always());
    let (code, said) = reported(&server).await;
    let forbidden = "error: unknown whether pod web is ready: LIST of pods web in default: \
                     the server returned 403 Forbidden: no list for you\nhint: forbidden: grant the verbs list and watch";
    assert_eq!((code, said.as_str()), (2, forbidden));

    server.clear_rules();
    server.take_down();
    let (code, said) = reported(&server).await;
    assert_eq!(code, 2);
    assert!(said.contains("connection refused") && said.ends_with("hint: no server listens there"), "{said}");

    // It existed, and was deleted.
    server.bring_up();
    let (outcome, ()) = tokio::join!(reported(&server), async {
        server.until("the pod is watched", |server| server.open_watches() == 1).await;
        sleep(Duration::from_secs(10)).await;
        server.take_down();
    });
    assert_eq!(outcome.0, 2);
    assert!(outcome.1.contains("is ready (it wasn't when it was seen last): "), "{}", outcome.1);

    // A bad request isn't retried.
    server.bring_up();
    server.inject(Fault::refuse(400).message("no such field").always());
    let (code, said) = reported(&server).await;
    assert_eq!(code, 2);
    assert!(said.contains("400 BadRequest: no such field"), "{said}");
}
