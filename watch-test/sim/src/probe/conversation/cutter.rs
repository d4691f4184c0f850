//! Cuts bodies into pieces, and spreads the pieces over time.

use bytes::Bytes;
use watch_test::check::Rng;

use super::answer::{Answer, Fact, Pause};

/// How a connection of the random server delivers a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cutter {
    /// The length of the longest piece; 0: the body is one piece.
    longest: u64,
    /// One in this many pieces comes after a pause; 0: there are no pauses.
    pauses: u64,
    /// One in this many heads comes after a pause.
    slow_heads: u64,
}

/// The length of the longest body that is cut into single bytes. Longer bodies would take too long.
const LONG: usize = 600;

impl Cutter {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        Self {
            longest: rng.pick(&[0, 0, 0, 1, 2, 40, 200]),
            pauses: rng.pick(&[0, 0, 2, 5]),
            slow_heads: rng.pick(&[3, 10, 1000]),
        }
    }

    /// The pause before the head of a response.
    pub(super) fn before_head(self, rng: &mut Rng) -> Pause {
        if rng.one_in(self.slow_heads) { Pause::draw(rng) } else { Pause::None }
    }

    pub(super) fn body(self, rng: &mut Rng, answer: &mut Answer, body: &[u8]) {
        self.body_after(rng, answer, body, Pause::None);
    }

    /// Adds the pieces of a body, or of a part of it, after a pause.
    pub(super) fn body_after(self, rng: &mut Rng, answer: &mut Answer, body: &[u8], first: Pause) {
        let (mut rest, mut pause) = (body, first);
        let longest = match self.longest {
            0 => body.len() as u64,
            longest if body.len() > LONG => longest.max(100),
            longest => longest,
        };
        while !rest.is_empty() {
            let (piece, others) = rest.split_at(rng.between(1, longest.max(1)).min(rest.len() as u64) as usize);
            let piece = if self.longest == 0 { core::mem::take(&mut rest) } else { piece };
            answer.add(pause, Fact::Bytes(Bytes::copy_from_slice(piece)));
            if self.longest != 0 {
                rest = others;
            }
            pause = if self.pauses > 0 && rng.one_in(self.pauses) { Pause::draw(rng) } else { Pause::None };
        }
    }
}
