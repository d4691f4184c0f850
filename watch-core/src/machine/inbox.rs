//! The facts of an exchange that weren't processed yet.

use alloc::collections::VecDeque;

use super::exchange::Fact;

/// Facts in the order in which they came. A driver that polls after each input has one at a time, which needs no
/// allocation.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    first: Option<Fact>,
    /// Empty if there is no first.
    rest: VecDeque<Fact>,
}

/// Room for this many facts is kept while there are none.
const KEPT: usize = 16;

impl Inbox {
    pub(super) const fn new() -> Self {
        Self { first: None, rest: VecDeque::new() }
    }

    pub(super) fn push(&mut self, fact: Fact) {
        if self.first.is_none() {
            self.first = Some(fact);
        } else {
            self.rest.push_back(fact);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Fact> {
        let fact = self.first.take()?;
        self.first = self.rest.pop_front();
        if self.first.is_none() && self.rest.capacity() > KEPT {
            self.rest = VecDeque::new();
        }
        Some(fact)
    }
}
