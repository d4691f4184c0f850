//! Makes a transport of a `kube::Client` or a `kube::Config`.

mod renewed;
mod track_writes;

use core::error::Error;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use http::header::AUTHORIZATION;
use kube_client::client::{AuthError, Body};
use kube_client::config::AuthInfo;
use kube_client::{Client, Config};
use secrecy::ExposeSecret;
use watch_core::TransportErrorKind;

use self::renewed::Renewed;
pub use self::track_writes::{TrackWrites, TrackedBody, TrackedClient};
use crate::credentials::Credentials;
use crate::known_error::{BoxError, ClassifiedError};
use crate::rate_limiter::RateLimiter;
use crate::transport::{RefreshCredentials, Transport};

type Response = http::Response<Body>;

/// Sends requests through a `kube::Client`, with its kubeconfig, exec plugins, OIDC and layers.
///
/// An existing client can't be changed, so it keeps the behaviour below. To avoid this behaviour, make the transport of
/// the `kube::Config` instead.
///
/// - **It repeats requests** that are answered with 429, 503 or 504, up to 15 times from 5 ms on, unless its
///   `Config::default_retry` was `false`. The watch doesn't see those answers: there is no notice and no fallback to
///   LIST, the watch's own timeout cuts a `Retry-After` short, and neither the [`RateLimiter`] nor the metrics count
///   the repeated requests. The first request detects such a client, and a warning is logged once a process.
/// - **Its credentials** are renewed when *it* considers them expired. It ignores [`RefreshCredentials`], so a token
///   that the server refuses before it expires stays in use.
/// - **Its timeouts**: `read_timeout` is unset by default (since kube 4.0). If it is set, it breaks each watch on which
///   nothing arrived for that long: with 20 s, a quiet watch breaks every 20 s. It should be longer than the minute
///   between two bookmarks. `write_timeout` (295 s by default) and `connect_timeout` (30 s) do no harm.
///
/// Each transport has its own [`RateLimiter`]. For watches to share one, set clones of it with
/// [`Transport::rate_limited`].
impl From<Client> for Transport {
    fn from(client: Client) -> Self {
        Self::from_fn::<_, Body, Body, _>(move |mut request| {
            let client = client.clone();
            async move {
                let repeats = Repeats::default();
                request.extensions_mut().insert(repeats.witness());
                let response = client.send(request).await;
                // It is dropped with this future if the request is cancelled before the response.
                drop(repeats);
                response
            }
        })
        .rate_limited(RateLimiter::default())
    }
}

/// Sends requests through a `kube::Client` that is made of this configuration.
///
/// `default_retry` is turned off: the watch retries with its own backoff, and reports it. After a 401 (unauthorized), a
/// new client is made before the next request if the credentials come from an exec plugin or an auth provider, so the
/// plugin runs again even if kube considers its token valid. (An OIDC provider returns the token of the configuration;
/// only kube itself refreshes it, when it expires.) One plugin runs at a time for all clones of the transport, and a
/// request waits for it for 30 s at most.
///
/// A plugin that never ends isn't killed: kube runs it by `std::process::Command::output` and returns no handle of the
/// process. The plugin occupies one thread of tokio's blocking pool, and isn't started a second time. Until it ends,
/// each request fails after those 30 s. A `Runtime` that is dropped waits for that thread; `Runtime::shutdown_timeout`
/// and `shutdown_background` don't.
///
/// The transport itself sends a `token` and a `token_file`, since kube sends them unchanged: whitespace and line breaks
/// around a token are removed, as in client-go, and a file is read again once a minute, and at once after a 401.
///
/// Each transport made this way has its own connections, runs of the plugin and [`RateLimiter`]. For many watches of
/// one server, make it once and clone it.
///
/// For `read_timeout` see `From<kube::Client>`.
///
/// It must be called within a tokio runtime, and `kube` must have a TLS feature enabled if the server's URL is `https`.
/// An exec plugin runs at once, and the call waits for it without a timeout.
///
/// # Errors
/// Fails if kube can't make a client: with kind [`Credentials`](watch_core::TransportErrorKind::Credentials) if there
/// are no credentials, or they can't be sent in a header. Neither the output of a plugin nor a token is ever shown.
impl TryFrom<Config> for Transport {
    type Error = ClassifiedError;

    fn try_from(mut config: Config) -> Result<Self, ClassifiedError> {
        config.default_retry = false;
        let token = token(&mut config.auth_info)?;
        let client = Renewed::new(config)?;
        let token = Arc::new(token);
        Ok(Self::from_fn::<_, Body, Body, _>(move |mut request| {
            let (client, token) = (client.clone(), Arc::clone(&token));
            async move {
                let is_refused = request.extensions().get::<RefreshCredentials>().is_some();
                if let Some(header) = token.authorization(is_refused)? {
                    request.headers_mut().insert(AUTHORIZATION, header);
                }
                if is_refused {
                    client.refused();
                }
                let sent = client.get().await?.send(request).await;
                // The credentials of the plugin can't be sent, so the server will never refuse them.
                if sent.as_ref().is_err_and(|error| credentials_error(error).is_some()) {
                    client.refused();
                }
                Ok::<Response, BoxError>(sent?)
            }
        })
        .rate_limited(RateLimiter::default()))
    }
}

/// Takes the token or its file out of a configuration if kube would use it. kube's order of precedence is that of
/// `Auth::try_from`.
fn token(auth: &mut AuthInfo) -> Result<Credentials, ClassifiedError> {
    if auth.auth_provider.is_some() || (auth.username.is_some() && auth.password.is_some()) {
        return Ok(Credentials::None);
    }
    // An empty token is ignored, as in client-go.
    if let Some(token) = auth.token.take().filter(|token| !token.expose_secret().is_empty()) {
        let fixed = Credentials::fixed(token.expose_secret());
        return fixed.map_err(|problem| no_credentials(format!("the token of the kube::Config {problem}")));
    }
    if let Some(path) = auth.token_file.take().filter(|path| !path.is_empty()) {
        let file = Credentials::file(path.into());
        file.authorization(true)?;
        return Ok(file);
    }
    Ok(Credentials::None)
}

/// Returns a text without secrets for kube's error about credentials, if that is the root of the error.
///
/// These errors can't be shown: the error of a failed plugin quotes its command line, its environment, and its output,
/// which holds the token if the plugin failed after printing it. Errors that hold one of these errors can't be shown
/// either, since each repeats its source.
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
            "the output of the credentials' plugin can't be read (not shown: it may hold a token)".into()
        }
        AuthError::ExecPluginFailed => "the credentials' plugin printed an ExecCredential without a status".into(),
        AuthError::MissingCommand => "the credentials' plugin has no command in the kubeconfig".into(),
        AuthError::ExecMissingClusterInfo => {
            "the credentials' plugin requires the cluster (provideClusterInfo), and the configuration has none".into()
        }
        AuthError::ReadTokenFile(error, path) => format!("the token file {} can't be read: {error}", path.display()),
        AuthError::InvalidBearerToken(_) => {
            "the token can't be sent in a header: it has a line break or another control character in it".into()
        }
        AuthError::InvalidBasicAuth(_) => "user name and password can't be sent in a header".into(),
        AuthError::MalformedTokenExpirationDate(_) => "the token's expiration date isn't one of RFC 3339".into(),
        AuthError::UnrefreshableTokenResponse => {
            "the credentials' plugin returned credentials that expire, and then credentials that don't".into()
        }
        // Their texts may quote replies of the identity provider.
        _ => "the auth provider returned no token (its reply isn't shown: it may hold one)".into(),
    }
}

fn no_credentials(message: impl Into<String>) -> ClassifiedError {
    ClassifiedError::new(TransportErrorKind::Credentials, message)
}

/// Detects whether a client repeats requests: a layer that may do so clones each request, with its extensions.
/// (`tower::retry` asks kube's `RetryPolicy::clone_request` for one before it sends the first.)
#[derive(Default)]
struct Repeats {
    was_copied: Arc<AtomicBool>,
}

/// An extension of the request that detects that it is cloned.
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
        /// Logs once a process, not once a watch.
        static WAS_LOGGED: AtomicBool = AtomicBool::new(false);
        if self.was_copied.load(Ordering::Relaxed) && !WAS_LOGGED.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "this kube::Client repeats requests by itself (Config::default_retry), so the watch doesn't see refusals of the \
                 server and can't retry with its own backoff; set default_retry to false, or make the Transport of the Config"
            );
        }
    }
}
