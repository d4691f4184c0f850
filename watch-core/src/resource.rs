//! Which resource is watched.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::config::ConfigError;

/// A resource of the API: group, version, plural.
///
/// ```
/// # use watch_core::Resource;
/// let pods = Resource::core("v1", "pods");
/// let deployments = Resource::new("apps", "v1", "deployments");
/// let widgets: Resource = "widgets.v1.example.com".parse()?; // as for kubectl: RESOURCE[.VERSION[.GROUP]]
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    group: Box<str>,
    version: Box<str>,
    plural: Box<str>,
}

impl Resource {
    /// A resource of a named group, built in or custom.
    pub fn new(group: &str, version: &str, plural: &str) -> Self {
        Self { group: group.into(), version: version.into(), plural: plural.into() }
    }

    /// A resource of the core group (`/api/v1`).
    pub fn core(version: &str, plural: &str) -> Self {
        Self::new("", version, plural)
    }

    /// The group; empty for the core group.
    pub const fn group(&self) -> &str {
        &self.group
    }

    /// The version of the API: `v1`.
    pub const fn version(&self) -> &str {
        &self.version
    }

    /// The name in paths: `pods`.
    pub const fn plural(&self) -> &str {
        &self.plural
    }

    /// `v1`, `apps/v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.as_ref().into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The path of the collection, in one namespace or in all of them.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if let Some(namespace) = namespace {
            path.push_str("/namespaces/");
            path.push_str(namespace);
        }
        path.push('/');
        path.push_str(&self.plural);
        path
    }

    /// All parts must be able to stand in a path as they are.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if !self.group.is_empty() {
            check_segment("group", &self.group)?;
        }
        check_segment("version", &self.version)?;
        check_segment("plural", &self.plural)
    }
}

/// Whether a name is made of what Kubernetes allows in groups, versions, plurals and namespaces (DNS-1123, RFC 1035),
/// so that it can't change the meaning of a path.
pub(crate) fn check_segment(field: &'static str, value: &str) -> Result<(), ConfigError> {
    let is_wrong = |(_, c): &(usize, char)| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
    match value.char_indices().find(is_wrong) {
        Some((offset, found)) => Err(ConfigError::InvalidCharacter { field, found, offset }),
        None if value.is_empty() => Err(ConfigError::Empty { field }),
        None if !value.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            Err(ConfigError::InvalidCharacter { field, found: value.chars().next().unwrap_or_default(), offset: 0 })
        }
        None => Ok(()),
    }
}

impl FromStr for Resource {
    type Err = ConfigError;

    /// `RESOURCE[.VERSION[.GROUP]]`, as kubectl takes it; without a version it is `v1` of the core group.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut parts = text.splitn(3, '.');
        let plural = parts.next().unwrap_or_default();
        let version = parts.next().unwrap_or("v1");
        let group = parts.next().unwrap_or_default();
        let resource = Self::new(group, version, plural);
        resource.check()?;
        Ok(resource)
    }
}

impl fmt::Display for Resource {
    /// `pods`, `deployments.apps`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plural)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        Ok(())
    }
}
