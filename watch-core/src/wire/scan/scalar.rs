//! Numbers, `true`, `false` and `null`, checked a byte at a time (RFC 8259, sections 3 and 6).

/// How far a number or word was read: a row of [`NEXT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar(u8);

/// Nothing was read yet.
const START: u8 = 0;
/// The sign of a number.
const MINUS: u8 = 1;
/// `0`, after which a number has no other digit before its point.
const ZERO: u8 = 2;
const INTEGER: u8 = 3;
const POINT: u8 = 4;
const FRACTION: u8 = 5;
/// `e`, after a number.
const EXPONENT: u8 = 6;
/// The sign of an exponent.
const SIGN: u8 = 7;
const POWER: u8 = 8;
/// The first letter of each word. Each further letter is the next row.
const TRUE: u8 = 9;
const FALSE: u8 = TRUE + 4;
const NULL: u8 = FALSE + 5;
const WRONG: u8 = NULL + 4;
const STATES: usize = WRONG as usize + 1;

/// The state after a byte. No word or number has bytes beyond ASCII.
#[expect(clippy::indexing_slicing, reason = "the indices are those of the loops, at compile time")]
static NEXT: [[u8; 128]; STATES] = {
    let mut table = [[WRONG; 128]; STATES];
    let mut state = 0;
    while state < STATES {
        let mut byte = 0;
        while byte < 128 {
            table[state][byte] = next(state as u8, byte as u8);
            byte += 1;
        }
        state += 1;
    }
    table
};

const fn next(state: u8, byte: u8) -> u8 {
    match (state, byte) {
        (START, b'-') => MINUS,
        (START | MINUS, b'0') => ZERO,
        (START | MINUS, b'1'..=b'9') | (INTEGER, b'0'..=b'9') => INTEGER,
        (ZERO | INTEGER, b'.') => POINT,
        (POINT | FRACTION, b'0'..=b'9') => FRACTION,
        (ZERO | INTEGER | FRACTION, b'e' | b'E') => EXPONENT,
        (EXPONENT, b'+' | b'-') => SIGN,
        (EXPONENT | SIGN | POWER, b'0'..=b'9') => POWER,
        (START, b't') => TRUE,
        (START, b'f') => FALSE,
        (START, b'n') => NULL,
        (TRUE..WRONG, _) => match word(state, b"true", TRUE, byte) {
            WRONG => match word(state, b"false", FALSE, byte) {
                WRONG => word(state, b"null", NULL, byte),
                state => state,
            },
            state => state,
        },
        _ => WRONG,
    }
}

/// Returns the state after one more letter of this word, if it is the next one.
#[expect(clippy::indexing_slicing, reason = "checked before, and run at compile time")]
const fn word(state: u8, letters: &[u8], first: u8, byte: u8) -> u8 {
    if state < first || state as usize + 1 >= first as usize + letters.len() {
        return WRONG;
    }
    if letters[(state - first) as usize + 1] == byte { state + 1 } else { WRONG }
}

impl Scalar {
    /// Nothing was read yet.
    pub(super) const START: Self = Self(START);
    /// There is no number or word, so nothing has to be completed.
    pub(super) const NONE: Self = Self(ZERO);

    /// Returns whether it may end here.
    pub(super) const fn is_complete(self) -> bool {
        matches!(self.0, ZERO | INTEGER | FRACTION | POWER)
            || self.0 == FALSE - 1
            || self.0 == NULL - 1
            || self.0 == WRONG - 1
    }

    #[inline]
    pub(super) fn next(self, byte: u8) -> Self {
        let row = NEXT.get(usize::from(self.0));
        Self(row.and_then(|row| row.get(usize::from(byte))).copied().unwrap_or(WRONG))
    }
}
