//! The steps of a plan.

use serde::{Deserialize, Serialize};
use watch_test::fault::Rule;
use watch_test::model::End;

use super::{Breaking, Damage, Falsification, InjectedLine, Saved, is_default, is_zero};

/// A step of a plan. Each can occur at any time; without an object to act on, it has no effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// Time passes.
    Wait,
    /// Creates an object, or changes an existing one.
    Put {
        /// The number of the object.
        key: u8,
        /// 0: none, 1: `x`, 2: `y`.
        label: u8,
        /// The size, in bytes.
        #[serde(default, skip_serializing_if = "is_zero")]
        size: u64,
        /// Additional levels of nesting; only custom resources can have them.
        #[serde(default, skip_serializing_if = "is_zero")]
        depth: u64,
    },
    /// Writes an object without a change.
    Touch {
        /// The number of the object.
        key: u8,
    },
    /// Deletes an object. The first deletion marks an object with a finalizer, the second one removes the finalizer.
    Delete {
        /// The number of the object.
        key: u8,
    },
    /// Adds the annotation of end markers to an object.
    Mark {
        /// The number of the object.
        key: u8,
    },
    /// Adds a finalizer to an object.
    Finalize {
        /// The number of the object.
        key: u8,
    },
    /// Deletes an object, and creates another one with its name.
    Recreate {
        /// The number of the object.
        key: u8,
    },
    /// Writes repeatedly.
    Burst {
        /// The number of writes.
        writes: u64,
    },
    /// Deletes all objects.
    Clear,
    /// Writes other resources.
    Elsewhere {
        /// The number of writes.
        revisions: u64,
    },
    /// Sends a bookmark to all watches.
    Bookmarks,
    /// Compacts the history of the server.
    Expire {
        /// The number of revisions that are kept.
        #[serde(default, skip_serializing_if = "is_zero")]
        keep: u64,
    },
    /// Ends all watches without an error.
    EndWatches,
    /// Sends a line on all open watches.
    Say {
        /// The line.
        what: InjectedLine,
        /// Whether the watches end after it.
        #[serde(default)]
        then_end: bool,
    },
    /// Sends a line on later watches.
    SayNext {
        /// The line.
        what: InjectedLine,
        /// The number of events before the line.
        #[serde(default, skip_serializing_if = "is_zero")]
        after: u64,
        /// Whether the watches end after it.
        #[serde(default)]
        then_end: bool,
        /// How often.
        times: u64,
    },
    /// Ends all watches. Each of the next watches ends after one event, while objects are written.
    Trickle {
        /// The number of watches.
        watches: u64,
        /// The number of writes.
        writes: u64,
    },
    /// A proxy answers the next watches itself: it sends only events that the client knows, and ends the watch.
    Parrot {
        /// The number of the client.
        client: u8,
        /// The number of watches.
        watches: u64,
    },
    /// A proxy falsifies the next lists.
    #[serde(rename = "lie")]
    FalsifyLists {
        /// The number of the client.
        client: u8,
        /// The kind.
        how: Falsification,
        /// How often.
        times: u64,
    },
    /// Shuts the server down: watches are silent, and then end without an error.
    Drain {
        /// How long, in milliseconds.
        lasts: u64,
        /// Watches aren't silent but continue, while another process answers new requests on the same port: a replaced
        /// server keeps its open watches for the grace period after SIGTERM.
        #[serde(default, skip_serializing_if = "is_default")]
        beside: bool,
    },
    /// Deletes the definition of a custom resource, with all its objects.
    Undefine,
    /// Creates the definition of the custom resource again.
    Define,
    /// Restarts the server.
    Restart {
        /// The number of revisions that were written in between.
        gap: u64,
    },
    /// Restores the store to an older revision, and restarts the server.
    Restore {
        /// The number of revisions that are lost.
        back: u64,
        /// How many milliseconds the server accepts connections without an answer: its port is open before it serves.
        #[serde(default, skip_serializing_if = "is_zero")]
        late: u64,
    },
    /// Restores the store without a restart of the server, so its caches show discarded revisions. The events are false
    /// then. At the end of the faults, the server is restarted, and the consumer requests a relist.
    RestoreBehind {
        /// The number of revisions that are lost.
        back: u64,
    },
    /// Stops the updates of a server's caches, or resumes them.
    Lag {
        /// The number of the server.
        replica: usize,
        /// Whether the updates are stopped.
        lags: bool,
    },
    /// Makes the caches refuse reads for a time.
    Unready {
        /// How long, in milliseconds.
        lasts: u64,
    },
    /// Adds a fault of later requests.
    Rule(Rule),
    /// Refuses all requests, or allows them again.
    Access {
        /// 401 or 403; any other value allows all requests.
        status: u16,
    },
    /// Ends the open exchange after a number of bytes.
    Cut {
        /// The number of the client.
        client: u8,
        /// The number of further bytes.
        after: u64,
        /// How it ends.
        end: End,
    },
    /// Fails the open exchange after a number of bytes, as an HTTP/2 stream does.
    Break {
        /// The number of the client.
        client: u8,
        /// The number of further bytes.
        after: u64,
        /// How it fails.
        how: Breaking,
        /// Whether the bytes on their way are lost.
        #[serde(default)]
        loses: bool,
    },
    /// A proxy damages the bytes of events.
    Damage {
        /// The client of the watches.
        client: u8,
        /// The kind.
        how: Damage,
        /// The number of undamaged events before.
        #[serde(default, skip_serializing_if = "is_zero")]
        after: u64,
        /// How often.
        times: u64,
    },
    /// Stalls the open exchange.
    Stall {
        /// The number of the client.
        client: u8,
        /// How long, in milliseconds; `None`: for ever.
        lasts: Option<u64>,
    },
    /// Fails the next connections.
    Unreachable {
        /// The number of the client.
        client: u8,
        /// How often.
        times: u64,
        /// How: 0 refused, 1 no address, 2 TLS, 3 no connection, 4 no credentials, 5 timeout, 6 HTTP violated.
        how: u8,
    },
    /// Crashes the process. The next one resumes from a saved checkpoint.
    Crash {
        /// The number of the client.
        client: u8,
        /// The checkpoint of the next process.
        from: Saved,
    },
    /// Crashes the process between two outputs of the machine. The next one resumes from a saved checkpoint.
    CrashBetween {
        /// The client.
        client: u8,
        /// The number of outputs before the crash.
        outputs: u64,
        /// The checkpoint of the next process.
        from: Saved,
    },
    /// Stops the watch. Later, a new process resumes from the saved checkpoint.
    Stop {
        /// The number of the client.
        client: u8,
    },
    /// Selects other objects: a new process begins with another selector, and without a checkpoint.
    Reselect {
        /// The number of the client.
        client: u8,
        /// 0: all, 1: `app=x`, 2: `app!=x`.
        label: u8,
    },
    /// Requests a relist.
    Relist {
        /// The number of the client.
        client: u8,
    },
    /// Pauses the driver.
    Pause {
        /// The number of the client.
        client: u8,
        /// How long, in milliseconds.
        lasts: u64,
        /// Whether facts are still handed in.
        #[serde(default)]
        hands_in: bool,
    },
    /// Delays the driver's next timers.
    LateTimers {
        /// The number of the client.
        client: u8,
        /// How much, in milliseconds.
        by: u64,
    },
    /// Sets the clock of the machine back.
    ClockBack {
        /// The number of the client.
        client: u8,
        /// How much, in milliseconds.
        by: u64,
    },
    /// Suspends the client's computer.
    Suspend {
        /// The number of the client.
        client: u8,
        /// How long, in minutes.
        minutes: u64,
    },
}
