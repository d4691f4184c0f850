//! The notices of a watch.

use std::sync::{Arc, Mutex};

use watch_hyper::Watch;
use watch_hyper::watch_core::{FromObject, InitialCause, Notice};

/// Remembers all notices of a watch.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Vec<Notice>>>);

impl Notices {
    /// Hears the notices of this watch.
    pub(crate) fn listen<T: FromObject>(&self, mut watch: Watch<T>) -> Watch<T> {
        watch.handle_mut().observe(self.observer());
        watch
    }

    pub(crate) fn observer(&self) -> impl FnMut(&Notice) + Send + 'static {
        let heard = Arc::clone(&self.0);
        move |notice| heard.lock().unwrap().push(notice.clone())
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.0.lock().unwrap().clone()
    }

    /// Whether it relisted because its version had expired.
    pub(crate) fn has_expired(&self) -> bool {
        self.notices().iter().any(|notice| matches!(notice, Notice::Relisted { cause: InitialCause::Expired, .. }))
    }

    /// How often the server answered with this status.
    pub(crate) fn count(&self, code: u16) -> usize {
        let has_code = |notice: &&Notice| match notice {
            Notice::Retrying { trouble, .. }
            | Notice::NeedsAttention { trouble, .. }
            | Notice::FellBack { trouble } => trouble.cause.status().is_some_and(|status| status.code == code),
            _ => false,
        };
        self.notices().iter().filter(has_code).count()
    }

    /// How many `NeedsAttention` notices there were.
    pub(crate) fn needs_attention(&self) -> usize {
        self.notices().iter().filter(|notice| matches!(notice, Notice::NeedsAttention { .. })).count()
    }
}
