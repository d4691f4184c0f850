//! The world before anything happens in it: server, network, clients.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use watch_test::check::VersionOrder;

use super::{is_default, is_zero};

/// The world before anything happens in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
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
    /// What versions look like.
    #[serde(skip_serializing_if = "is_default")]
    pub versions: Versions,
    /// Watches begin with all objects of the version that they ask for, and go on from there.
    #[serde(skip_serializing_if = "is_default")]
    pub repeats_objects: bool,
    /// DELETED events have the version that the object had before.
    #[serde(skip_serializing_if = "is_default")]
    pub old_deletions: bool,
    /// Watches with a selector don't say that an object no longer matches.
    #[serde(skip_serializing_if = "is_default")]
    pub silent_departures: bool,
    /// What replies in JSON are called.
    #[serde(skip_serializing_if = "is_default")]
    pub content_types: ContentTypes,
    /// All objects are in one page, whatever `limit` says.
    #[serde(skip_serializing_if = "is_default")]
    pub ignores_limit: bool,
    /// Lists of versions that aren't there yet are answered as of the present.
    #[serde(skip_serializing_if = "is_default")]
    pub answers_future: bool,
    /// The network.
    pub net: NetSetup,
    /// Those who watch; one at least.
    #[serde(deserialize_with = "somebody")]
    pub clients: Vec<ClientSetup>,
}

/// What a server does that kube-apiserver doesn't, and the oracles must know.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Oddities {
    pub(crate) versions: Versions,
    /// What the oracle of the stream of events must know.
    pub(crate) stream: watch_test::check::Oddities,
}

impl Oddities {
    pub(crate) fn of(setup: &Setup) -> Self {
        let mut stream = watch_test::check::Oddities::default();
        stream.repeats_objects = setup.repeats_objects;
        stream.old_deletions = setup.old_deletions;
        stream.silent_departures = setup.silent_departures;
        stream.versions = match setup.versions {
            Versions::Opaque => VersionOrder::Opaque,
            Versions::OpaqueLists => VersionOrder::OpaqueLists,
            Versions::Revisions | Versions::Huge | Versions::UnversionedLists => VersionOrder::Numbers,
        };
        Self { versions: setup.versions, stream }
    }
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
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
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
    /// Every so many pieces, one comes twice, as TCP never does but a hostile proxy might; 0: none. What is told can't be
    /// the truth then; all else must still hold.
    #[serde(skip_serializing_if = "is_zero")]
    pub twice: u64,
    /// Whether `Retry-After` is a date.
    #[serde(skip_serializing_if = "is_default")]
    pub dates: bool,
    /// The seed of the network's chance.
    pub seed: u64,
}

/// What versions look like: as etcd gives them, or as servers might that aren't kube-apiserver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Versions {
    /// Revisions.
    #[default]
    Revisions,
    /// Decimal numbers that no machine word can hold.
    Huge,
    /// Words, in no order that a client could know.
    Opaque,
    /// Revisions; but what a list has is a word, as kmock's `...`, which is followed like any other that has no order. (Each
    /// is another word here, so that it is known which list was followed.)
    OpaqueLists,
    /// Revisions; but lists have none, as of what can't be watched. They are no sets: that is reported, once, and they are
    /// asked for rarely, until they have one.
    UnversionedLists,
}

/// What stands before the revision of a list that has a word for it.
pub(crate) const OF_A_LIST: &str = "...";

impl Versions {
    /// What stands before each revision.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Revisions | Self::OpaqueLists | Self::UnversionedLists => "",
            Self::Huge => "18446744073709551616",
            Self::Opaque => "abc:",
        }
    }

    /// The revision in a version.
    pub(crate) fn plain(self, version: &str) -> Option<&str> {
        match self {
            Self::OpaqueLists => Some(version.strip_prefix(OF_A_LIST).unwrap_or(version)),
            _ => version.strip_prefix(self.prefix()),
        }
    }

    /// Whether a list shows how far the server is: which of two versions is older, or that it went back.
    pub(crate) const fn show_order(self) -> bool {
        matches!(self, Self::Revisions | Self::Huge)
    }
}

/// What replies in JSON are called. What the machine says must not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ContentTypes {
    /// `application/json`
    #[default]
    Json,
    /// `application/octet-stream`: the server's library knows no better.
    Octets,
    /// Nothing, errors neither.
    None,
}

/// How bodies are cut into pieces. What the machine says must not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Pieces {
    /// As the server wrote them.
    #[default]
    Whole,
    /// All that is written at a time in one.
    Joined,
    /// One byte each.
    Bytes,
    /// Of random length, up to this.
    UpTo(u64),
    /// One byte before and one byte behind each line break.
    AroundLineBreaks,
}

/// One who watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
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
    /// Levels of nesting that an object may have; `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesting: Option<usize>,
    /// Bytes of an error's body that are read; `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_body: Option<usize>,
    /// Whether only metadata is wanted.
    pub metadata: bool,
    /// Seconds after which everything ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u64>,
    /// Seconds of trouble without progress after which it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// Seconds after which the server is asked how far it is, though a watch is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<u64>,
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
            versions: Versions::default(),
            repeats_objects: false,
            old_deletions: false,
            silent_departures: false,
            content_types: ContentTypes::default(),
            ignores_limit: false,
            answers_future: false,
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
            nesting: None,
            error_body: None,
            metadata: false,
            deadline: None,
            patience: None,
            check: None,
        }
    }
}

fn somebody<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClientSetup>, D::Error> {
    let clients = Vec::deserialize(deserializer)?;
    if clients.is_empty() { Err(D::Error::custom("`clients` is empty: nobody watches")) } else { Ok(clients) }
}
