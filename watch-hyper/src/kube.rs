//! A `kube::Client`, or a `kube::Config`, as what sends the requests.

use core::error::Error;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube_client::client::{AuthError, Body};
use kube_client::config::AuthInfo;
use kube_client::{Client, Config};

use crate::error::{BoxError, KnownError, Stage, transport_error};
use crate::pace::Pace;
use crate::transport::{RefreshCredentials, Transport};

type Response = http::Response<Body>;

/// Sends through a `kube::Client`, with all that it brings: kubeconfig, exec plugins, OIDC, layers.
///
/// What it does by itself, it goes on doing, since a client that is made can't be changed. To have none of this, make the
/// transport of the `kube::Config` instead.
///
/// - **It repeats requests** that are answered with 429, 503 or 504, up to 15 times from 5 ms on, unless its
///   `Config::default_retry` was `false`. The watch doesn't see those answers: no notice, no fallback
///   to LIST, a `Retry-After` is cut short by the watch's own deadline, and neither the [`Pace`] nor the metrics count
///   the repeated requests. A client that does is found out by its first request, and a warning says so once a process.
/// - **Its credentials** are renewed when *it* holds them for expired. It doesn't heed
///   [`RefreshCredentials`], so a token that the server refuses before it expires stays in use.
/// - **Its time-outs**: `read_timeout` is unset by default (since kube 4.0). One that is set ends each watch on which
///   nothing came for so long: 20 s break a quiet watch every 20 s. It should be longer than the minute between two
///   bookmarks. `write_timeout` (295 s by default) and `connect_timeout` (30 s) do no harm.
///
/// Each transport has a [`Pace`] of its own; for watches to share one, give them clones of it by [`Transport::paced`].
impl From<Client> for Transport {
    fn from(client: Client) -> Self {
        Self::from_fn::<_, Body, Body, _>(move |mut request| {
            let client = client.clone();
            async move {
                let repeats = Repeats::default();
                request.extensions_mut().insert(repeats.witness());
                let response = client.send(request).await;
                // Dropped earlier, with this future, when the request is given up before it is answered.
                drop(repeats);
                response
            }
        })
        .paced(Pace::default())
    }
}

/// Sends through a `kube::Client` that is made of this.
///
/// `default_retry` is turned off: the watch itself repeats what failed, with a backoff, and says so. When the server
/// refused the credentials (401), a new client is made before the next request, if they come from an exec plugin, an
/// auth provider or a token file: so the plugin is asked again, and the file read again, even if kube holds what it has
/// for valid. (An OIDC provider gives what the configuration says: only kube itself refreshes that, when it expires.)
/// For `read_timeout` see `From<kube::Client>`.
///
/// Must be made within a tokio runtime, and `kube` must have TLS built in if the server's URL is `https`. An exec plugin
/// runs at once, and this waits for it.
///
/// # Errors
/// If kube can't make a client of it: of kind [`Credentials`](watch_core::TransportErrorKind::Credentials) if there are none. What a
/// plugin printed is never shown.
impl TryFrom<Config> for Transport {
    type Error = KnownError;

    fn try_from(mut config: Config) -> Result<Self, KnownError> {
        config.default_retry = false;
        let client = Arc::new(Renewed::new(config)?);
        Ok(Self::from_fn::<_, Body, Body, _>(move |request| {
            let client = Arc::clone(&client);
            async move { client.send(request).await }
        })
        .paced(Pace::default()))
    }
}

/// A client that is made again when the server refuses its credentials.
struct Renewed {
    config: Config,
    state: Mutex<State>,
}

struct State {
    client: Client,
    /// The server refused its credentials, and there are no new ones yet.
    is_stale: bool,
}

impl Renewed {
    fn new(config: Config) -> Result<Self, KnownError> {
        let client = client(&config)?;
        Ok(Self { config, state: Mutex::new(State { client, is_stale: false }) })
    }

    async fn send(&self, request: http::Request<Body>) -> Result<Response, BoxError> {
        if request.extensions().get::<RefreshCredentials>().is_some() && can_renew(&self.config.auth_info) {
            self.lock().is_stale = true;
        }
        let client = self.client().await?;
        Ok(client.send(request).await?)
    }

    /// The client to use; made just now if the one before is stale. If that fails, the next request tries it again.
    async fn client(&self) -> Result<Client, BoxError> {
        {
            let state = self.lock();
            if !state.is_stale {
                return Ok(state.client.clone());
            }
        }
        tracing::debug!("the server refused the credentials: asking for new ones");
        let config = self.config.clone();
        // kube waits for the plugin in the thread that makes the client.
        let client = tokio::task::spawn_blocking(move || client(&config)).await??;
        let mut state = self.lock();
        state.client = client.clone();
        state.is_stale = false;
        Ok(client)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(config: &Config) -> Result<Client, KnownError> {
    Client::try_from(config.clone()).map_err(|error| {
        let error = transport_error(&error, Stage::Head);
        KnownError::new(error.kind, error.message)
    })
}

/// Whether a new client may have other credentials than the one before.
const fn can_renew(auth: &AuthInfo) -> bool {
    auth.exec.is_some() || auth.auth_provider.is_some() || auth.token_file.is_some()
}

/// kube's complaint about credentials, in words that can't have any in them, if that is what the error is at its root.
///
/// The errors themselves can't be shown, nor any that holds one of them, since each repeats its source: a plugin that
/// failed is quoted with all of its output (the token, if it failed after printing it) and with its command line and
/// environment.
pub(crate) fn credentials_error(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<AuthError>() {
            return Some(describe(error));
        }
        next = error.source();
    }
    None
}

fn describe(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { out, .. } => {
            format!("the credentials' plugin failed with {} (its output isn't shown: it may hold a token)", out.status)
        }
        AuthError::AuthExecStart(error) => format!("the credentials' plugin can't be run: {error}"),
        AuthError::AuthExecParse(_) | AuthError::ParseTokenKey(_) => {
            "the credentials' plugin printed something that can't be read (not shown: it may hold a token)".into()
        }
        AuthError::ExecPluginFailed => "the credentials' plugin printed an ExecCredential without a status".into(),
        AuthError::MissingCommand => "the credentials' plugin has no command in the kubeconfig".into(),
        AuthError::ExecMissingClusterInfo => {
            "the credentials' plugin wants to know the cluster (provideClusterInfo), and the configuration has none"
                .into()
        }
        AuthError::ReadTokenFile(error, path) => format!("the token file {} can't be read: {error}", path.display()),
        AuthError::InvalidBearerToken(_) => {
            "the token can't be sent in a header: it has a line break or another control character in it".into()
        }
        AuthError::InvalidBasicAuth(_) => "user name and password can't be sent in a header".into(),
        AuthError::MalformedTokenExpirationDate(_) => "the token's expiration date isn't one of RFC 3339".into(),
        AuthError::UnrefreshableTokenResponse => {
            "the credentials' plugin gave something that expires, and then something that doesn't".into()
        }
        // Their texts may quote replies of the identity provider.
        _ => "the auth provider gave no token (what it said isn't shown: it may hold one)".into(),
    }
}

/// Finds out whether a client repeats requests: a layer that may do so keeps a copy of each, with its extensions.
/// (`tower::retry` asks kube's `RetryPolicy::clone_request` for one before it sends the first.)
#[derive(Default)]
struct Repeats {
    was_copied: Arc<AtomicBool>,
}

/// Goes with the request, and notices that it is copied.
struct Witness(Arc<AtomicBool>);

impl Repeats {
    fn witness(&self) -> Witness {
        Witness(Arc::clone(&self.was_copied))
    }
}

impl Clone for Witness {
    fn clone(&self) -> Self {
        self.0.store(true, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Repeats {
    fn drop(&mut self) {
        /// So that a thousand watches don't all say it.
        static WAS_SAID: AtomicBool = AtomicBool::new(false);
        if self.was_copied.load(Ordering::Relaxed) && !WAS_SAID.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "this kube::Client repeats requests by itself (Config::default_retry), so the watch doesn't see that the \
                 server refuses them; set default_retry to false, or make the Transport of the Config"
            );
        }
    }
}
