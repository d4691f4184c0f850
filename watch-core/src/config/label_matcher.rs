//! Label selectors that are matched here, not by the server.

use alloc::boxed::Box;
use core::str::FromStr;

use super::config_error::ConfigError;
use super::label_parser::Parser;
use crate::object_metadata::ObjectMetadata;

/// A parsed label selector. It matches objects without the server.
///
/// The syntax and the meaning are those of Kubernetes (`labels.Parse` of apimachinery): `app=web`, `app!=web`,
/// `tier in (a,b)`, `tier notin (a,b)`, `app`, `!app`, `size>3`, `size<3`, joined by commas. An empty text matches
/// everything. `!=`, `notin` and `!` also match objects without the label.
///
/// ```
/// # use watch_core::{LabelMatcher, LabelSelector, Object};
/// let matcher: LabelMatcher = "app=web,tier in (front, back),!canary".parse()?;
/// assert!(matcher.matches([("app", "web"), ("tier", "front")]));
/// assert!(!matcher.matches([("app", "web"), ("tier", "front"), ("canary", "")]));
///
/// let object = Object::parse(r#"{"metadata":{"name":"a","resourceVersion":"5","labels":{"app":"web"}}}"#.into())?;
/// assert!(LabelSelector::new().equal("app", "web").matcher()?.matches_object(&object));
///
/// let error = "app=web,tier in front".parse::<LabelMatcher>().unwrap_err();
/// assert_eq!(error.to_string(), "the labelSelector is invalid at byte 16: expected `(`, found 'f'");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "Selector")]
pub struct LabelMatcher {
    requirements: Box<[Requirement]>,
}

/// What one label must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) key: Box<str>,
    pub(super) operator: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    In(Box<[Box<str>]>),
    NotIn(Box<[Box<str>]>),
    Exists,
    DoesNotExist,
    GreaterThan(i64),
    LessThan(i64),
}

impl LabelMatcher {
    /// Returns whether the selector matches an object with these labels, each with its key and its value. The keys must
    /// differ. Allocates nothing.
    pub fn matches<'a>(&self, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        let mut matching = Matching::new(self);
        labels.into_iter().for_each(|(key, value)| matching.visit(key, value));
        matching.is_match()
    }

    /// Returns whether the selector matches the object.
    pub fn matches_object(&self, object: &impl ObjectMetadata) -> bool {
        let mut matching = Matching::new(self);
        object.for_each_label(&mut |key, value| matching.visit(key, value));
        matching.is_match()
    }
}

impl FromStr for LabelMatcher {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Ok(Self { requirements: Parser::new(text).requirements()?.into() })
    }
}

/// The labels of one object, visited in any order.
struct Matching<'a> {
    requirements: &'a [Requirement],
    /// The number of met requirements that need a label. A key is visited once, so each requirement counts once.
    met: usize,
    is_excluded: bool,
}

impl<'a> Matching<'a> {
    const fn new(matcher: &'a LabelMatcher) -> Self {
        Self { requirements: &matcher.requirements, met: 0, is_excluded: false }
    }

    fn visit(&mut self, key: &str, value: &str) {
        for requirement in self.requirements.iter().filter(|requirement| *requirement.key == *key) {
            if requirement.operator.matches(value) {
                self.met += usize::from(requirement.operator.needs_label());
            } else {
                self.is_excluded = true;
            }
        }
    }

    fn is_match(&self) -> bool {
        let needed = self.requirements.iter().filter(|requirement| requirement.operator.needs_label()).count();
        !self.is_excluded && self.met == needed
    }
}

impl Operator {
    /// Returns whether an object without the label doesn't match.
    const fn needs_label(&self) -> bool {
        !matches!(self, Self::NotIn(_) | Self::DoesNotExist)
    }

    fn matches(&self, value: &str) -> bool {
        let number = || value.parse::<i64>().ok();
        match self {
            Self::In(values) => values.iter().any(|one| **one == *value),
            Self::NotIn(values) => values.iter().all(|one| **one != *value),
            Self::Exists => true,
            Self::DoesNotExist => false,
            Self::GreaterThan(limit) => number().is_some_and(|number| number > *limit),
            Self::LessThan(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}
