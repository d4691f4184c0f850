//! What happens in one run: all of it, so that it can be written down, shortened, and repeated for ever.

use serde::{Deserialize, Serialize};

use crate::fault::Rule;
use crate::model::End;

/// A run, written down. Files of plans stay what they are when the generator changes; seeds don't.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// Where it comes from: what was found by it, or which seed made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The world in which it happens.
    pub setup: Setup,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// The world before anything happens in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Setup {
    /// What is watched.
    pub resource: Watched,
    /// The revision before the first write.
    pub first_revision: u64,
    /// How many events the server's window holds; `None`: as many as it likes.
    pub window: Option<usize>,
    /// What the server knows of streaming lists.
    pub streaming_lists: StreamingLists,
    /// Milliseconds between bookmarks; `None`: there are none.
    pub bookmarks: Option<u64>,
    /// Milliseconds between progress notifications to the caches.
    pub progress: Option<u64>,
    /// How many events may wait on a watch before the server ends it.
    pub backlog: Option<usize>,
    /// The seed of the server's own chance.
    pub server_seed: u64,
    /// The network.
    pub net: NetSetup,
    /// Those who watch.
    pub clients: Vec<ClientSetup>,
}

/// Which resource is watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Watched {
    /// A built-in one: items of lists have no kind.
    #[default]
    ConfigMaps,
    /// A custom one: keys are sorted, so that a list's `metadata` stands behind its `items`.
    Widgets,
    /// One that the server doesn't cache: no bookmarks, watches begin in etcd.
    Events,
}

/// See [`Setup::streaming_lists`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StreamingLists {
    /// It has them.
    #[default]
    On,
    /// It refuses them (1.27 to 1.33, with the feature off).
    Off,
    /// It has never heard of them (before 1.27).
    Unknown,
}

/// What the network does all the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct NetSetup {
    /// Milliseconds that bytes are under way.
    pub latency: u64,
    /// How bodies are cut into pieces.
    pub pieces: Pieces,
    /// Whether bytes of an aborted request still arrive.
    pub late: bool,
    /// Whether the machine is polled only after all that has come was handed in, and not after each piece.
    pub batch: bool,
    /// The seed of the network's chance.
    pub seed: u64,
}

/// How bodies are cut into pieces. What the machine says must not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Pieces {
    /// As the server wrote them.
    #[default]
    Whole,
    /// One byte each.
    Bytes,
    /// Of random length, up to this.
    UpTo(u64),
    /// One byte before and one byte behind each line break.
    AroundLineBreaks,
}

/// One who watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ClientSetup {
    /// The seed of the machine's chance.
    pub seed: u64,
    /// Only this namespace.
    pub namespace: Option<String>,
    /// Only objects whose label `app` is, or isn't, this.
    pub label: Option<Label>,
    /// Where it starts.
    pub start: StartAt,
    /// Whether the first set may come from the past.
    pub any: bool,
    /// Objects a page.
    pub page: Option<u32>,
    /// Whether the end of history ends the watch.
    pub stop_on_expired: bool,
    /// Whether bookmarks are asked for.
    pub bookmarks: bool,
    /// Seconds a watch is asked for.
    pub watch: u64,
    /// Bytes that an object may have.
    pub largest: usize,
    /// Whether only metadata is wanted.
    pub metadata: bool,
}

/// A label selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Label {
    /// `app=…`
    Is(String),
    /// `app!=…`
    IsNot(String),
}

/// See [`ClientSetup::start`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StartAt {
    /// By a streaming list, or a LIST if there are none.
    #[default]
    Auto,
    /// By LIST.
    List,
    /// Without state.
    Now,
}

/// Something that happens, some time after what happened before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// So many milliseconds later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u64,
    /// What.
    #[serde(flatten)]
    pub action: Action,
}

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
    /// The server restarts; so many revisions have passed meanwhile.
    Restart {
        /// How many.
        gap: u64,
    },
    /// The store is restored to what it was so many revisions ago.
    Restore {
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
        /// How: 0 refused, 1 no address, 2 TLS, 3 timeout.
        how: u8,
    },
    /// The process ends without a word; the next one goes on from what was saved.
    Crash {
        /// Whose.
        client: u8,
        /// With what.
        from: Saved,
    },
    /// The consumer wants no more, and after so many milliseconds a new process goes on from what was saved.
    Stop {
        /// Whose.
        client: u8,
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

/// What a new process goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Saved {
    /// The newest checkpoint.
    Newest,
    /// An older one.
    Older,
    /// Nothing.
    Nothing,
    /// A checkpoint of another watch, which must be refused; then nothing.
    Foreign,
}

/// What a server says that it shouldn't, or needn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Saying {
    /// ERROR, 410, `Expired`.
    Expired,
    /// ERROR, 410, `Gone`.
    Gone,
    /// ERROR, 410, without a reason.
    Bare410,
    /// ERROR, 504, too large a version.
    TooLarge,
    /// ERROR, 500.
    InternalError,
    /// ERROR, 429, with 2 s to wait.
    TooMany,
    /// ERROR, 410, whose metadata has a version; and behind it an event that never happened.
    ErrorThenEvent,
    /// A line that is no JSON.
    Malformed,
    /// An event without a version.
    NoVersion,
    /// An event of a type that nobody knows.
    UnknownType,
    /// A bookmark from the past.
    OldBookmark,
    /// A bookmark without a version.
    BareBookmark,
    /// An end marker that nobody asked for, of the present version.
    EndMarker,
    /// The last event once more.
    Again,
    /// A line of so many bytes, without an end: 4 KiB more than the largest object may have.
    TooLong,
    /// Half of an event.
    Half,
    /// Many bookmarks of the present version.
    ManyBookmarks,
}

impl Action {
    /// Its name, for counting.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Put { .. } => "put",
            Self::Touch { .. } => "touch",
            Self::Delete { .. } => "delete",
            Self::Finalize { .. } => "finalize",
            Self::Recreate { .. } => "recreate",
            Self::Burst { .. } => "burst",
            Self::Clear => "clear",
            Self::Elsewhere { .. } => "elsewhere",
            Self::Bookmarks => "bookmarks",
            Self::Expire { .. } => "expire",
            Self::EndWatches => "end watches",
            Self::Say { .. } => "say",
            Self::Restart { .. } => "restart",
            Self::Restore { .. } => "restore",
            Self::Lag { .. } => "lag",
            Self::Unready { .. } => "unready",
            Self::Rule(_) => "rule",
            Self::Access { .. } => "access",
            Self::Cut { .. } => "cut",
            Self::Stall { .. } => "stall",
            Self::Unreachable { .. } => "unreachable",
            Self::Crash { .. } => "crash",
            Self::Stop { .. } => "stop",
            Self::Relist { .. } => "relist",
            Self::Pause { .. } => "pause",
            Self::LateTimers { .. } => "late timers",
            Self::ClockBack { .. } => "clock back",
            Self::Suspend { .. } => "suspend",
        }
    }

    /// Whether it only writes, or lets time pass.
    pub const fn is_workload(&self) -> bool {
        matches!(
            self,
            Self::Wait
                | Self::Put { .. }
                | Self::Touch { .. }
                | Self::Delete { .. }
                | Self::Finalize { .. }
                | Self::Recreate { .. }
                | Self::Burst { .. }
                | Self::Clear
                | Self::Elsewhere { .. }
        )
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            resource: Watched::ConfigMaps,
            first_revision: 100,
            window: None,
            streaming_lists: StreamingLists::On,
            bookmarks: Some(60_000),
            progress: Some(5_000),
            backlog: None,
            server_seed: 0,
            net: NetSetup::default(),
            clients: vec![ClientSetup::default()],
        }
    }
}

impl Default for ClientSetup {
    fn default() -> Self {
        Self {
            seed: 0,
            namespace: None,
            label: None,
            start: StartAt::Auto,
            any: false,
            page: Some(500),
            stop_on_expired: false,
            bookmarks: true,
            watch: 290,
            largest: 16 << 20,
            metadata: false,
        }
    }
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}
