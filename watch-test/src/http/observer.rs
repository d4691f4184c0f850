//! The callback for each request.

use core::fmt;
use std::sync::Arc;

use crate::model::LoggedRequest;

type Show = dyn Fn(&LoggedRequest) + Send + Sync;

/// Called with each request when its reply begins, or when it is certain that there is none.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Show>>);

impl Observer {
    pub(crate) fn new(show: impl Fn(&LoggedRequest) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(show)))
    }

    /// Whether a callback is set.
    pub(crate) const fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn show(&self, request: &LoggedRequest) {
        if let Some(show) = &self.0 {
            show(request);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observer({})", if self.is_there() { ".." } else { "none" })
    }
}
