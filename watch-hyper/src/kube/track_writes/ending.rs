//! How far the deletion of an object in a reply has gone.

use serde::Deserialize;
use serde::de::IgnoredAny;
use watch_core::Object;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// There is no `deletionTimestamp`.
    NotBegun,
    /// Something has still to happen before the object is gone.
    Begun,
    /// Nothing delays the deletion any more. The server deletes such an object with the write that removes its last
    /// finalizer, and replies with the version that the object had before (`deleteWithoutFinalizers` of registry/generic).
    Over,
}

#[derive(Deserialize)]
struct Ended {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    deletion_timestamp: Option<IgnoredAny>,
    deletion_grace_period_seconds: Option<i64>,
    finalizers: Option<Vec<IgnoredAny>>,
}

/// A namespace has other finalizers too.
#[derive(Deserialize)]
struct Namespace {
    spec: NamespaceSpec,
}

#[derive(Deserialize)]
struct NamespaceSpec {
    finalizers: Option<Vec<IgnoredAny>>,
}

impl Ending {
    pub(super) fn of(object: &Object) -> Self {
        let Ok(Ended { metadata }) = object.decode() else { return Self::NotBegun };
        let is_delayed = |finalizers: Option<Vec<IgnoredAny>>| finalizers.is_some_and(|all| !all.is_empty());
        if metadata.deletion_timestamp.is_none() {
            Self::NotBegun
        } else if metadata.deletion_grace_period_seconds.is_some_and(|seconds| seconds > 0)
            || is_delayed(metadata.finalizers)
            || (object.kind() == Some("Namespace")
                && object.decode().is_ok_and(|Namespace { spec }| is_delayed(spec.finalizers)))
        {
            Self::Begun
        } else {
            Self::Over
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_nothing_delays_is_gone() {
        let at = r#""deletionTimestamp":"2026-01-01T00:00:00Z""#;
        for (kind, metadata, spec, expected) in [
            ("Pod", String::new(), "{}", Ending::NotBegun),
            ("Pod", r#""finalizers":["a"]"#.into(), "{}", Ending::NotBegun),
            ("Pod", at.into(), "{}", Ending::Over),
            ("Pod", format!(r#"{at},"finalizers":[],"deletionGracePeriodSeconds":0"#), "{}", Ending::Over),
            ("Pod", format!(r#"{at},"finalizers":["a"]"#), "{}", Ending::Begun),
            ("Pod", format!(r#"{at},"deletionGracePeriodSeconds":30"#), "{}", Ending::Begun),
            ("Namespace", at.into(), r#"{"finalizers":["kubernetes"]}"#, Ending::Begun),
            ("Namespace", at.into(), r#"{"finalizers":[]}"#, Ending::Over),
            ("Widget", at.into(), r#"{"finalizers":["of its own"]}"#, Ending::Over),
        ] {
            let comma = if metadata.is_empty() { "" } else { "," };
            let json = format!(
                r#"{{"kind":"{kind}","metadata":{{"name":"a","resourceVersion":"7"{comma}{metadata}}},"spec":{spec}}}"#
            );
            assert_eq!(Ending::of(&Object::parse(json.clone().into()).unwrap()), expected, "{json}");
        }
    }
}
