//! What people call a resource.

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

use super::config_error::ConfigError;
use super::resource::{Resource, check_group, check_label, is_usual_version};

/// A resource as people name it, in kubectl's grammar: `RESOURCE`, `RESOURCE.GROUP` or `RESOURCE.VERSION.GROUP`.
///
/// What has two dots or more can be read in two ways: `widgets.example.com` is a resource of the group `example.com`, or
/// that of the group `com` in a version called `example`. kubectl asks the server which of them there is
/// (`schema.ParseResourceArg` of apimachinery); [`readings`](Self::readings) are for programs that ask too, or have a
/// table. A program that can do neither parses a [`Resource`], which decides by a rule.
///
/// A trailing dot stands for the core group, where its version is named: `pods.v1.`. Beyond kubectl's grammar,
/// `GROUP/VERSION/RESOURCE` names exactly that.
///
/// ```
/// # use watch_core::ResourceName;
/// let name: ResourceName = "widgets.example.com".parse()?;
/// let readings: Vec<_> = name.readings().map(|reading| (reading.plural, reading.version, reading.group)).collect();
/// assert_eq!(readings, [("widgets", Some("example"), "com"), ("widgets", None, "example.com")]);
/// assert_eq!(name.to_string(), "widgets.example.com");
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceName {
    plural: Box<str>,
    qualifier: Qualifier,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Qualifier {
    /// What comes after the first dot, if there is one.
    Dotted(Option<Box<str>>),
    Exact {
        group: Box<str>,
        version: Box<str>,
    },
}

/// One way to read a [`ResourceName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reading<'a> {
    /// `deployments`
    pub plural: &'a str,
    /// `v1`; `None`: whichever the server prefers.
    pub version: Option<&'a str>,
    /// `apps`; empty for the core group.
    pub group: &'a str,
}

impl ResourceName {
    /// What it may mean, in the order in which kubectl asks: the reading with a version first. There is at least one.
    pub fn readings(&self) -> impl Iterator<Item = Reading<'_>> {
        let plural = &*self.plural;
        let (versioned, plain) = match &self.qualifier {
            Qualifier::Dotted(None) => (None, Some("")),
            Qualifier::Dotted(Some(rest)) => (rest.split_once('.'), Some(&**rest)),
            Qualifier::Exact { group, version } => (Some((&**version, &**group)), None),
        };
        let versioned = versioned.map(|(version, group)| Reading { plural, version: Some(version), group });
        let plain = plain.map(|group| Reading { plural, version: None, group });
        [versioned, plain].into_iter().flatten().filter(|reading| reading.check().is_ok())
    }

    /// The reading that is most likely meant, for want of a server to ask.
    fn likely(&self) -> Option<Reading<'_>> {
        let is_exact = matches!(self.qualifier, Qualifier::Exact { .. });
        let is_likely = |reading: &Reading<'_>| {
            // With the core group there is but one reading.
            reading.version.is_none_or(|version| is_exact || reading.group.is_empty() || is_usual_version(version))
        };
        self.readings().find(is_likely)
    }

    /// The resource that is most likely meant.
    fn resource(&self) -> Result<Resource, ConfigError> {
        let Some(Reading { plural, version, group }) = self.likely() else {
            return Err(ConfigError::Empty { field: "resource" });
        };
        match version.or_else(|| usual_version(group)) {
            Some(version) => Ok(Resource::new(group, version, plural)),
            None => Err(ConfigError::NoVersion { group: group.into() }),
        }
    }
}

impl Reading<'_> {
    fn check(&self) -> Result<(), ConfigError> {
        check_label("plural", self.plural)?;
        if let Some(version) = self.version {
            check_label("version", version)?;
        }
        check_group(self.group)
    }
}

impl FromStr for ResourceName {
    type Err = ConfigError;

    /// Fails if there is no reading in which each part is a name that Kubernetes allows.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let name = match text.split_once('/') {
            // The core group isn't named so.
            Some(("", _)) => return Err(ConfigError::Empty { field: "group" }),
            Some((group, rest)) => {
                let (version, plural) = rest.split_once('/').unwrap_or((rest, ""));
                Self {
                    plural: plural.into(),
                    qualifier: Qualifier::Exact { group: group.into(), version: version.into() },
                }
            }
            None => {
                let (plural, rest) = text.split_once('.').map_or((text, None), |(plural, rest)| (plural, Some(rest)));
                Self { plural: plural.into(), qualifier: Qualifier::Dotted(rest.map(Into::into)) }
            }
        };
        if name.readings().next().is_some() {
            return Ok(name);
        }
        // What is wrong with the last reading, which is the plain one where there are two.
        let (version, group) = match &name.qualifier {
            Qualifier::Dotted(rest) => (None, rest.as_deref().unwrap_or_default()),
            Qualifier::Exact { group, version } => (Some(&**version), &**group),
        };
        Err(Reading { plural: &name.plural, version, group }
            .check()
            .err()
            .unwrap_or(ConfigError::Empty { field: "resource" }))
    }
}

impl FromStr for Resource {
    type Err = ConfigError;

    /// Takes a [`ResourceName`] in the reading that is most likely meant, since there is no server here to ask.
    ///
    /// What stands between the first two dots is a version if it is written as Kubernetes writes versions (`v1`, `v2beta1`),
    /// and otherwise the beginning of the group: so `widgets.example.com` has no version. Where there is none, it is the one
    /// that Kubernetes prefers in its own groups: `pods`, `deployments.apps` and `leases.coordination.k8s.io` are `v1`,
    /// `horizontalpodautoscalers.autoscaling` is `v2`. Of other groups, only the server knows, and the version must be
    /// named: [`ConfigError::NoVersion`].
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        text.parse::<ResourceName>()?.resource()
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.qualifier {
            Qualifier::Dotted(None) => f.write_str(&self.plural),
            Qualifier::Dotted(Some(rest)) => write!(f, "{}.{rest}", self.plural),
            Qualifier::Exact { group, version } => write!(f, "{group}/{version}/{}", self.plural),
        }
    }
}

/// The version that Kubernetes 1.36 prefers of its own groups, of those that have resources to watch.
fn usual_version(group: &str) -> Option<&'static str> {
    Some(match group {
        "" => "v1",
        "autoscaling" => "v2",
        "admissionregistration.k8s.io"
        | "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "apps"
        | "batch"
        | "certificates.k8s.io"
        | "coordination.k8s.io"
        | "discovery.k8s.io"
        | "events.k8s.io"
        | "flowcontrol.apiserver.k8s.io"
        | "networking.k8s.io"
        | "node.k8s.io"
        | "policy"
        | "rbac.authorization.k8s.io"
        | "resource.k8s.io"
        | "scheduling.k8s.io"
        | "storage.k8s.io" => "v1",
        _ => return None,
    })
}
