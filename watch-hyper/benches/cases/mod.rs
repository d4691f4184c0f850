//! What is measured: recorded bodies from a transport in memory, from the request to the items of a stream. There is no
//! socket, no server and no timer that expires, so the instructions are the same in each run.

#[expect(dead_code, reason = "only watch-core measures the bodies that are made for its limits")]
#[path = "../../../watch-core/benches/cases/bodies.rs"]
mod bodies;
pub(crate) mod streams;
mod transport;

use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube_client::core::PartialObjectMeta;
use tokio::runtime::{Builder, Runtime};
use watch_hyper::watch_core::{Config, InitialList, Object, PartialObjectMetadata, Resource, Start};

use self::bodies::{churn, list_of_pods, metadata};
use self::streams::{Play, changes, store, watch};
use self::transport::Recording;

/// A case by its name. It is made when it is needed, because that takes a while under valgrind.
pub(crate) type Named = (&'static str, fn() -> Case);

pub(crate) const CASES: &[Named] = &[
    ("watch, Object", || Case::new(pods(), watch::<Object>)),
    ("watch, Object, changes", || Case::new(pods(), changes::<Object>)),
    ("watch, Object, store", || Case::new(pods(), store::<Object>)),
    ("watch, Pod", || Case::new(pods(), watch::<Pod>)),
    ("watch, Pod, stripped", || Case::new(pods(), watch::<Pod>).stripped()),
    ("watch, Pod, store", || Case::new(pods(), store::<Pod>)),
    ("watch of metadata, Object", || Case::new(Recording::watch(metadata()), watch::<Object>)),
    ("watch of metadata, PartialObjectMetadata", || {
        Case::new(Recording::watch(metadata()), watch::<PartialObjectMetadata>)
    }),
    ("watch of metadata, kube's PartialObjectMeta", || {
        Case::new(Recording::watch(metadata()), watch::<PartialObjectMeta<Pod>>)
    }),
    ("list, Object", || Case::new(Recording::list(list_of_pods()), watch::<Object>)),
    ("list, Pod", || Case::new(Recording::list(list_of_pods()), watch::<Pod>)),
    ("streaming list, Object", || Case::new(Recording::streaming_list(&churn()), watch::<Object>).streaming()),
    ("streaming list, Pod", || Case::new(Recording::streaming_list(&churn()), watch::<Pod>).streaming()),
];

/// The recorded watch of pods.
pub(crate) fn pods() -> Recording {
    Recording::watch(churn())
}

/// A recording, and how its objects are read.
pub(crate) struct Case {
    runtime: Runtime,
    recording: Recording,
    initial: InitialList,
    strips: bool,
    play: Play,
    /// The size of the body in bytes.
    pub(crate) bytes: usize,
}

impl Case {
    fn new(recording: Recording, play: Play) -> Self {
        // No timer expires, however long valgrind takes.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        Self::on(runtime, recording, play)
    }

    /// A case on this runtime.
    pub(crate) fn on(runtime: Runtime, recording: Recording, play: Play) -> Self {
        let bytes = recording.bytes();
        Self { runtime, recording, initial: InitialList::List, strips: false, play, bytes }
    }

    fn streaming(mut self) -> Self {
        self.initial = InitialList::Auto;
        self
    }

    fn stripped(mut self) -> Self {
        self.strips = true;
        self
    }

    /// Plays the body once. Returns the number of objects.
    pub(crate) fn run(&self) -> usize {
        let config = Config::builder(Resource::core("v1", "pods"))
            .start(Start::InitialList(self.initial))
            .strip_managed_fields(self.strips)
            .page_size(None)
            .build()
            .expect("a configuration");
        let objects = self.recording.objects;
        self.runtime.block_on(async {
            let mut items = (self.play)(self.recording.transport(), config);
            for _ in 0..objects {
                while !items.next().await.expect("the watch goes on") {}
            }
        });
        objects
    }
}
