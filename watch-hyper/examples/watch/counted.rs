//! A layer around the client: a watch works over any tower service.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll};
use std::sync::Arc;

use tower_service::Service;

/// Counts the requests that go through it.
#[derive(Clone, Debug)]
pub(crate) struct Counted<S> {
    inner: S,
    count: Arc<AtomicUsize>,
}

impl<S> Counted<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, count: Arc::default() }
    }

    /// Returns the shared count.
    pub(crate) fn count(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.count)
    }
}

impl<S: Service<http::Request<B>>, B> Service<http::Request<B>> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<B>) -> S::Future {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.inner.call(request)
    }
}
