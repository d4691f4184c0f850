//! The deleted objects, to distinguish an owner that is gone from one that never existed.

use std::collections::{BTreeSet, VecDeque};

/// The number of objects that are kept.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Gone {
    uids: BTreeSet<Box<str>>,
    /// The same, oldest first.
    order: VecDeque<Box<str>>,
}

impl Gone {
    pub(crate) fn insert(&mut self, uid: &str) {
        if self.uids.insert(uid.into()) {
            self.order.push_back(uid.into());
        }
        while self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.uids.remove(&oldest);
        }
    }

    pub(crate) fn contains(&self, uid: &str) -> bool {
        self.uids.contains(uid)
    }
}
