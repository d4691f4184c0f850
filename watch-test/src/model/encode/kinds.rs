//! The kinds that kube-apiserver can decode (`runtime.Scheme`), with the errors for others.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A set of kinds. Its name is that in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The built-in types (`legacyscheme.Scheme`).
    Api,
    /// CustomResourceDefinitions (apiextensions-apiserver).
    Definitions,
    /// The body of a DELETE (`metainternalversion.Scheme`).
    Options,
}

/// The version of a group's internal types.
pub(crate) const INTERNAL: &str = "__internal";

/// A kind of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The Go package of its type.
    pub(crate) package: &'static str,
    /// The Go type.
    pub(crate) name: &'static str,
    /// The package of the internal type that it is converted to. `None`: lists and options, which aren't converted.
    pub(crate) internal: Option<&'static str>,
}

impl Kind {
    /// Checks that the kind can be converted to another one.
    pub(crate) fn check_conversion(&self, to: &Self) -> Result<(), String> {
        if self.internal.is_some() && (self.internal, self.name) == (to.internal, to.name) {
            return Ok(());
        }
        let to_package = to.internal.unwrap_or(to.package);
        Err(format!("converting ({}.{}) to ({to_package}.{}): unknown conversion", self.package, self.name, to.name))
    }
}

/// A group and a version, as in `apiVersion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupVersion<'a> {
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
}

impl<'a> GroupVersion<'a> {
    /// `schema.ParseGroupVersion`
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(version), None, _) => Ok(Self { group: "", version }),
            (Some(group), Some(version), None) => Ok(Self { group, version }),
            _ => Err(format!("unexpected GroupVersion string: {text}")),
        }
    }

    /// Returns it with the missing parts of another one (`gvkWithDefaults`).
    pub(crate) fn or(self, default: Self) -> Self {
        if self.version.is_empty() && (self.group.is_empty() || self.group == default.group) { default } else { self }
    }
}

impl fmt::Display for GroupVersion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() { f.write_str(self.version) } else { write!(f, "{}/{}", self.group, self.version) }
    }
}

impl Scheme {
    /// Returns a kind, or the error that it isn't registered.
    pub(crate) fn find(self, version: GroupVersion<'_>, kind: &str) -> Result<Kind, String> {
        let named = |version: &str| KINDS.get(self.name())?.get(version)?.get(kind);
        named(&version.to_string()).or_else(|| named("*")).copied().ok_or_else(|| {
            let version = if version.version == INTERNAL {
                format!("the internal version of group {:?}", version.group)
            } else {
                format!("version {:?}", version.to_string())
            };
            format!("no kind {kind:?} is registered for {version} in scheme \"pkg/runtime/scheme.go:111\"")
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Definitions => "definitions",
            Self::Options => "options",
        }
    }
}

type Kinds = BTreeMap<&'static str, Kind>;

/// The kinds by scheme and version, read from a list that `.ci/kube/kinds` makes by reflection over the schemes of
/// Kubernetes v1.36; its comment describes the lines.
static KINDS: LazyLock<BTreeMap<&'static str, BTreeMap<&'static str, Kinds>>> = LazyLock::new(|| {
    let mut all: BTreeMap<_, BTreeMap<_, Kinds>> = BTreeMap::new();
    for line in include_str!("kinds.txt").lines() {
        let mut words = line.split(' ');
        let (Some(scheme), Some(version), Some(package)) = (words.next(), words.next(), words.next()) else { continue };
        let kinds = all.entry(scheme).or_default().entry(version).or_default();
        kinds.extend(words.map(|word| {
            let (word, internal) = word.split_once('>').map_or((word, None), |(word, internal)| (word, Some(internal)));
            let (kind, name) = word.split_once('=').unwrap_or((word, word));
            (kind, Kind { package, name, internal })
        }));
    }
    all
});

#[cfg(test)]
mod tests {
    use super::*;

    fn find(scheme: Scheme, version: &str, kind: &str) -> Result<Kind, String> {
        scheme.find(GroupVersion::parse(version)?, kind)
    }

    #[test]
    fn kinds_are_found_by_scheme_and_version() {
        let kind = |package, name, internal| Ok(Kind { package, name, internal });
        assert_eq!(find(Scheme::Api, "v1", "Secret"), kind("v1", "Secret", Some("core")));
        assert_eq!(find(Scheme::Api, "events.k8s.io/v1", "Event"), kind("v1", "Event", Some("core")));
        assert_eq!(find(Scheme::Api, "apps/__internal", "WatchEvent"), kind("v1", "InternalEvent", None));
        assert_eq!(find(Scheme::Api, "any/v7", "Status"), kind("v1", "Status", None));
        assert_eq!(find(Scheme::Options, "any/v7", "DeleteOptions"), kind("v1", "DeleteOptions", Some("v1")));
        let unknown = |version| {
            Err(format!("no kind \"Secret\" is registered for {version} in scheme \"pkg/runtime/scheme.go:111\""))
        };
        assert_eq!(find(Scheme::Definitions, "v1", "Secret"), unknown("version \"v1\""));
        assert_eq!(find(Scheme::Api, "apps/__internal", "Secret"), unknown("the internal version of group \"apps\""));
    }

    #[test]
    fn versions_are_parsed_as_in_go() {
        let parsed = |text| GroupVersion::parse(text).map(|version| (version.group, version.version));
        assert_eq!(parsed(""), Ok(("", "")));
        assert_eq!(parsed("/"), Ok(("", "")));
        assert_eq!(parsed("/v1"), Ok(("", "v1")));
        assert_eq!(parsed("apps/"), Ok(("apps", "")));
        assert_eq!(parsed("a/b/c"), Err("unexpected GroupVersion string: a/b/c".to_owned()));
    }
}
