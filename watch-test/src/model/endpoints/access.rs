//! Authentication and authorization.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use watch_core::wire::Status;

use super::route::Target;
use crate::model::storage::resource::Resource;

/// Who may send requests. By default, everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Access {
    /// The users by their bearer tokens. They may do anything.
    pub tokens: BTreeMap<String, String>,
    /// The treatment of requests without credentials.
    pub anonymous: Anonymous,
}

/// The treatment of requests without credentials ([`Access::anonymous`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "kube-apiserver has these three")]
pub enum Anonymous {
    /// They may do anything.
    #[default]
    Allowed,
    /// They belong to the user `system:anonymous`, who may do nothing: 403 (`--anonymous-auth=true`).
    Forbidden,
    /// They are refused: 401 (`--anonymous-auth=false`).
    Unauthorized,
}

/// The user's name from a client certificate, verified by the transport; an extension of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateName(pub String);

impl CertificateName {
    /// Returns the name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl Access {
    /// Returns the user; the error is 401. An unknown token is refused even if anonymous requests are allowed.
    pub(crate) fn authenticate(&self, headers: &HeaderMap, name: Option<&CertificateName>) -> Result<String, Status> {
        let refused = || Status::new(401, "Unauthorized", "Unauthorized");
        if let Some(CertificateName(name)) = name {
            return Ok(name.clone());
        }
        if let Some(given) = headers.get(AUTHORIZATION).filter(|_| !self.tokens.is_empty()) {
            let token = given.to_str().ok().and_then(|given| given.strip_prefix("Bearer ")).unwrap_or_default();
            return self.tokens.get(token.trim()).cloned().ok_or_else(refused);
        }
        match self.anonymous {
            Anonymous::Unauthorized => Err(refused()),
            Anonymous::Allowed | Anonymous::Forbidden => Ok(ANONYMOUS.into()),
        }
    }

    /// Checks that the user may send the request; the error is 403 (`responsewriters.Forbidden`).
    pub(crate) fn authorize(&self, user: &str, verb: &str, target: &Target) -> Result<(), Status> {
        if user != ANONYMOUS || self.anonymous != Anonymous::Forbidden {
            return Ok(());
        }
        let Resource { group, plural, .. } = &*target.resource;
        let named = target.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
        let place = match &target.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".into(),
        };
        let resource = target.resource.name();
        let mut status = Status::new(
            403,
            "Forbidden",
            format!(
                "{resource}{named} is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {place}"
            ),
        );
        status.details.name = target.name.clone().unwrap_or_default();
        status.details.group.clone_from(group);
        status.details.kind.clone_from(plural);
        Err(status)
    }
}

const ANONYMOUS: &str = "system:anonymous";
