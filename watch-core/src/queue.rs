//! A queue that rarely holds more than one value.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

/// Values in the order in which they came. One value at a time needs no allocation, and the queue is small: each open
/// watch holds two of them.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    first: Option<T>,
    /// Empty if there is no first.
    #[expect(clippy::box_collection, reason = "most queues never have it, and it would be four times as large")]
    rest: Option<Box<VecDeque<T>>>,
}

/// Room for this many values is kept while there are none.
const KEPT: usize = 16;

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self { first: None, rest: None }
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.rest.get_or_insert_default().push_back(value);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let value = self.first.take()?;
        if let Some(rest) = &mut self.rest {
            self.first = rest.pop_front();
            if self.first.is_none() && rest.capacity() > KEPT {
                self.rest = None;
            }
        }
        Some(value)
    }

    pub(crate) const fn first(&self) -> Option<&T> {
        self.first.as_ref()
    }

    pub(crate) const fn first_mut(&mut self) -> Option<&mut T> {
        self.first.as_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.rest.iter().flat_map(|rest| rest.iter()))
    }
}
