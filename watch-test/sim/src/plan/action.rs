//! What can happen.

use serde::{Deserialize, Serialize};
use watch_test::fault::Rule;
use watch_test::model::End;

use super::{Breaking, Damage, Lie, Saved, Saying, is_default, is_zero};

/// What happens. Each can happen at any time; one that has nothing to act upon does nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// Time passes.
    Wait,
    /// An object is created, or changed if it is there; its label is one of three; it has so many bytes.
    Put {
        /// Which.
        key: u8,
        /// 0: none, 1: `x`, 2: `y`.
        label: u8,
        /// How large.
        #[serde(default, skip_serializing_if = "is_zero")]
        size: u64,
        /// Levels of nesting beyond those that an object has anyway; only custom resources can have them.
        #[serde(default, skip_serializing_if = "is_zero")]
        depth: u64,
    },
    /// An object is written as it is.
    Touch {
        /// Which.
        key: u8,
    },
    /// An object is deleted. One that has a finalizer is marked first, and loses the finalizer the second time.
    Delete {
        /// Which.
        key: u8,
    },
    /// An object gets the annotation that end markers have.
    Mark {
        /// Which.
        key: u8,
    },
    /// An object gets a finalizer.
    Finalize {
        /// Which.
        key: u8,
    },
    /// An object is deleted, and another one of its name created.
    Recreate {
        /// Which.
        key: u8,
    },
    /// So many writes, one after the other.
    Burst {
        /// How many.
        writes: u64,
    },
    /// All objects are deleted.
    Clear,
    /// Other resources are written so often.
    Elsewhere {
        /// How often.
        revisions: u64,
    },
    /// All watches get a bookmark now.
    Bookmarks,
    /// The server forgets all but the last so many revisions.
    Expire {
        /// How many it keeps.
        #[serde(default, skip_serializing_if = "is_zero")]
        keep: u64,
    },
    /// The server ends all watches in order.
    EndWatches,
    /// The server says something on all open watches, and may end them behind it.
    Say {
        /// What.
        what: Saying,
        /// Whether they end behind it.
        #[serde(default)]
        then_end: bool,
    },
    /// The server says something on watches to come.
    SayNext {
        /// What.
        what: Saying,
        /// Behind how many events.
        #[serde(default, skip_serializing_if = "is_zero")]
        after: u64,
        /// Whether they end behind it.
        #[serde(default)]
        then_end: bool,
        /// How many.
        times: u64,
    },
    /// The server ends all watches, and so many of the next behind one event each; meanwhile there are so many writes.
    Trickle {
        /// How many watches.
        watches: u64,
        /// How many writes.
        writes: u64,
    },
    /// Somebody between server and client answers the next watches by himself: nothing happened since; and ends them.
    Parrot {
        /// Whose.
        client: u8,
        /// How many.
        watches: u64,
    },
    /// Somebody between server and client changes what the next lists say of themselves.
    Lie {
        /// Whose.
        client: u8,
        /// How.
        how: Lie,
        /// How many.
        times: u64,
    },
    /// The server shuts down: watches are silent for so many milliseconds, and then end in order.
    Drain {
        /// How long.
        lasts: u64,
        /// Watches aren't silent but go on, while another process answers what is asked meanwhile, on the same port: so does one
        /// that is replaced, and keeps what it has open for the time it is given after SIGTERM.
        #[serde(default, skip_serializing_if = "is_default")]
        beside: bool,
    },
    /// The definition of a custom resource is deleted, with all its objects.
    Undefine,
    /// It is created again.
    Define,
    /// The server restarts; so many revisions have passed meanwhile.
    Restart {
        /// How many.
        gap: u64,
    },
    /// The store is restored to what it was so many revisions ago.
    Restore {
        /// How many.
        back: u64,
        /// For so many milliseconds connections are accepted, and not answered: its port is open before it serves.
        #[serde(default, skip_serializing_if = "is_zero")]
        late: u64,
    },
    /// The same, but the server goes on, and its caches show what is no more. What is told can't be the truth then; when
    /// all is well, the server is restarted, and the consumer asks for the set.
    RestoreBehind {
        /// How many.
        back: u64,
    },
    /// A server's caches hear nothing of the store, or hear it all again.
    Lag {
        /// Which server.
        replica: usize,
        /// Whether.
        lags: bool,
    },
    /// The caches are being filled for so many milliseconds.
    Unready {
        /// How long.
        lasts: u64,
    },
    /// Something goes wrong with requests to come.
    Rule(Rule),
    /// Nobody is let in without credentials, or everybody.
    Access {
        /// 401 or 403; anything else: everybody.
        status: u16,
    },
    /// What is open breaks off behind so many more bytes.
    Cut {
        /// Whose.
        client: u8,
        /// Behind how many.
        after: u64,
        /// How.
        end: End,
    },
    /// What is open fails behind so many more bytes, as a stream of HTTP/2 does.
    Break {
        /// Whose.
        client: u8,
        /// Behind how many.
        after: u64,
        /// How.
        how: Breaking,
        /// Whether what is under way is lost with it.
        #[serde(default)]
        loses: bool,
    },
    /// Somebody between server and client damages the bytes of events.
    Damage {
        /// On whose watches.
        client: u8,
        /// How.
        how: Damage,
        /// Behind how many that stay as they are.
        #[serde(default, skip_serializing_if = "is_zero")]
        after: u64,
        /// How many.
        times: u64,
    },
    /// What is open falls silent for so many milliseconds; `None`: for ever.
    Stall {
        /// Whose.
        client: u8,
        /// How long.
        lasts: Option<u64>,
    },
    /// The next so many connections fail.
    Unreachable {
        /// Whose.
        client: u8,
        /// How many.
        times: u64,
        /// How: 0 refused, 1 no address, 2 TLS, 3 no connection, 4 no credentials, 5 timeout, 6 HTTP violated.
        how: u8,
    },
    /// The process ends without a word; the next one goes on from what was saved.
    Crash {
        /// Whose.
        client: u8,
        /// With what.
        from: Saved,
    },
    /// The process ends between two outputs of the machine, and the next one begins with what was saved.
    CrashBetween {
        /// Which client.
        client: u8,
        /// After how many outputs.
        outputs: u64,
        /// With what.
        from: Saved,
    },
    /// The consumer wants no more, and after so many milliseconds a new process goes on from what was saved.
    Stop {
        /// Whose.
        client: u8,
    },
    /// The consumer wants other objects: a new process begins with another selector, and nothing.
    Reselect {
        /// Whose.
        client: u8,
        /// 0: all, 1: `app=x`, 2: `app!=x`.
        label: u8,
    },
    /// The consumer asks for the set again.
    Relist {
        /// Whose.
        client: u8,
    },
    /// The driver does nothing for so many milliseconds.
    Pause {
        /// Whose.
        client: u8,
        /// How long.
        lasts: u64,
        /// Whether facts are handed in meanwhile, all the same.
        #[serde(default)]
        hands_in: bool,
    },
    /// The driver's next timers fire so many milliseconds late.
    LateTimers {
        /// Whose.
        client: u8,
        /// How late.
        by: u64,
    },
    /// The clock that the machine is told goes back by so many milliseconds.
    ClockBack {
        /// Whose.
        client: u8,
        /// How far.
        by: u64,
    },
    /// The client's computer sleeps for so many minutes.
    Suspend {
        /// Whose.
        client: u8,
        /// How long.
        minutes: u64,
    },
}
