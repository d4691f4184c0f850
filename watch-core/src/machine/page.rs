//! A page of a list.

use alloc::boxed::Box;

use crate::io::trouble::During;
use crate::wire::version::ResourceVersion;

/// Which page of a list is requested, and what the pages before it returned.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) number: u32,
    pub(super) of: Listed,
    /// The continue token of this page, and the version of all pages; `None` on the first.
    pub(super) before: Option<Before>,
    /// `InitialBegin` was emitted.
    pub(super) begun: bool,
    /// The number of consecutive pages without an item.
    pub(super) empty: u32,
    /// The number of objects so far, on all pages.
    pub(super) objects: u64,
}

/// The purpose of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// The objects.
    Objects,
    /// The present version, to start from.
    Version,
    /// The present version, for the version check.
    VersionCheck,
}

#[derive(Clone, Debug)]
pub(super) struct Before {
    continue_token: Box<str>,
    pub(super) version: ResourceVersion,
    /// One of the earlier tokens, to detect a cycle (Brent's algorithm: it is replaced on the pages 1, 2, 4, 8 …).
    landmark: Box<str>,
}

impl Before {
    /// Returns whether this token is known to be that of an earlier page. The token of the page itself always is, so no
    /// page is read twice in a row.
    pub(super) fn has_had(&self, token: &str) -> bool {
        *token == *self.continue_token || *token == *self.landmark
    }

    fn next(before: Option<Self>, page: u32, continue_token: Box<str>, version: ResourceVersion) -> Self {
        let landmark = match before {
            Some(before) if !page.is_power_of_two() => before.landmark,
            _ => continue_token.clone(),
        };
        Self { continue_token, version, landmark }
    }
}

impl Page {
    pub(super) const fn first(of: Listed) -> Self {
        Self { number: 1, of, before: None, begun: false, empty: 0, objects: 0 }
    }

    /// Returns the next page. `continue_token` is the token that this page had for it.
    pub(super) fn next(self, continue_token: Box<str>, version: ResourceVersion, has_items: bool) -> Self {
        let Self { number, of, before, begun, empty, objects } = self;
        Self {
            number: number.saturating_add(1),
            of,
            before: Some(Before::next(before, number, continue_token, version)),
            begun,
            empty: if has_items { 0 } else { empty + 1 },
            objects,
        }
    }

    pub(super) fn continue_token(&self) -> Option<&str> {
        self.before.as_ref().map(|before| before.continue_token.as_ref())
    }

    pub(super) fn wants_version_only(&self) -> bool {
        self.of != Listed::Objects
    }

    pub(super) const fn during(&self) -> During {
        match self.of {
            Listed::Objects | Listed::Version => During::List { page: self.number },
            Listed::VersionCheck => During::VersionCheck,
        }
    }
}
