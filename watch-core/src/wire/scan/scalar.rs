//! Numbers, `true`, `false` and `null`, checked a byte at a time (RFC 8259, sections 3 and 6).

/// How far a number or word was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Nothing yet.
    Start,
    /// After the sign of a number.
    Minus,
    /// `0`, with which a number may begin only alone.
    Zero,
    Integer,
    Point,
    Fraction,
    /// After `e`.
    Exponent,
    /// After the sign of an exponent.
    Sign,
    Power,
    /// In a word, before these letters.
    Word(&'static [u8]),
    /// No number and no word.
    Wrong,
}

impl Scalar {
    /// Returns whether it may end here.
    pub(super) const fn is_complete(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::Power | Self::Word(b""))
    }

    pub(super) const fn next(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Start, b'-') => Self::Minus,
            (Self::Start | Self::Minus, b'0') => Self::Zero,
            (Self::Start | Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Start, b't') => Self::Word(b"rue"),
            (Self::Start, b'f') => Self::Word(b"alse"),
            (Self::Start, b'n') => Self::Word(b"ull"),
            (Self::Word([expected, rest @ ..]), _) if *expected == byte => Self::Word(rest),
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => Self::Wrong,
        }
    }
}
