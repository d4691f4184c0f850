//! The resource to watch.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use super::config_error::ConfigError;

/// A resource of the API: group, version, plural.
///
/// ```
/// # use watch_core::Resource;
/// let pods = Resource::core("v1", "pods");
/// let deployments = Resource::new("apps", "v1", "deployments");
/// // As for kubectl: RESOURCE, RESOURCE.GROUP or RESOURCE.VERSION.GROUP.
/// assert_eq!(deployments, "deployments.apps".parse()?);
/// let widgets: Resource = "widgets.v1.example.com".parse()?;
/// assert_eq!(widgets.to_string(), "widgets.v1.example.com");
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    group: Box<str>,
    version: Box<str>,
    plural: Box<str>,
}

impl Resource {
    /// Creates a resource of a named group, built in or custom.
    pub fn new(group: &str, version: &str, plural: &str) -> Self {
        Self { group: group.into(), version: version.into(), plural: plural.into() }
    }

    /// Creates a resource of the core group (`/api/v1`).
    pub fn core(version: &str, plural: &str) -> Self {
        Self::new("", version, plural)
    }

    /// Returns the group; empty for the core group.
    pub const fn group(&self) -> &str {
        &self.group
    }

    /// Returns the version of the API: `v1`.
    pub const fn version(&self) -> &str {
        &self.version
    }

    /// Returns the plural, which is the name in paths: `pods`.
    pub const fn plural(&self) -> &str {
        &self.plural
    }

    /// Returns group and version: `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.as_ref().into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Returns the path of the collection, in one namespace or in all.
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

    /// Returns the name without the version: `pods`, `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.as_ref().into() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Checks that each part is a valid path segment.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        check_group(&self.group)?;
        check_label("version", &self.version)?;
        check_label("plural", &self.plural)
    }
}

/// Checks that a name has only characters that Kubernetes allows in groups and namespaces (DNS-1123), so that it can't
/// change the meaning of a path.
pub(super) fn check_segment(field: &'static str, value: &str) -> Result<(), ConfigError> {
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

/// Checks a version or plural: a label without dots (RFC 1035).
pub(super) fn check_label(field: &'static str, value: &str) -> Result<(), ConfigError> {
    check_segment(field, value)?;
    match value.find('.') {
        Some(offset) => Err(ConfigError::InvalidCharacter { field, found: '.', offset }),
        None => Ok(()),
    }
}

/// Checks a group: labels joined by dots; empty for the core group.
pub(super) fn check_group(group: &str) -> Result<(), ConfigError> {
    if group.is_empty() {
        return Ok(());
    }
    check_segment("group", group)?;
    let mut offset = 0;
    for label in group.split('.') {
        if !label.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            // Report the character with which the label begins. If the label is empty, report the surplus dot.
            let at = offset.min(group.len() - 1);
            let found = group.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('.');
            return Err(ConfigError::InvalidCharacter { field: "group", found, offset: at });
        }
        offset += label.len() + 1;
    }
    Ok(())
}

impl fmt::Display for Resource {
    /// Formats as `pods` or `deployments.v1.apps`. Parsing the result returns the same resource. A version in an
    /// unusual form can't be distinguished from the beginning of a group; then the format is
    /// `example.com/stable/widgets`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, version, plural } = self;
        match (group.is_empty(), version.as_ref()) {
            (true, "v1") => f.write_str(plural),
            (true, _) => write!(f, "{plural}.{version}."),
            (false, version) if is_usual_version(version) => write!(f, "{plural}.{version}.{group}"),
            (false, _) => write!(f, "{group}/{version}/{plural}"),
        }
    }
}

/// Returns whether the version has the usual form: `v1`, `v2beta1` (`kubeVersionRegex` of apimachinery). The versions
/// of custom resources may be any label, but rarely are.
pub(super) fn is_usual_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.strip_prefix('v').is_some_and(|rest| {
        is_number(rest)
            || ["alpha", "beta"]
                .iter()
                .any(|stage| rest.split_once(stage).is_some_and(|(major, minor)| is_number(major) && is_number(minor)))
    })
}
