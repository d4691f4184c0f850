//! Code that is generic over the two doors drives every machine.

use watch_core::trace::{Entry, Traced};
use watch_core::{Config, Done, Input, Instant, Machine, Misuse, Output, Resource, WaitFor, Watcher};

fn config() -> Config {
    Config::builder(Resource::core("v1", "pods")).namespace("default").name("web-0").build().unwrap()
}

/// Hands in a stop at the first wait. Returns what was requested by then, and how it ended.
fn stop(mut machine: impl Machine) -> Result<(String, Done), Misuse> {
    let mut sent = String::new();
    loop {
        match machine.poll(Instant::ORIGIN) {
            Output::Send(request) => sent.push_str(request.uri()),
            Output::Wait(_) => machine.handle(Input::Stop)?,
            Output::Done(done) => {
                assert_eq!(machine.watcher().config().name(), Some("web-0"));
                return Ok((sent, done));
            }
            _ => {}
        }
    }
}

#[test]
fn a_driver_of_the_trait_drives_each_machine() {
    let mut entries = Vec::new();
    let watcher = stop(Watcher::new(config())).unwrap();
    let wait = stop(WaitFor::new(config(), |pod| pod.is_none()).unwrap()).unwrap();
    let traced = stop(Traced::new(Watcher::new(config()), |entry| entries.push(entry))).unwrap();
    assert_eq!(watcher.1, Done::Stopped);
    assert_eq!((&watcher, &watcher), (&wait, &traced));
    assert!(matches!(entries.as_slice(), [Entry::Begin(_), Entry::Polled { .. }, .., Entry::Polled { .. }]));
}
