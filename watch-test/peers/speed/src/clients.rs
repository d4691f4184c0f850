//! The clients, and the groups in which they are compared.

/// A client of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name that the client's program knows.
    pub name: &'static str,
    /// The description in the table.
    pub about: &'static str,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measures {
    /// The events of a watch.
    Events,
    /// The initial list.
    List,
    /// Many watches without events, from opening the first to the last.
    Watches,
}

impl Measures {
    /// Returns what is counted, with its article.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Events => "an event",
            Self::List => "an object",
            Self::Watches => "a watch",
        }
    }
}

/// Clients that do the same work.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The work.
    pub about: &'static str,
    /// What is measured.
    pub measures: Measures,
    /// The client with which the others are compared.
    pub base: &'static str,
    /// The clients, in the order of the table.
    pub clients: &'static [Client],
}

const fn client(name: &'static str, about: &'static str) -> Client {
    Client { name, about }
}

/// All comparisons.
pub const GROUPS: &[Group] = &[
    Group {
        about: "events as raw objects",
        measures: Measures::Events,
        base: "drain-http1",
        clients: &[
            client("drain-http1", "hyper, bytes discarded"),
            client("ours-raw", "`Watch<Object>`"),
            client("ours-raw-changes", "`Watch<Object>::changes`"),
            client("ours-raw-store", "`Watch<Object>::store`"),
            client("drain-http2", "hyper over HTTP/2, bytes discarded"),
            client("ours-raw-http2", "`Watch<Object>` over HTTP/2"),
        ],
    },
    Group {
        about: "events as pods",
        measures: Measures::Events,
        base: "kube-pod",
        clients: &[
            client("kube-pod", "kube-rs `watcher`"),
            client("kube-pod-store", "kube-rs `reflector`"),
            client("kube-dynamic", "kube-rs `watcher` of `DynamicObject`"),
            client("ours-pod", "`Watch<Pod>`"),
            client("ours-pod-stripped", "`Watch<Pod>`, `strip_managed_fields`"),
            client("ours-pod-store", "`Watch<Pod>::store`"),
            client("ours-pod-decode-on-1", "`Watch<Pod>::decode_on`, 1 thread"),
            client("go-pod", "client-go informer"),
            client("go-dynamic", "client-go dynamic informer"),
        ],
    },
    Group {
        about: "pods from memory",
        measures: Measures::Events,
        base: "ours-memory-pod",
        clients: &[
            client("ours-memory-pod", "`Watch<Pod>`"),
            client("ours-memory-pod-decode-on-1", "`Watch<Pod>::decode_on`, 1 thread"),
            client("ours-memory-pod-decode-on-2", "`Watch<Pod>::decode_on`, 2 threads"),
        ],
    },
    Group {
        about: "events as metadata",
        measures: Measures::Events,
        base: "kube-metadata",
        clients: &[
            client("kube-metadata", "kube-rs `watcher` of `PartialObjectMeta`"),
            client("ours-metadata", "`Watch<Object>`, metadata"),
            client("ours-metadata-slices", "`Watch<PartialObjectMetadata>`"),
            client("ours-metadata-of-kube", "`Watch<PartialObjectMeta>`, kube's type"),
            client("ours-metadata-of-kube-stripped", "`Watch<PartialObjectMeta>`, kube's type, `strip_managed_fields`"),
            client("ours-raw", "`Watch<Object>` of complete pods"),
            client("go-metadata", "client-go metadata informer"),
        ],
    },
    Group {
        about: "the initial list",
        measures: Measures::List,
        base: "kube-pod-streaming",
        clients: &[
            client("drain-http1", "hyper, bytes discarded"),
            client("ours-raw-paged", "`Watch<Object>`, pages"),
            client("ours-raw-unpaged", "`Watch<Object>`, one response"),
            client("ours-raw-streaming", "`Watch<Object>`, streaming list"),
            client("ours-pod-paged", "`Watch<Pod>`, pages"),
            client("ours-pod-streaming", "`Watch<Pod>`, streaming list"),
            client("kube-pod-paged", "kube-rs `watcher`, pages"),
            client("kube-pod-streaming", "kube-rs `watcher`, streaming list"),
            client("go-pod", "client-go informer"),
        ],
    },
    Group {
        about: "a store of the list",
        measures: Measures::List,
        base: "kube-pod-store",
        clients: &[
            client("ours-raw-store", "`Watch<Object>::store`"),
            client("ours-metadata-store", "`Watch<PartialObjectMeta>::store`, metadata"),
            client("ours-pod-store", "`Watch<Pod>::store`"),
            client("ours-pod-transformed-store", "`StoreBuilder::transformed`, pods without `managedFields`"),
            client("ours-pod-compact-store", "`StoreBuilder::compact`"),
            client("kube-pod-store", "kube-rs `reflector`"),
            client("go-pod", "client-go informer"),
        ],
    },
    Group {
        about: "idle watches",
        measures: Measures::Watches,
        base: "ours-idle-http2",
        clients: &[
            client("ours-idle-http2", "`Watch<Object>` over HTTP/2, all in one task"),
            client("ours-idle-paced-http2", "the same, with the default `RateLimiter`"),
            client("ours-idle-tasks-http2", "`Watch<Object>` over HTTP/2, each in a task"),
            client("drain-idle-http2", "hyper over HTTP/2, bytes discarded, each in a task"),
            client("drain-idle-paced-http2", "the same, opened at the rate of the default `RateLimiter`"),
        ],
    },
];

/// The initial list from a real kube-apiserver.
pub const REAL: Group = Group {
    about: "the initial list from kube-apiserver",
    measures: Measures::List,
    base: "kube-pod-streaming",
    clients: &[
        client("ours-drain", "`Client`, one response, bytes discarded"),
        client("ours-raw-paged", "`Watch<Object>`, pages"),
        client("ours-raw-unpaged", "`Watch<Object>`, one response"),
        client("ours-raw-streaming", "`Watch<Object>`, streaming list"),
        client("ours-pod-paged", "`Watch<Pod>`, pages"),
        client("ours-pod-unpaged", "`Watch<Pod>`, one response"),
        client("ours-pod-streaming", "`Watch<Pod>`, streaming list"),
        client("kube-pod-paged", "kube-rs `watcher`, pages"),
        client("kube-pod-streaming", "kube-rs `watcher`, streaming list"),
        client("go-pod", "client-go informer"),
    ],
};
