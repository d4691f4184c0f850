//! A `kube::Client`, or a `kube::Config`, as what sends the requests.

mod renewed;

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
use crate::credentials::Credentials;
use crate::known_error::{BoxError, ClassifiedError};
use crate::rate_limiter::RateLimiter;
use crate::transport::{RefreshCredentials, Transport};

type Response = http::Response<Body>;

/// Sends through a `kube::Client`, with all that it brings: kubeconfig, exec plugins, OIDC, layers.
///
/// What it does by itself, it goes on doing, since a client that is made can't be changed. To have none of this, make the
/// transport of the `kube::Config` instead.
///
/// - **It repeats requests** that are answered with 429, 503 or 504, up to 15 times from 5 ms on, unless its
///   `Config::default_retry` was `false`. The watch doesn't see those answers: no notice, no fallback
///   to LIST, a `Retry-After` is cut short by the watch's own deadline, and neither the [`RateLimiter`] nor the metrics count
///   the repeated requests. A client that does is found out by its first request, and a warning says so once a process.
/// - **Its credentials** are renewed when *it* holds them for expired. It doesn't heed
///   [`RefreshCredentials`], so a token that the server refuses before it expires stays in use.
/// - **Its time-outs**: `read_timeout` is unset by default (since kube 4.0). One that is set ends each watch on which
///   nothing came for so long: 20 s break a quiet watch every 20 s. It should be longer than the minute between two
///   bookmarks. `write_timeout` (295 s by default) and `connect_timeout` (30 s) do no harm.
///
/// Each transport has a [`RateLimiter`] of its own; for watches to share one, give them clones of it by [`Transport::rate_limited`].
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
        .rate_limited(RateLimiter::default())
    }
}

/// Sends through a `kube::Client` that is made of this.
///
/// `default_retry` is turned off: the watch itself repeats what failed, with a backoff, and says so. When the server
/// refused the credentials (401), a new client is made before the next request, if they come from an exec plugin or an
/// auth provider: so the plugin is asked again, even if kube holds what it has for valid. (An OIDC provider gives what the
/// configuration says: only kube itself refreshes that, when it expires.) One plugin runs at a time, for all clones of the
/// transport, and a request waits for it for 30 s at most.
///
/// A plugin that never ends isn't killed: kube runs it by `std::process::Command::output` and gives no handle of the process.
/// It keeps one thread of tokio's blocking pool, it isn't started a second time, and each request fails after those 30 s until
/// it ends. A `Runtime` that is dropped waits for that thread; `Runtime::shutdown_timeout` and `shutdown_background` don't.
///
/// A `token` and a `token_file` are sent by the transport itself, since kube sends them as they stand: blanks and line breaks
/// around a token are left out, as client-go does, and a file is read again once a minute, and at once after a 401.
///
/// Each transport that is made this way has a client with connections, runs of the plugin and a [`RateLimiter`] of its own. Where
/// many watches have one server, make it once and give each a clone.
///
/// For `read_timeout` see `From<kube::Client>`.
///
/// Must be made within a tokio runtime, and `kube` must have TLS built in if the server's URL is `https`. An exec plugin
/// runs at once, and this waits for it, however long it takes.
///
/// # Errors
/// If kube can't make a client of it: of kind [`Credentials`](watch_core::TransportErrorKind::Credentials) if there are none,
/// or what there is can't be sent in a header. What a plugin printed is never shown, nor a token.
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
                // What a plugin gave can't be sent: the server will never refuse it.
                if sent.as_ref().is_err_and(|error| credentials_error(error).is_some()) {
                    client.refused();
                }
                Ok::<Response, BoxError>(sent?)
            }
        })
        .rate_limited(RateLimiter::default()))
    }
}

/// Takes the token, or where it is kept, out of a configuration in which kube would use it: kube's order of precedence is
/// that of `Auth::try_from`.
fn token(auth: &mut AuthInfo) -> Result<Credentials, ClassifiedError> {
    if auth.auth_provider.is_some() || (auth.username.is_some() && auth.password.is_some()) {
        return Ok(Credentials::None);
    }
    // An empty one is none, as for client-go.
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

fn no_credentials(message: impl Into<String>) -> ClassifiedError {
    ClassifiedError::new(TransportErrorKind::Credentials, message)
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
