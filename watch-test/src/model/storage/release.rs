//! Releases of Kubernetes.

use core::fmt;
use core::str::FromStr;

/// A release of Kubernetes, whose answers the server gives. Each was compared with a kube-apiserver of that release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Release {
    /// Kubernetes 1.36.
    #[default]
    V1_36,
    /// Kubernetes 1.37. HorizontalPodAutoscalers have a generation, CSINodes have a `/status`, owners are validated
    /// with other texts, and an error of a field is reported once.
    V1_37,
}

impl Release {
    /// All releases, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1_36, Self::V1_37];

    /// Returns the minor version: 36 of 1.36.
    #[must_use]
    pub const fn minor(self) -> u32 {
        match self {
            Self::V1_36 => 36,
            Self::V1_37 => 37,
        }
    }
}

impl fmt::Display for Release {
    /// Writes the release as Kubernetes names it: `1.36`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor())
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    /// Reads a release: `1.36`, `v1.36` or `v1.36.3`.
    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let minor = (parts.next() == Some("1")).then(|| parts.next()?.parse().ok()).flatten();
        Self::ALL.into_iter().find(|release| Some(release.minor()) == minor).ok_or_else(|| UnknownRelease(text.into()))
    }
}

/// The text names no release that the server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRelease(Box<str>);

impl fmt::Display for UnknownRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Release::ALL.map(|release| release.to_string()).join(" and ");
        write!(f, "{:?} is no release of Kubernetes that the server answers as; it knows {known}", self.0)
    }
}

impl core::error::Error for UnknownRelease {}

#[cfg(test)]
mod tests {
    use super::Release;

    #[test]
    fn a_release_is_read_with_and_without_a_patch_version() {
        for release in Release::ALL {
            for text in
                [format!("{release}"), format!("v{release}"), format!("v{release}.2"), format!("v{release}.0+x")]
            {
                assert_eq!(text.parse(), Ok(release), "{text}");
            }
        }
        for text in ["", "1", "36", "2.36", "1.35", "1.360", "v", "vv1.36", "1.-36"] {
            let error = text.parse::<Release>().expect_err(text).to_string();
            assert!(error.contains(&format!("{text:?}")) && error.ends_with("it knows 1.36 and 1.37"), "{error}");
        }
    }
}
