//! The faults.

use core::time::Duration;

use serde_json::json;
use watch_test::fault::{Fault, Requests, Rule};
use watch_test::model::{ApiServer, End};

/// The number of objects when a client starts: `o00` to `o19`.
pub const OBJECTS: usize = 20;

/// An object that doesn't fit the type of any client. It isn't compared.
pub const POISON: &str = "poison";

const RESOURCE: &str = "configmaps";
const NAMESPACE: Option<&str> = Some("default");

/// The length of a bookmark in bytes, if versions have three digits.
const BOOKMARK_BYTES: u64 = 105;

/// The number of versions that a restored server goes back.
const ROLLED_BACK: u64 = 30;

/// One kind of fault, and the changes during it. Everything in `begin` happens at one time.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The name in the table.
    pub name: &'static str,
    /// Whether a client whose streaming lists are optional uses them.
    pub is_streaming: bool,
    /// Done first. The trial waits until the client has received it.
    pub before: fn(&mut ApiServer, Duration),
    /// Begins the fault.
    pub begin: fn(&mut ApiServer, Duration),
    /// Done when the client watches again. The time of the fault then begins here.
    pub when_watching: Option<fn(&mut ApiServer, Duration)>,
    /// The duration of the fault. At its end, all rules are removed and an object changes, and the time of the client
    /// begins. Zero: the fault needs no end, or has none.
    pub lasts: Duration,
    /// The timeout of a client.
    pub limit: Duration,
}

const PLAIN: Scenario = Scenario {
    name: "",
    is_streaming: false,
    before: |_, _| {},
    begin: |_, _| {},
    when_watching: None,
    lasts: Duration::ZERO,
    limit: Duration::from_secs(60),
};

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// The limit for silent watches: the watches of the peers last five minutes or more.
const LONGER_THAN_A_WATCH: Duration = Duration::from_secs(330);

/// All scenarios, in the order of the table.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "410 as HTTP status",
        begin: |server, now| expired(server, now, gone_as_status().once().on(watches())),
        ..PLAIN
    },
    Scenario {
        name: "410 as ERROR event",
        begin: |server, now| expired(server, now, gone_as_event().once().on(watches())),
        ..PLAIN
    },
    Scenario {
        name: "delete missed during a gap (disconnected, deleted, expired)",
        begin: |server, now| {
            remove(server, now, "o02");
            server.expire();
            server.disconnect();
        },
        ..PLAIN
    },
    Scenario {
        name: "endless 410 on watches, 30 s",
        begin: |server, now| disconnected(server, now, gone_as_event().always().on(watches())),
        lasts: HALF_A_MINUTE,
        ..PLAIN
    },
    Scenario {
        name: "endless empty 200 on watches, 30 s",
        begin: |server, now| {
            let empty = Fault::Cut { after_bytes: 0, end: End::Complete };
            disconnected(server, now, empty.always().on(watches()));
        },
        lasts: HALF_A_MINUTE,
        ..PLAIN
    },
    Scenario {
        name: "end marker of streaming lists never comes",
        is_streaming: true,
        begin: |server, now| expired(server, now, Fault::NoEndMarker.always().on(watches())),
        ..PLAIN
    },
    Scenario {
        name: "server ignores sendInitialEvents",
        is_streaming: true,
        begin: |server, now| expired(server, now, Fault::IgnoreSendInitialEvents.always().on(watches())),
        ..PLAIN
    },
    Scenario {
        name: "cut within an event",
        begin: |server, now| disconnected(server, now, Fault::cut(100).once().on(watches())),
        ..PLAIN
    },
    Scenario {
        name: "half-open (a watch is open, and silent from the beginning)",
        begin: |server, _| {
            server.inject(Fault::stall(0).once().on(watches()));
            server.disconnect();
        },
        when_watching: Some(changes),
        limit: LONGER_THAN_A_WATCH,
        ..PLAIN
    },
    Scenario {
        name: "half-open, after a first bookmark",
        begin: |server, _| {
            server.inject(Fault::stall(BOOKMARK_BYTES).once().on(watches()));
            server.disconnect();
        },
        when_watching: Some(|server, now| {
            server.send_bookmarks();
            changes(server, now);
        }),
        limit: LONGER_THAN_A_WATCH,
        ..PLAIN
    },
    Scenario {
        name: "rollback (restored from an older version)",
        before: |server, now| (0..ROLLED_BACK).for_each(|i| update(server, now, &format!("o{}", 10 + i % 10))),
        begin: |server, now| {
            server.restore(server.resource_version() - ROLLED_BACK);
            changes(server, now);
        },
        limit: LONGER_THAN_A_WATCH,
        ..PLAIN
    },
    Scenario {
        name: "poison object (`data` is a list) in a watch: the other objects",
        begin: |server, now| {
            poison(server, now);
            changes(server, now);
        },
        ..PLAIN
    },
    Scenario {
        name: "poison object in a list, after an expired version: the other objects",
        begin: |server, now| {
            server.disconnect();
            poison(server, now);
            changes(server, now);
            server.expire();
        },
        ..PLAIN
    },
    Scenario {
        name: "500 on everything, 30 s",
        begin: |server, now| disconnected(server, now, Fault::refuse(500).always()),
        lasts: HALF_A_MINUTE,
        ..PLAIN
    },
    Scenario {
        name: "429 with Retry-After: 7 on everything, 30 s",
        // Half a minute isn't a multiple of 7 s: otherwise all clients would retry just after its end.
        begin: |server, now| disconnected(server, now, Fault::refuse(429).retry_after(7).always()),
        lasts: HALF_A_MINUTE,
        ..PLAIN
    },
];

/// Creates the initial objects.
pub fn fill(server: &mut ApiServer, now: Duration) {
    for i in 0..OBJECTS {
        create(server, now, &json!({"metadata": {"name": format!("o{i:02}")}, "data": {"n": "0"}}));
    }
}

/// Makes the changes that each client should see: an update, a delete and a new object.
pub fn changes(server: &mut ApiServer, now: Duration) {
    update(server, now, "o01");
    remove(server, now, "o02");
    let name = format!("new-{}", server.resource_version());
    create(server, now, &json!({"metadata": {"name": name}, "data": {}}));
}

/// Changes an object after the fault.
pub fn last_change(server: &mut ApiServer, now: Duration) {
    update(server, now, "o03");
}

/// Expires the version of the open watches, and adds the rule.
fn expired(server: &mut ApiServer, now: Duration, rule: Rule) {
    disconnected(server, now, rule);
    server.expire();
}

/// Cuts off the open watches, makes changes, and adds the rule for their next requests.
fn disconnected(server: &mut ApiServer, now: Duration, rule: Rule) {
    server.inject(rule);
    server.disconnect();
    changes(server, now);
}

fn watches() -> Requests {
    Requests::watch(RESOURCE)
}

fn gone_as_status() -> Fault {
    let mut fault = Fault::refuse(410).message("too old resource version: 1 (2)");
    if let Fault::Refuse(refusal) = &mut fault {
        refusal.reason = Some("Expired".to_owned());
    }
    fault
}

fn gone_as_event() -> Fault {
    Fault::error(410, "Expired", "too old resource version: 1 (2)", 0)
}

fn create(server: &mut ApiServer, now: Duration, object: &serde_json::Value) {
    server.create(now, RESOURCE, NAMESPACE, object.clone()).expect("a name that is free");
}

fn poison(server: &mut ApiServer, now: Duration) {
    create(server, now, &json!({"metadata": {"name": POISON}, "data": ["not", "a", "map"]}));
}

fn update(server: &mut ApiServer, now: Duration, name: &str) {
    // Another value each time: an update without a change isn't written.
    let patch = json!({"data": {"n": server.resource_version().to_string()}});
    server.patch(now, RESOURCE, NAMESPACE, name, &patch).expect("an object of that name");
}

fn remove(server: &mut ApiServer, now: Duration, name: &str) {
    server.delete(now, RESOURCE, NAMESPACE, name).expect("an object of that name");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Write as _;
    use std::net::TcpStream;

    use watch_test::TestServer;
    use watch_test::model::{ApiServer, Config};

    use super::{BOOKMARK_BYTES, Duration, SCENARIOS, fill};
    use crate::mirror::line_of;

    /// Without a change, a client that does nothing would pass.
    #[test]
    fn each_scenario_changes_the_objects() {
        for scenario in SCENARIOS {
            let mut server = ApiServer::new(Config::default());
            fill(&mut server, Duration::ZERO);
            (scenario.before)(&mut server, Duration::ZERO);
            let before = line_of(&server.objects("configmaps"));
            (scenario.begin)(&mut server, Duration::ZERO);
            if let Some(change) = scenario.when_watching {
                change(&mut server, Duration::ZERO);
            }
            assert_ne!(line_of(&server.objects("configmaps")), before, "{}", scenario.name);
        }
    }

    /// A stall begins after this number of bytes, so it must be the exact length of a bookmark.
    #[test]
    fn bookmarks_have_the_announced_length() {
        let server = TestServer::builder().start_blocking().unwrap();
        server.with(fill);
        let mut client = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
        let path = "/api/v1/namespaces/default/configmaps?watch=1&allowWatchBookmarks=1";
        write!(client, "GET {path}&resourceVersion={} HTTP/1.1\r\nhost: a\r\n\r\n", server.resource_version()).unwrap();
        let wait_until = |holds: &dyn Fn() -> bool| {
            while !holds() {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        wait_until(&|| server.open_watches() == 1);
        server.send_bookmarks();
        wait_until(&|| server.requests()[0].bytes > 0);
        assert_eq!(server.requests()[0].bytes, BOOKMARK_BYTES);
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
    }
}
