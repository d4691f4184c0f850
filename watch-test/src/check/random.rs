//! Random numbers, for tests that generate cases.

use super::digest::{OFFSET, mix};
use crate::rng::Rng;

impl Rng {
    /// Returns the generator of this name under a seed. With one generator for each concern, a change to one concern
    /// doesn't change the others.
    ///
    /// ```
    /// use watch_test::check::Rng;
    ///
    /// let (mut writes, mut faults) = (Rng::stream(7, "writes"), Rng::stream(7, "faults"));
    /// assert_ne!(writes.next_u64(), faults.next_u64());
    /// assert_eq!(Rng::new(0).next_u64(), 0xe220_a839_7b1d_cdaf, "SplitMix64, in every release");
    /// ```
    pub fn stream(seed: u64, name: &str) -> Self {
        let hash = name.bytes().fold(OFFSET, |hash, byte| mix(hash, u64::from(byte)));
        let mut stream = Self::new(seed ^ hash);
        stream.next_u64();
        stream
    }

    /// Returns a number from `low` to `high`, both included.
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Returns true with a probability of one in `denominator`.
    pub const fn one_in(&mut self, denominator: u64) -> bool {
        self.below(denominator) == 0
    }

    /// Returns one of these items.
    ///
    /// # Panics
    /// Panics if there are no items.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    /// Returns a number from 1 to `most`. Small numbers are more likely: each power of two is as likely as the next.
    pub fn skewed(&mut self, most: u64) -> u64 {
        let bits = 64 - most.max(1).leading_zeros();
        let limit = 1_u64 << self.between(1, u64::from(bits));
        (1 + self.below(limit)).min(most)
    }

    /// Returns one of these items, with probabilities proportional to their weights.
    ///
    /// # Panics
    /// Panics if there are no items.
    pub fn weighted<T: Copy>(&mut self, from: &[(T, u64)]) -> T {
        let total = from.iter().map(|(_, weight)| weight).sum();
        let mut at = self.below(total);
        for (item, weight) in from {
            if at < *weight {
                return *item;
            }
            at -= weight;
        }
        from[0].0
    }
}
