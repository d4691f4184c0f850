//! Resolves names to addresses.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use tower_service::Service;
use watch_core::TransportErrorKind;

use crate::known_error::ClassifiedError;

/// The platform's resolver, with errors that can be distinguished from others.
#[derive(Clone, Debug)]
pub(super) struct Resolver(GaiResolver);

impl Default for Resolver {
    fn default() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = ClassifiedError;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, ClassifiedError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ClassifiedError>> {
        self.0.poll_ready(cx).map_err(|error| unresolved("", error))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let host = name.as_str().to_owned();
        let resolving = self.0.call(name);
        Box::pin(async move { resolving.await.map_err(|error| unresolved(&host, error)) })
    }
}

fn unresolved(host: &str, error: std::io::Error) -> ClassifiedError {
    let message = format!("no address for {host:?} ({error}): check the host in the URL, and this machine's DNS");
    ClassifiedError::new(TransportErrorKind::Resolve, message).with_source(error)
}
