//! The URL and the credentials of an API server.

use core::fmt;
use std::env;
use std::fs;
use std::io;

/// The URL and the credentials of an API server.
#[derive(Clone)]
#[non_exhaustive]
pub struct Access {
    /// `https://HOST:PORT` or `http://HOST:PORT`.
    pub url: String,
    /// The certificate authority to trust, in PEM. Needed for `https`.
    pub certificate_authority: Option<String>,
    /// The bearer token.
    pub token: Option<String>,
}

impl Access {
    /// Returns the access to this URL without credentials.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), certificate_authority: None, token: None }
    }

    /// Sets the only certificate authority to trust (PEM).
    pub fn certificate_authority(mut self, pem: impl Into<String>) -> Self {
        self.certificate_authority = Some(pem.into());
        self
    }

    /// Sets the bearer token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Returns the access to an existing cluster: `WATCH_LIVE_SERVER` (its URL), `WATCH_LIVE_CA_FILE` and
    /// `WATCH_LIVE_TOKEN_FILE`. Returns `None` if the first variable isn't set.
    ///
    /// # Errors
    /// Fails if a file can't be read.
    pub fn from_environment() -> io::Result<Option<Self>> {
        let Ok(url) = env::var("WATCH_LIVE_SERVER") else { return Ok(None) };
        let file = |variable: &str| match env::var_os(variable) {
            Some(path) => fs::read_to_string(path).map(|text| Some(text.trim().to_owned())),
            None => Ok(None),
        };
        let (certificate_authority, token) = (file("WATCH_LIVE_CA_FILE")?, file("WATCH_LIVE_TOKEN_FILE")?);
        Ok(Some(Self { url, certificate_authority, token }))
    }
}

impl fmt::Debug for Access {
    /// Omits the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({})", self.url)
    }
}
