//! The bearer token, and when to read it again.

use core::fmt;
use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use http::HeaderValue;
use tokio::time::Instant;
use watch_core::TransportErrorKind;

use crate::known_error::ClassifiedError;

/// How old a token from a file may be before the file is read again: as client-go has it
/// (`transport/token_source.go`: `fileTokenSource{period: time.Minute}`). The kubelet rotates tokens long before they
/// expire.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Where the bearer token comes from.
pub(crate) enum Credentials {
    /// Nobody asked for one.
    None,
    /// Always this one.
    Fixed(HeaderValue),
    /// From a file that somebody else keeps up to date.
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
    /// Fails with what is wrong with it, to be read after "the token".
    pub(crate) fn fixed(token: &str) -> Result<Self, &'static str> {
        header(token).map(Self::Fixed)
    }

    pub(crate) const fn file(path: PathBuf) -> Self {
        Self::File(TokenFile { path, last: Mutex::new(None) })
    }

    /// What to send as `Authorization`.
    ///
    /// `refresh`: the last one was refused, so it must be read anew, however young it is.
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
            // The one before may still be good, unless the server has just said that it isn't.
            Err(error) => match &mut *last {
                Some(read) if !refresh => {
                    tracing::warn!(%error, "going on with the token read before");
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

/// `Authorization` for this token; or what is wrong with it, to be read after "the token" or "it".
///
/// Blanks around it are not of the token, nor is the byte order mark that some editors put in front of a text. Blanks
/// inside are a mistake (two tokens, a file of another kind): "Bearer a b" is something else than a token to any server
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
    // It is then not shown by `Debug`, and not kept in the tables of HTTP/2.
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
