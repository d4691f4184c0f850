//! The notices of a watch.

use std::sync::{Arc, Mutex};

use watch_hyper::Watch;
use watch_hyper::watch_core::{FromObject, Notice};

/// Records the notices of an observer.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Vec<Notice>>>);

impl Notices {
    /// Observes this watch.
    pub(crate) fn listen<T: FromObject>(&self, mut watch: Watch<T>) -> Watch<T> {
        watch.handle_mut().observe(self.observer());
        watch
    }

    pub(crate) fn observer(&self) -> impl FnMut(&Notice) + Send + 'static {
        let recorded = Arc::clone(&self.0);
        move |notice| recorded.lock().unwrap().push(notice.clone())
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.0.lock().unwrap().clone()
    }
}
