//! The labels or annotations of an object.

use core::fmt;
use core::iter::FusedIterator;

use super::places::{Place, Places};
use crate::wire::read::Cursor;

/// The labels or annotations of an object: an iterator over their keys and values. See
/// [`PartialObjectMetadata::labels`](super::PartialObjectMetadata::labels).
#[derive(Clone)]
pub struct Entries<'a> {
    /// Stands at the next key, or at the comma before it.
    cursor: Option<Cursor<'a>>,
    places: &'a Places,
}

impl<'a> Entries<'a> {
    pub(super) fn new(raw: &'a [u8], places: &'a Places, place: Place) -> Self {
        let cursor = Places::cursor(raw, place).and_then(|mut cursor| cursor.take(b'{').map(|()| cursor));
        Self { cursor, places }
    }

    /// Returns the value of a key. Entries that the iterator has returned already don't count. If the server wrote a
    /// key twice, the last value counts, as for other readers of JSON. The search compares all keys, because some
    /// resources have unsorted keys.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.clone().filter(|(found, _)| *found == key).last().map(|(_, value)| value)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let cursor = self.cursor.as_mut()?;
        cursor.next_item(b'}')?;
        let key = self.places.take(cursor)?;
        cursor.take(b':')?;
        Some((key, self.places.take(cursor)?))
    }
}

impl FusedIterator for Entries<'_> {}

impl fmt::Debug for Entries<'_> {
    /// Shows the keys, not the values, because the annotations of a Secret may hold its values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.clone().map(|(key, _)| key)).finish()
    }
}
