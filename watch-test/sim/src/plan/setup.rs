//! The initial state of a run: server, network, clients.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use watch_test::check::VersionOrder;

use super::{is_default, is_zero};

/// The initial state of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Setup {
    /// The watched resource.
    pub resource: Watched,
    /// The revision before the first write.
    pub first_revision: u64,
    /// The size of the server's window, in events; `None`: the server chooses.
    pub window: Option<usize>,
    /// The server's support of streaming lists.
    pub streaming_lists: StreamingLists,
    /// The interval of bookmarks, in milliseconds; `None`: there are none.
    pub bookmarks: Option<u64>,
    /// The interval of progress notifications to the caches, in milliseconds.
    pub progress: Option<u64>,
    /// The most queued events of a watch before the server ends it.
    pub backlog: Option<usize>,
    /// The seed of the server.
    pub server_seed: u64,
    /// The form of versions.
    #[serde(skip_serializing_if = "is_default")]
    pub versions: Versions,
    /// Watches begin with all objects of their start version, and then continue normally.
    #[serde(skip_serializing_if = "is_default")]
    pub repeats_objects: bool,
    /// DELETED events have the version that the object had before.
    #[serde(skip_serializing_if = "is_default")]
    pub old_deletions: bool,
    /// Watches with a selector don't report that an object no longer matches.
    #[serde(skip_serializing_if = "is_default")]
    pub silent_departures: bool,
    /// The `Content-Type` of replies in JSON.
    #[serde(skip_serializing_if = "is_default")]
    pub content_types: ContentTypes,
    /// All objects are in one page, whatever `limit` is.
    #[serde(skip_serializing_if = "is_default")]
    pub ignores_limit: bool,
    /// Lists of future versions are answered with the present state.
    #[serde(skip_serializing_if = "is_default")]
    pub answers_future: bool,
    /// The network.
    pub net: NetSetup,
    /// The clients; at least one.
    #[serde(deserialize_with = "some_client")]
    pub clients: Vec<ClientSetup>,
}

/// The differences from kube-apiserver that the oracles must know.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Oddities {
    pub(crate) versions: Versions,
    /// What the oracle of the stream of events must know.
    pub(crate) stream: watch_test::check::Oddities,
    /// The network delivers some pieces twice, so events can be out of order on any server.
    pub(crate) repeats_pieces: bool,
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
        Self { versions: setup.versions, stream, repeats_pieces: setup.net.twice > 0 }
    }
}

/// The watched resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Watched {
    /// A built-in resource: items of lists have no kind.
    #[default]
    ConfigMaps,
    /// A custom resource: keys are sorted, so that a list's `metadata` comes after its `items`.
    Widgets,
    /// A resource without a cache: no bookmarks, and watches begin in etcd.
    Events,
    /// A resource with secret values: messages of the server are hidden.
    Secrets,
}

/// See [`Setup::streaming_lists`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StreamingLists {
    /// Streaming lists work.
    #[default]
    On,
    /// Streaming lists are refused (1.27 to 1.33, with the feature off).
    Off,
    /// Streaming lists are unknown (before 1.27).
    Unknown,
}

/// The permanent properties of the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NetSetup {
    /// The latency of bytes, in milliseconds.
    pub latency: u64,
    /// How bodies are cut into pieces.
    pub pieces: Pieces,
    /// Whether bytes of an aborted request still arrive.
    pub late: bool,
    /// Whether the machine is polled only after all arrived inputs, and not after each piece.
    pub batch: bool,
    /// One in this number of pieces comes twice; 0: none. TCP never repeats bytes, but a hostile proxy might. The
    /// stream of events can't be checked then; everything else is.
    #[serde(skip_serializing_if = "is_zero")]
    pub twice: u64,
    /// Whether `Retry-After` is a date.
    #[serde(skip_serializing_if = "is_default")]
    pub dates: bool,
    /// Whether a proxy adds a `Retry-After` of one second after that of the server.
    #[serde(skip_serializing_if = "is_default")]
    pub retries: bool,
    /// The seed of the network.
    pub seed: u64,
}

/// The form of versions: as in etcd, or as in servers other than kube-apiserver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Versions {
    /// Revisions.
    #[default]
    Revisions,
    /// Decimal numbers that don't fit into a machine word.
    Huge,
    /// Opaque strings, without an order.
    Opaque,
    /// Revisions; but a list has an opaque string, as kmock's `...`, which is treated like any version without an
    /// order. (Each list has another string here, so that it is known which list the watch continues.)
    OpaqueLists,
    /// Revisions; but lists have none, as for resources that can't be watched. Such a list isn't complete: this is
    /// reported once, and the list is repeated rarely, until it has a version.
    UnversionedLists,
}

/// The prefix of a list's opaque string.
pub(crate) const OF_A_LIST: &str = "...";

impl Versions {
    /// Returns the prefix of each revision.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Revisions | Self::OpaqueLists | Self::UnversionedLists => "",
            Self::Huge => "18446744073709551616",
            Self::Opaque => "abc:",
        }
    }

    /// Returns the revision in a version.
    pub(crate) fn plain(self, version: &str) -> Option<&str> {
        match self {
            Self::OpaqueLists => Some(version.strip_prefix(OF_A_LIST).unwrap_or(version)),
            _ => version.strip_prefix(self.prefix()),
        }
    }

    /// Returns whether lists have comparable versions, which show that the server went back.
    pub(crate) const fn show_order(self) -> bool {
        matches!(self, Self::Revisions | Self::Huge)
    }
}

/// The `Content-Type` of replies in JSON. The machine's outputs must not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ContentTypes {
    /// `application/json`
    #[default]
    Json,
    /// `application/octet-stream`, the default of the server's library.
    Octets,
    /// None, also for errors.
    None,
}

/// How bodies are cut into pieces. The machine's outputs must not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Pieces {
    /// As the server wrote them.
    #[default]
    #[serde(rename = "whole")]
    Uncut,
    /// One piece for all bytes that are written at one time.
    Joined,
    /// One byte each.
    Bytes,
    /// Of random length, up to this.
    UpTo(u64),
    /// One byte before and one byte after each line break.
    AroundLineBreaks,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientSetup {
    /// The seed of the machine.
    pub seed: u64,
    /// Only this namespace.
    pub namespace: Option<String>,
    /// Only objects whose label `app` is, or isn't, this.
    pub label: Option<Label>,
    /// The start of its first watch.
    pub start: StartAt,
    /// Whether the first list may come from the past.
    pub any: bool,
    /// The number of objects per page.
    pub page: Option<u32>,
    /// Whether an expired version ends the watch.
    pub stop_on_expired: bool,
    /// Whether bookmarks are requested.
    pub bookmarks: bool,
    /// The timeout of a watch, in seconds.
    pub watch: u64,
    /// The most bytes of an object.
    pub largest: usize,
    /// The deepest nesting of an object; `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesting: Option<usize>,
    /// The most bytes of an error's body that are read; `None`: the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_body: Option<usize>,
    /// Whether only metadata is requested.
    pub metadata: bool,
    /// The deadline of the watcher, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u64>,
    /// The time of trouble without progress after which it ends, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// The interval of version checks during an open watch, in seconds.
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

fn some_client<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClientSetup>, D::Error> {
    let clients = Vec::deserialize(deserializer)?;
    if clients.is_empty() { Err(D::Error::custom("`clients` is empty: a plan needs a client")) } else { Ok(clients) }
}
