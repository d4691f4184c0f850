//! The names of resources that people type.

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

use super::config_error::ConfigError;
use super::resource::{Resource, check_group, check_label, is_usual_version};

/// The name of a resource in kubectl's grammar: `RESOURCE`, `RESOURCE.GROUP` or `RESOURCE.VERSION.GROUP`.
///
/// A name with two or more dots has two readings: `widgets.example.com` is a resource of the group `example.com`, or
/// one of the group `com` in the version `example`. kubectl asks the server which of them exists
/// (`schema.ParseResourceArg` of apimachinery). [`readings`](Self::readings) is for programs that ask the server too,
/// or have a table. Other programs parse a [`Resource`], which decides by a rule.
///
/// A trailing dot means the core group with an explicit version: `pods.v1.`. In addition to kubectl's grammar,
/// `GROUP/VERSION/RESOURCE` is accepted and has one reading.
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
    /// The part after the first dot, if there is one.
    Dotted(Option<Box<str>>),
    Exact {
        group: Box<str>,
        version: Box<str>,
    },
}

/// One reading of a [`ResourceName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reading<'a> {
    /// `deployments`
    pub plural: &'a str,
    /// `v1`; `None` for the version that the server prefers.
    pub version: Option<&'a str>,
    /// `apps`; empty for the core group.
    pub group: &'a str,
}

impl ResourceName {
    /// Returns the possible readings in the order in which kubectl tries them: the reading with a version first. There
    /// is at least one.
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

    /// Returns the most likely reading, for a program without a server to ask.
    fn likely(&self) -> Option<Reading<'_>> {
        let is_exact = matches!(self.qualifier, Qualifier::Exact { .. });
        let is_likely = |reading: &Reading<'_>| {
            // With the core group there is only one reading.
            reading.version.is_none_or(|version| is_exact || reading.group.is_empty() || is_usual_version(version))
        };
        self.readings().find(is_likely)
    }

    /// Returns the most likely resource.
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

    /// Fails if no reading consists of names that Kubernetes allows.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let name = match text.split_once('/') {
            // The core group has no name.
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
        // Report the error of the last reading, which is the one without a version if there are two.
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

    /// Parses a [`ResourceName`] and takes its most likely reading, because there is no server to ask.
    ///
    /// The part between the first two dots is a version if it has the usual form (`v1`, `v2beta1`), otherwise the
    /// beginning of the group: so `widgets.example.com` has no version. Without a version, Kubernetes' own groups get
    /// the version that Kubernetes prefers: `pods`, `deployments.apps` and `leases.coordination.k8s.io` are `v1`,
    /// `horizontalpodautoscalers.autoscaling` is `v2`. For other groups, the version must be given:
    /// [`ConfigError::NoVersion`].
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

/// Returns the version that Kubernetes 1.36 prefers for one of its own groups. Groups without resources to watch are
/// left out.
pub(crate) fn usual_version(group: &str) -> Option<&'static str> {
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
