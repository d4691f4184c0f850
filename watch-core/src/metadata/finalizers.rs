//! The finalizers of an object.

use core::fmt;
use core::iter::FusedIterator;

use super::places::{Place, Places};
use crate::wire::read::Cursor;

/// The finalizers of an object: see [`PartialObjectMetadata::finalizers`](super::PartialObjectMetadata::finalizers).
#[derive(Clone)]
pub struct Finalizers<'a> {
    /// Stands at the next text, or at the comma before it.
    cursor: Option<Cursor<'a>>,
    places: &'a Places,
}

impl<'a> Finalizers<'a> {
    pub(super) fn new(raw: &'a [u8], places: &'a Places, place: Place) -> Self {
        let cursor = Places::cursor(raw, place).and_then(|mut cursor| cursor.take(b'[').map(|()| cursor));
        Self { cursor, places }
    }
}

impl<'a> Iterator for Finalizers<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let cursor = self.cursor.as_mut()?;
        cursor.next_item(b']')?;
        self.places.take(cursor)
    }
}

impl FusedIterator for Finalizers<'_> {}

impl fmt::Debug for Finalizers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
