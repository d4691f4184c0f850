//! The token of the next page of a list (`EncodeContinue`, `DecodeContinue` of apiserver/pkg/storage/continue.go).

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde::{Deserialize, Serialize};
use watch_core::wire::Status;

use crate::model::encode::go_errors::quoted;
use crate::model::validation::errors::bad_request;

/// The position where a list continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContinueToken {
    /// The revision of the snapshot; `None` uses the present state, and then the list isn't of a single revision.
    pub(crate) revision: Option<u64>,
    /// The first key, without the namespace's part.
    pub(crate) start: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(default)]
    v: String,
    #[serde(default)]
    rv: i64,
    #[serde(default)]
    start: String,
}

impl ContinueToken {
    /// `last` is the last key of the page, without `prefix`.
    pub(crate) fn after(last: &str, prefix: &str, revision: u64) -> Self {
        let last = last.strip_prefix(prefix).unwrap_or(last);
        Self { revision: Some(revision), start: format!("/{last}\0") }
    }

    /// Returns the token in the error of an expired one: the same position without a snapshot.
    pub(crate) fn inconsistent(&self) -> Self {
        Self { revision: None, start: self.start.trim_start_matches('/').into() }
    }

    pub(crate) fn encode(&self) -> String {
        let rv = self.revision.map_or(-1, |revision| i64::try_from(revision).unwrap_or(i64::MAX));
        let document = Document { v: VERSION.into(), rv, start: self.start.clone() };
        // Strings and a number can't fail to serialise.
        ENCODING.encode(serde_json::to_vec(&document).unwrap_or_default())
    }

    pub(crate) fn decode(token: &str) -> Result<Self, Status> {
        let invalid = |why: String| bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = ENCODING.decode(token).map_err(|error| invalid(in_go(&error, token)))?;
        let document: Document = serde_json::from_slice(&bytes).map_err(|_| {
            invalid(match bytes.first() {
                None => "unexpected end of JSON input".into(),
                Some(first) => {
                    format!("invalid character {} looking for beginning of value", quoted(char::from(*first)))
                }
            })
        })?;
        if document.v != VERSION {
            return Err(invalid(format!("server does not recognize this encoded version {:?}", document.v)));
        }
        let revision = match document.rv {
            0 => {
                let why = format!("incorrect encoded start resourceVersion (version {VERSION})");
                return Err(invalid(why));
            }
            rv => u64::try_from(rv).ok(),
        };
        if document.start.is_empty() {
            return Err(invalid(format!("encoded start key empty (version {VERSION})")));
        }
        // `path.Clean` must not change it, or it could reach beyond the request's path.
        let parts = document.start.trim_start_matches('/').split('/');
        if document.start.starts_with("//") || parts.clone().any(|part| matches!(part, "" | "." | "..")) {
            return Err(invalid(document.start));
        }
        Ok(Self { revision, start: document.start })
    }

    /// Returns the first key of the page, in full.
    pub(crate) fn first_key(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.start.trim_start_matches('/'))
    }
}

/// Go's `RawURLEncoding`, which ignores the last bits.
const ENCODING: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

const VERSION: &str = "meta.k8s.io/v1";

/// Returns the error with Go's text.
fn in_go(error: &base64::DecodeError, token: &str) -> String {
    let at = match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => *at,
        _ => token.len(),
    };
    format!("illegal base64 data at input byte {at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_a_real_server() {
        let token = ContinueToken::after("default/p1", "default/", 228);
        assert_eq!(token.encode(), "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wMVx1MDAwMCJ9");
        assert_eq!(ContinueToken::decode(&token.encode()), Ok(token.clone()));
        let inconsistent = token.inconsistent();
        assert_eq!(inconsistent.encode(), "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoicDFcdTAwMDAifQ");
        assert_eq!(inconsistent.first_key("default/"), "default/p1\0");
        assert_eq!(token.first_key("default/"), "default/p1\0");
    }

    #[test]
    fn a_token_cannot_reach_out_of_its_namespace() {
        let token = ContinueToken { revision: Some(1), start: "/../kube-system/p".into() };
        assert!(ContinueToken::decode(&token.encode()).is_err());
    }
}
