//! The bearer token, and when its file is read again.

use core::fmt;
use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use http::HeaderValue;
use tokio::time::Instant;
use watch_core::TransportErrorKind;

use crate::known_error::ClassifiedError;

/// How old a token from a file may be before the file is read again, as in client-go
/// (`transport/token_source.go`: `fileTokenSource{period: time.Minute}`). The kubelet rotates tokens long before they
/// expire.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The source of the bearer token.
pub(crate) enum Credentials {
    None,
    Fixed(HeaderValue),
    /// A file that another process keeps up to date.
    File(TokenFile),
}

/// A token that is kept in a file.
pub(crate) struct TokenFile {
    path: PathBuf,
    last: Mutex<Option<Read>>,
}

struct Read {
    header: HeaderValue,
    at: Instant,
}

impl Credentials {
    /// Fails with the problem, phrased to follow "the token".
    pub(crate) fn fixed(token: &str) -> Result<Self, &'static str> {
        header(token).map(Self::Fixed)
    }

    pub(crate) const fn file(path: PathBuf) -> Self {
        Self::File(TokenFile { path, last: Mutex::new(None) })
    }

    /// Returns the value of `Authorization`.
    ///
    /// `refresh`: the server refused the last token, so the file is read again regardless of the token's age.
    pub(crate) fn authorization(&self, refresh: bool) -> Result<Option<HeaderValue>, ClassifiedError> {
        match self {
            Self::None => Ok(None),
            Self::Fixed(header) => Ok(Some(header.clone())),
            Self::File(file) => file.authorization(refresh).map(Some),
        }
    }
}

impl TokenFile {
    fn authorization(&self, refresh: bool) -> Result<HeaderValue, ClassifiedError> {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(read) = &*last
            && !refresh
            && read.at.elapsed() < READ_AGAIN_AFTER
        {
            return Ok(read.header.clone());
        }
        // A few hundred bytes, in memory (a projected volume is a tmpfs), once a minute: not worth a thread.
        match self.read() {
            Ok(header) => {
                *last = Some(Read { header: header.clone(), at: Instant::now() });
                Ok(header)
            }
            // The previous token may still be valid, unless the server has just refused it.
            Err(error) => match &mut *last {
                Some(read) if !refresh => {
                    tracing::warn!(
                        %error,
                        "can't read the token file; continuing with the previous token, next retry in a minute"
                    );
                    read.at = Instant::now();
                    Ok(read.header.clone())
                }
                _ => Err(error),
            },
        }
    }

    fn read(&self) -> Result<HeaderValue, ClassifiedError> {
        let failed = |why: &str| {
            let message = format!("no token in {}: {why}", self.path.display());
            ClassifiedError::new(TransportErrorKind::Credentials, message)
        };
        let text = fs::read_to_string(&self.path).map_err(|error| failed(&error.to_string()))?;
        header(&text).map_err(|problem| failed(&format!("it {problem}")))
    }
}

/// Returns `Authorization` for this token, or the problem, phrased to follow "the token" or "it".
///
/// Whitespace around the token is removed, and so is the byte order mark that some editors write at the start of a
/// file. Whitespace inside is an error (two tokens, another kind of file): servers don't read "Bearer a b" as a token
/// (RFC 6750, 2.1).
fn header(text: &str) -> Result<HeaderValue, &'static str> {
    let token = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if token.is_empty() {
        return Err("is empty");
    }
    if token.contains(char::is_whitespace) {
        return Err("has blanks or line breaks inside");
    }
    let header = HeaderValue::try_from(format!("Bearer {token}"));
    let mut header = header.map_err(|_| "has characters that can't stand in a header")?;
    // `Debug` doesn't show a sensitive header, and HTTP/2 doesn't keep it in its tables.
    header.set_sensitive(true);
    Ok(header)
}

impl fmt::Debug for Credentials {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Fixed(_) => f.write_str("Fixed"),
            Self::File(file) => write!(f, "File({})", file.path.display()),
        }
    }
}
