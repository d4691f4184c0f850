//! One write, and what shows it.

use alloc::boxed::Box;

use crate::io::time::Instant;
use crate::predicate::predicates::deletion_timestamp;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// The object of a write, as the reply names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written<'a> {
    /// The namespace; `None` if the resource is cluster-scoped.
    pub namespace: Option<&'a str>,
    /// The name.
    pub name: &'a str,
    /// The uid, if it is known. It distinguishes the object from others of the same name.
    pub uid: Option<&'a str>,
}

impl<'a> Written<'a> {
    /// Creates a reference to an object whose uid isn't known.
    pub const fn new(namespace: Option<&'a str>, name: &'a str) -> Self {
        Self { namespace, name, uid: None }
    }

    /// Sets the uid.
    #[must_use]
    pub const fn with_uid(mut self, uid: Option<&'a str>) -> Self {
        self.uid = uid;
        self
    }
}

/// A write that the watch hasn't shown yet.
#[derive(Clone, Debug)]
pub(super) struct Write {
    uid: Option<Box<str>>,
    what: What,
    /// From this time on, the write counts as visible.
    until: Instant,
}

#[derive(Clone, Debug)]
enum What {
    /// The object got this version.
    Version(ResourceVersion),
    /// The object was deleted. `is_listed` is whether the list that is arriving still has it. `after` is the version of
    /// the last write before the deletion. A list from before that version may not have the object yet.
    Deletion { stage: Stage, after: Option<ResourceVersion>, is_listed: bool },
}

/// How far a deletion has gone, as far as its reply shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The object has a `deletionTimestamp`, or doesn't exist.
    Begun,
    /// The object doesn't exist.
    Over,
}

impl Write {
    pub(super) fn of_version(uid: Option<&str>, version: &ResourceVersion, until: Instant) -> Self {
        Self { uid: uid.map(Box::from), what: What::Version(version.clone()), until }
    }

    pub(super) fn of_deletion(uid: Option<&str>, stage: Stage, until: Instant) -> Self {
        Self { uid: uid.map(Box::from), what: What::Deletion { stage, after: None, is_listed: false }, until }
    }

    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    /// Returns whether this write happened before another one to the same name, although it was recorded later. After
    /// the deletion of an object, only another object can have its name.
    pub(super) fn is_older_than(&self, known: &Self) -> bool {
        match (&self.what, &known.what) {
            (What::Version(version), What::Version(later)) => version.is_before(later),
            (What::Version(_), What::Deletion { .. })
            | (What::Deletion { stage: Stage::Begun, .. }, What::Deletion { stage: Stage::Over, .. }) => {
                known.has_uid(self.uid.as_deref()) == Some(true)
            }
            (What::Deletion { .. }, _) => false,
        }
    }

    /// Takes over the version of the earlier write, which wasn't shown, if this write deletes the same object.
    pub(super) fn follow(&mut self, known: &Self) {
        let is_other = self.has_uid(known.uid.as_deref()) == Some(false);
        if let (What::Deletion { after, .. }, What::Version(version), false) = (&mut self.what, &known.what, is_other) {
            *after = Some(version.clone());
        }
    }

    /// Notes that a list begins.
    pub(super) const fn list_begins(&mut self) {
        if let What::Deletion { is_listed, .. } = &mut self.what {
            *is_listed = false;
        }
    }

    /// Notes that the list that is arriving has the object.
    pub(super) fn is_listed(&mut self, object: &Object) {
        let is_shown = self.is_shown_by(object);
        if let (What::Deletion { is_listed, .. }, false) = (&mut self.what, is_shown) {
            *is_listed = true;
        }
    }

    /// Returns whether the state of the object shows the write. Versions that can't be compared count as equal.
    pub(super) fn is_shown_by(&self, object: &Object) -> bool {
        match &self.what {
            What::Version(version) => !object.resource_version().is_before(version),
            What::Deletion { stage, .. } => {
                self.has_uid(object.uid()) == Some(false)
                    || (*stage == Stage::Begun && deletion_timestamp(object).is_some())
            }
        }
    }

    /// Returns whether the deletion of the object shows the write. Some servers send the version that the object had
    /// before, so the deletion of the written object counts with any version.
    pub(super) fn is_shown_by_deletion(&self, object: &Object) -> bool {
        let is_same = self.has_uid(object.uid());
        match &self.what {
            What::Version(version) => is_same == Some(true) || !object.resource_version().is_before(version),
            What::Deletion { .. } => is_same != Some(false),
        }
    }

    /// Returns whether a watch that has reached this version has shown the write.
    pub(super) fn is_reached_by(&self, reached: &ResourceVersion) -> bool {
        matches!(&self.what, What::Version(version) if !reached.is_before(version))
    }

    /// Returns whether a complete list of this version shows the write.
    pub(super) fn is_shown_by_list(&self, of: &ResourceVersion) -> bool {
        match &self.what {
            What::Version(_) => self.is_reached_by(of),
            What::Deletion { is_listed: true, .. } => false,
            What::Deletion { after, .. } => after.as_ref().is_none_or(|after| !of.is_before(after)),
        }
    }

    /// Returns whether the object has this uid; `None` if one of the two isn't known.
    fn has_uid(&self, uid: Option<&str>) -> Option<bool> {
        Some(self.uid.as_deref()? == uid?)
    }
}
