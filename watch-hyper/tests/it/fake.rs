//! A tower service with scripted replies.

use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body::{Body, Frame};
use tower_service::Service;
use watch_hyper::Transport;
use watch_hyper::watch_core::{
    Config, ConfigBuilder, InitialList, Notice, Resource, ResourceVersion, Start, TransportError,
};

pub(crate) use crate::notices::Notices;

pub(crate) type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// The body of a 410.
pub(crate) const GONE: &str =
    r#"{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}"#;

const UP_TO_DATE: &str =
    r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9223372036854775807"},"items":[]}"#;

/// A reply.
pub(crate) enum Reply {
    /// A head with this status, and a body made of these steps.
    Head(u16, Vec<Part>),
    /// A head with this status and content type, and this body.
    Plain(u16, String, String),
    /// No response.
    Fails(BoxError),
    /// No response, ever.
    Hangs,
}

/// A step of a body. After the last one, the body ends.
pub(crate) enum Part {
    Bytes(Bytes),
    Fails(BoxError),
    /// Nothing, ever.
    Hangs,
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }
}

/// Sends its replies one after the other, then hangs. After a watch was requested, it answers version checks itself, as
/// a server that has all that was seen, and doesn't record them: they are tested in watch-core.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Shared>);

#[derive(Default)]
struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<http::Request<()>>>,
    carried: Mutex<Option<watch_hyper::RefreshCredentials>>,
    /// Parts of bodies that were taken.
    taken: AtomicUsize,
    /// Bodies that were dropped.
    dropped: AtomicUsize,
}

impl Fake {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let fake = Self::default();
        fake.0.replies.lock().unwrap().extend(replies);
        fake
    }

    pub(crate) fn transport(&self) -> Transport {
        Transport::new(self.clone())
    }

    /// Path and query of each request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.0.requests.lock().unwrap().iter().map(|request| request.uri().to_string()).collect()
    }

    /// Whether each request so far came with this extension.
    pub(crate) fn with_extension<T: Send + Sync + 'static>(&self) -> Vec<bool> {
        self.0.requests.lock().unwrap().iter().map(|request| request.extensions().get::<T>().is_some()).collect()
    }

    fn is_check(&self, uri: &http::Uri) -> bool {
        let had_watch = || self.requests().iter().any(|request| request.contains("watch=true"));
        uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "limit=1")) && had_watch()
    }

    pub(crate) fn parts_taken(&self) -> usize {
        self.0.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn bodies_dropped(&self) -> usize {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

impl Service<http::Request<Bytes>> for Fake {
    type Response = http::Response<Script>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let (reply, shared) = if self.is_check(request.uri()) {
            // Its extension is recorded with the next recorded request.
            let carried = request.extensions().get::<watch_hyper::RefreshCredentials>().copied();
            *self.0.carried.lock().unwrap() = carried;
            (Reply::Head(200, vec![UP_TO_DATE.into()]), Arc::default())
        } else {
            let mut request = request.map(drop);
            if let Some(carried) = self.0.carried.lock().unwrap().take() {
                request.extensions_mut().insert(carried);
            }
            self.0.requests.lock().unwrap().push(request);
            (self.0.replies.lock().unwrap().pop_front().unwrap_or(Reply::Hangs), Arc::clone(&self.0))
        };
        Box::pin(async move {
            match reply {
                Reply::Head(status, parts) => {
                    let response = http::Response::builder().status(status).header("content-type", "application/json");
                    Ok(response.body(Script { parts: parts.into(), shared }).unwrap())
                }
                Reply::Plain(status, content_type, body) => {
                    let response = http::Response::builder().status(status).header("content-type", content_type);
                    Ok(response.body(Script { parts: [Part::from(body.as_str())].into(), shared }).unwrap())
                }
                Reply::Fails(error) => Err(error),
                Reply::Hangs => core::future::pending().await,
            }
        })
    }
}

/// A body in steps.
pub(crate) struct Script {
    parts: VecDeque<Part>,
    shared: Arc<Shared>,
}

impl Body for Script {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if matches!(self.parts.front(), Some(Part::Hangs)) {
            return Poll::Pending;
        }
        self.shared.taken.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(match self.parts.pop_front() {
            Some(Part::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Part::Fails(error)) => Some(Err(error)),
            Some(Part::Hangs) | None => None,
        })
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.shared.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Notices {
    /// The transport errors among them.
    pub(crate) fn transport_errors(&self) -> Vec<TransportError> {
        use watch_hyper::watch_core::Cause;
        self.notices()
            .into_iter()
            .filter_map(|notice| match notice {
                Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } => Some(trouble.cause),
                _ => None,
            })
            .filter_map(|cause| if let Cause::Transport(error) = cause { Some(error) } else { None })
            .collect()
    }
}

pub(crate) fn pods() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "pods")).namespace("default").seed(0)
}

/// A watch that begins with a LIST.
pub(crate) fn by_list() -> Config {
    pods().start(Start::InitialList(InitialList::List)).build().unwrap()
}

/// A watch that begins after version 1, without the state at it.
pub(crate) fn from_1() -> Config {
    pods().start(Start::From(ResourceVersion::new("1").unwrap())).build().unwrap()
}

pub(crate) fn pod(name: &str, version: u64) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"default","uid":"uid-{name}","resourceVersion":"{version}"}}}}"#
    )
}

/// A frame of a watch.
pub(crate) fn frame(kind: &str, name: &str, version: u64) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", pod(name, version))
}

pub(crate) fn list(version: u64, pods: &[String]) -> String {
    let items = pods.join(",");
    format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"}},"items":[{items}]}}"#)
}
