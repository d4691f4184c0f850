//! A client that is made again after the server refused its credentials.

use core::any::Any;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube_client::config::AuthInfo;
use kube_client::{Client, Config};
use tokio::sync::watch;
use watch_core::TransportErrorKind;

use super::no_credentials;
use crate::error::{Stage, transport_error};
use crate::known_error::ClassifiedError;

/// How long a request waits for a plugin. It is shorter than the timeout of a response (65 s), so that the error names
/// the plugin.
const PATIENCE: Duration = Duration::from_secs(30);

/// The result of a renewal; `None` while it runs.
type Outcome = Option<Result<Client, (TransportErrorKind, String)>>;

#[derive(Clone)]
pub(super) struct Renewed(Arc<Shared>);

struct Shared {
    config: Config,
    state: Mutex<State>,
}

struct State {
    client: Client,
    /// Whether the server refused its credentials, and there are no new ones yet.
    is_stale: bool,
    /// The running renewal: a plugin that hangs must not be started again.
    renewal: Option<watch::Receiver<Outcome>>,
}

impl Renewed {
    pub(super) fn new(config: Config) -> Result<Self, ClassifiedError> {
        let client = make(&config)?;
        let state = Mutex::new(State { client, is_stale: false, renewal: None });
        Ok(Self(Arc::new(Shared { config, state })))
    }

    /// Records that the server refused the credentials.
    pub(super) fn refused(&self) {
        if can_renew(&self.0.config.auth_info) {
            self.0.lock().is_stale = true;
        }
    }

    /// Returns the client, made again if the previous one is stale. If that fails, the next request retries.
    pub(super) async fn get(&self) -> Result<Client, ClassifiedError> {
        let mut renewal = {
            let mut state = self.0.lock();
            if !state.is_stale {
                return Ok(state.client.clone());
            }
            // If a renewal has no sender, its thread panicked.
            match state.renewal.clone().filter(|renewal| renewal.has_changed().is_ok()) {
                Some(renewal) => renewal,
                None => state.renewal.insert(self.renew()).clone(),
            }
        };
        let outcome = match tokio::time::timeout(PATIENCE, renewal.wait_for(Option::is_some)).await {
            Ok(Ok(outcome)) => outcome.clone(),
            Ok(Err(_)) => None,
            Err(_) => {
                return Err(no_credentials(format!(
                    "the exec plugin or token source did not answer within {} s",
                    PATIENCE.as_secs()
                )));
            }
        };
        match outcome {
            Some(Ok(client)) => Ok(client),
            Some(Err((kind, message))) => Err(ClassifiedError::new(kind, message)),
            None => Err(no_credentials("the thread that requests new credentials panicked")),
        }
    }

    /// Makes a client in its own thread, where kube waits for the plugin.
    fn renew(&self) -> watch::Receiver<Outcome> {
        tracing::debug!("unauthorized: the server refused the credentials; requesting new ones");
        let (sender, receiver) = watch::channel(None);
        let shared = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let made = make(&shared.config).map_err(|error| (error.kind(), error.to_string()));
            let mut state = shared.lock();
            state.renewal = None;
            if let Ok(client) = &made {
                state.client = client.clone();
                state.is_stale = false;
            }
            drop(state);
            // The requests that waited may have been cancelled.
            _ = sender.send(Some(made));
        });
        receiver
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a new client may have other credentials than the previous one.
const fn can_renew(auth: &AuthInfo) -> bool {
    auth.exec.is_some() || auth.auth_provider.is_some()
}

/// Makes a client, which runs the plugin.
///
/// A token without an expiration time goes to tower-http's `AddAuthorizationLayer::bearer`, which
/// panics if the token isn't valid in a header (a line break). That panic becomes an error; other panics are resumed.
fn make(config: &Config) -> Result<Client, ClassifiedError> {
    let made = panic::catch_unwind(AssertUnwindSafe(|| Client::try_from(config.clone())));
    match made {
        Ok(made) => made.map_err(|error| {
            let error = transport_error(&error, Stage::Head);
            ClassifiedError::new(error.kind, error.message)
        }),
        Err(panic) if says_no_header(panic.as_ref()) => Err(no_credentials(
            "the token of the credentials' plugin can't be sent in a header: it has a line break or another control \
             character in it",
        )),
        Err(panic) => panic::resume_unwind(panic),
    }
}

fn says_no_header(panic: &(dyn Any + Send)) -> bool {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.is_some_and(|text| text.contains("not valid header"))
}
