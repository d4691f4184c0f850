//! Where the objects and arrays of the first levels begin and end.

/// The most objects and arrays that are remembered in each of two lists: on the levels outside of the metadata, and on
/// the level of its members. An object of Kubernetes has 3 and 5 of them. If one isn't remembered, a reader searches
/// for its end.
const MOST: usize = 8;

/// The mark of a bracket that isn't remembered.
const NONE: u8 = u8::MAX;

/// The end of an object or array that ends beyond the positions that are remembered.
const UNKNOWN: u32 = 0;

/// The positions of objects and arrays in a value, so that a reader can jump over them.
///
/// The number of positions is bounded, because the depth and length of a server's documents aren't. A position beyond
/// 4 GiB isn't remembered.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    /// The deepest level that is remembered; at least 2. The value itself is level 1.
    deepest: u8,
    /// The positions on level 2 up to the level before `deepest`.
    outer: List,
    /// The positions on level `deepest`.
    inner: List,
    /// For each level, the index of the object or array that is open.
    open: [u8; 3],
}

#[derive(Clone, Debug)]
struct List {
    len: u8,
    spans: [(u32, u32); MOST],
}

impl Spans {
    pub(super) const fn new(deepest: u8) -> Self {
        const EMPTY: List = List { len: 0, spans: [(0, 0); MOST] };
        Self { deepest, outer: EMPTY, inner: EMPTY, open: [NONE; 3] }
    }

    pub(super) const fn clear(&mut self) {
        self.outer.len = 0;
        self.inner.len = 0;
    }

    /// The deepest level that is remembered.
    #[inline]
    pub(super) const fn deepest(&self) -> usize {
        self.deepest as usize
    }

    /// Remembers where an object or array of this level begins.
    pub(super) fn open(&mut self, level: usize, at: usize) {
        if level < 2 || level > self.deepest() {
            return;
        }
        let list = self.list(level);
        let index = list.len;
        let open = match (list.spans.get_mut(usize::from(index)), u32::try_from(at)) {
            (Some(span), Ok(at)) => {
                *span = (at, UNKNOWN);
                list.len += 1;
                index
            }
            _ => NONE,
        };
        if let Some(last) = self.open.get_mut(level - 2) {
            *last = open;
        }
    }

    /// Remembers where the open object or array of this level ends.
    pub(super) fn close(&mut self, level: usize, end: usize) {
        if level < 2 || level > self.deepest() {
            return;
        }
        let index = self.open.get(level - 2).copied().unwrap_or(NONE);
        if let Some((_, to)) = self.list(level).spans.get_mut(usize::from(index)) {
            *to = u32::try_from(end).unwrap_or(UNKNOWN);
        }
    }

    const fn list(&mut self, level: usize) -> &mut List {
        if level < self.deepest as usize { &mut self.outer } else { &mut self.inner }
    }

    /// Returns the end of the object or array that begins here, if it is remembered.
    pub(crate) fn end_of(&self, start: usize) -> Option<usize> {
        let found = |list: &List| {
            let spans = list.spans.get(..usize::from(list.len))?;
            spans.iter().find(|(from, _)| *from as usize == start).map(|(_, to)| *to)
        };
        let end = found(&self.outer).or_else(|| found(&self.inner))?;
        (end != UNKNOWN).then_some(end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;

    /// A document of this size is too large for a test from outside.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn positions_beyond_4_gib_are_not_remembered() {
        let most = u32::MAX as usize;
        let mut spans = Spans::new(3);
        // Cut off to 32 bits, this is 5.
        spans.open(2, most + 6);
        spans.close(2, most + 8);
        assert_eq!(spans.end_of(5), None);
        for (start, end, remembered) in [(5, most, Some(most)), (7, most + 1, None), (most, most + 9, None)] {
            spans.open(2, start);
            spans.close(2, end);
            assert_eq!(spans.end_of(start), remembered, "{start}");
        }
    }
}
