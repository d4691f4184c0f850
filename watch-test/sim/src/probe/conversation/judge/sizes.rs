//! The sizes of the objects in a body, counted without the parsers that read them.

/// What a body consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Body {
    /// One document after the other.
    #[default]
    Documents,
    /// The document of a list: its metadata and its items count.
    List,
}

/// Follows the bytes of a body. The sizes are unknown if the body isn't JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct Sizes {
    body: Body,
    brackets: Vec<u8>,
    in_text: bool,
    is_escaped: bool,
    /// The object that is arriving: its size so far, and the level on which it is.
    object: Option<(usize, usize)>,
    /// The size of the first object, the size of the largest, and the most levels of nesting in one.
    first: Option<usize>,
    largest: usize,
    deepest: usize,
}

impl Sizes {
    pub(super) fn of(body: Body) -> Self {
        Self { body, ..Self::default() }
    }

    /// Returns the size of the first object, if it is complete.
    pub(super) const fn first(&self) -> Option<usize> {
        self.first
    }

    /// Returns the size of the largest object. An incomplete object counts too.
    pub(super) const fn largest(&self) -> usize {
        self.largest
    }

    /// Returns the most levels of nesting in an object.
    pub(super) const fn deepest(&self) -> usize {
        self.deepest
    }

    pub(super) fn follow(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.next(*byte));
    }

    fn next(&mut self, byte: u8) {
        let is_syntax = !self.in_text;
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' if self.in_text => self.is_escaped = true,
            b'"' => self.in_text = !self.in_text,
            b'{' if is_syntax && self.object.is_none() && self.begins() => self.object = Some((0, self.brackets.len())),
            _ => {}
        }
        if is_syntax && matches!(byte, b'{' | b'[') {
            self.brackets.push(byte);
        }
        if let Some((size, level)) = &mut self.object {
            *size += 1;
            self.largest = self.largest.max(*size);
            self.deepest = self.deepest.max(self.brackets.len() - *level);
        }
        if is_syntax && matches!(byte, b'}' | b']') {
            self.brackets.pop();
            if let Some((size, _)) = self.object.take_if(|(_, level)| *level >= self.brackets.len()) {
                self.first.get_or_insert(size);
            }
        }
    }

    /// Whether an object that counts begins here.
    fn begins(&self) -> bool {
        match self.body {
            Body::Documents => self.brackets.is_empty(),
            Body::List => matches!(&*self.brackets, b"{" | b"{["),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Sizes};

    #[test]
    fn objects_are_measured_in_any_pieces() {
        let (list, stream) = (br#"{"metadata":{"a":"}"},"items":[{"b":[[1]]},{}]}"#, b"{\"a\":[]}\n{\"b\\\"{\":{}}");
        for piece in [1, 3, 100] {
            let measured = |body, bytes: &[u8]| {
                let mut sizes = Sizes::of(body);
                bytes.chunks(piece).for_each(|piece| sizes.follow(piece));
                (sizes.first(), sizes.largest(), sizes.deepest())
            };
            assert_eq!(measured(Body::List, list), (Some(9), 11, 3));
            assert_eq!(measured(Body::Documents, stream), (Some(8), 11, 2));
            // An incomplete object counts with the bytes that arrived.
            assert_eq!(measured(Body::Documents, &stream[..5]), (None, 5, 1));
        }
    }
}
