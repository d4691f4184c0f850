//! Records the writes of a `kube::Client`.

mod ending;
mod reply;
mod request;
mod sender;

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use kube_client::Client;
use kube_client::client::Body;
use kube_client::core::Resource as KubeResource;
use tower_layer::Layer;
use tower_service::Service;
use watch_core::Resource;

use self::reply::Recorder;
pub use self::reply::TrackedBody;
use self::request::{Write, is_dry_run};
use self::sender::Sender;
use crate::pending_writes::PendingWrites;

/// Records the writes of a `kube::Client` in books of [`PendingWrites`], so that a controller doesn't act before its
/// watch has shown them.
///
/// [`client`](Self::client) returns a client that records and otherwise does what the given client does. So every write
/// through it counts: of an `Api`, of kube's `finalizer` and `entry`, of another part of the program that has a clone of
/// the client. It is also a tower layer, for `ClientBuilder::with_layer`.
///
/// ```no_run
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// use kube_client::api::{Api, DeleteParams};
/// use watch_hyper::{PendingWrites, TrackWrites};
///
/// # async fn example(client: kube_client::Client) -> Result<(), kube_client::Error> {
/// let writes = PendingWrites::new(); // the watch of the ConfigMaps tracks it
/// let client = TrackWrites::new().of::<ConfigMap>(&writes).client(&client);
///
/// let maps = Api::<ConfigMap>::namespaced(client, "default");
/// maps.delete("old", &DeleteParams::default()).await?;
/// writes.caught_up(Some("default"), "old").await;
/// # Ok(())
/// # }
/// ```
///
/// # What is recorded
///
/// The object that a reply shows, in the books of its resource:
///
/// | request | recorded |
/// |---|---|
/// | create, replace, patch, server-side apply | the version of the reply; if the last finalizer was removed, the deletion |
/// | the same of `status`, `scale`, `resize`, `ephemeralcontainers`, `approval` and `finalize` | the version of the reply, for the object |
/// | delete | the version of the reply if it is an object that still exists, otherwise the deletion |
/// | delete of a collection | [the beginning of the deletion](PendingWrites::deletion_requested) of each object |
///
/// A write is recorded before the program receives its reply. The rest isn't recorded:
///
/// - a dry run, and a write that failed. If only the reply was lost, or the program dropped the future, the server may
///   have made the write. The deletion of a collection may fail after some of its objects were deleted;
/// - other subresources: an eviction, a binding and a token have replies without a version of the object;
/// - replies that aren't JSON;
/// - writes to resources without a book.
#[derive(Clone, Default)]
pub struct TrackWrites {
    books: Arc<Vec<Book>>,
}

/// The book of one resource. All versions of a resource have the same objects.
#[derive(Clone)]
struct Book {
    group: Box<str>,
    plural: Box<str>,
    writes: PendingWrites,
}

impl TrackWrites {
    /// Records nothing until it has a book.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records the writes to the resource of a type in this book. A resource that several watches watch can have several
    /// books.
    #[must_use]
    pub fn of<K: KubeResource<DynamicType = ()>>(self, writes: &PendingWrites) -> Self {
        self.with_book(&K::group(&()), &K::plural(&()), writes)
    }

    /// Records the writes to a resource in this book, for types whose resource is known at runtime only.
    #[must_use]
    pub fn of_resource(self, resource: &Resource, writes: &PendingWrites) -> Self {
        self.with_book(resource.group(), resource.plural(), writes)
    }

    /// Returns a client that records its writes, and sends its requests through the given client.
    ///
    /// Like `kube::Client::new`, it must be called within a tokio runtime.
    pub fn client(&self, client: &Client) -> Client {
        let service = self.layer(Sender::new(client.clone()));
        Client::new(service, client.default_namespace()).with_valid_until(*client.valid_until())
    }

    fn with_book(mut self, group: &str, plural: &str, writes: &PendingWrites) -> Self {
        let book = Book { group: group.into(), plural: plural.into(), writes: writes.clone() };
        Arc::make_mut(&mut self.books).push(book);
        self
    }
}

impl<S> Layer<S> for TrackWrites {
    type Service = TrackedClient<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TrackedClient { inner, books: Arc::clone(&self.books) }
    }
}

impl fmt::Debug for TrackWrites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let books = self.books.iter().map(|book| ((&*book.group, &*book.plural), &book.writes));
        f.debug_map().entries(books).finish()
    }
}

/// The service of the layer [`TrackWrites`]. It has to be outside of kube's `BaseUriLayer`, as the layers of a
/// `ClientBuilder` are: it expects paths that begin with `/api` or `/apis`.
#[derive(Clone)]
pub struct TrackedClient<S> {
    inner: S,
    books: Arc<Vec<Book>>,
}

impl<S, B> Service<Request<Body>> for TrackedClient<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Unpin,
{
    type Response = Response<TrackedBody<B>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let tracked = Write::of(&request).and_then(|write| {
            let books = self.books.iter().filter(|book| write.is_to(&book.group, &book.plural));
            let books: Vec<_> = books.map(|book| book.writes.clone()).collect();
            // The options of a DELETE. kube has them in memory, so they can be cloned.
            let options = write.is_deletion().then(|| request.body().try_clone()).flatten();
            (!books.is_empty()).then(|| (Recorder::new(write, books), options))
        });
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut recorder = None;
            if let Some((tracked, options)) = tracked
                && !is_dry_run(options).await
            {
                recorder = Some(tracked);
            }
            let response = response.await?;
            let recorder = recorder.filter(|_| response.status().is_success());
            Ok(response.map(|body| TrackedBody::new(body, recorder)))
        })
    }
}

impl<S> fmt::Debug for TrackedClient<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedClient").field("books", &self.books.len()).finish_non_exhaustive()
    }
}
