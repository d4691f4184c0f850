//! Shrinks a failing case to the smallest one that still fails.

use core::ops::Range;

/// Removes as many items of a sequence as possible: halves, quarters, … single items (delta debugging).
///
/// `leave_out` gets a range of the remaining sequence, which initially has `length` items. It tries the sequence
/// without this range. If the case still fails, it removes the range and returns `true`; otherwise it changes nothing
/// and returns `false`.
///
/// ```
/// use watch_test::check::shorten;
///
/// let fails = |steps: &[u32]| steps.contains(&3) && steps.contains(&7);
/// let mut steps: Vec<u32> = (0..10).collect();
/// shorten(steps.len(), |part| {
///     let shorter = [&steps[..part.start], &steps[part.end..]].concat();
///     let still_fails = fails(&shorter);
///     if still_fails {
///         steps = shorter;
///     }
///     still_fails
/// });
/// assert_eq!(steps, [3, 7]);
/// ```
pub fn shorten(mut length: usize, mut leave_out: impl FnMut(Range<usize>) -> bool) {
    let mut size = length.div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < length {
            let end = (at + size).min(length);
            if leave_out(at..end) {
                length -= end - at;
            } else {
                at = end;
            }
        }
        if size == 1 || length == 0 {
            return;
        }
        size = size.div_ceil(2).min(size - 1).max(1);
    }
}

/// Returns simpler numbers to try instead of a number: 0, 1, half of it, and a round one.
pub const fn simpler(number: u64) -> [u64; 4] {
    let round = if number > 1000 { number / 1000 * 1000 } else { number / 10 * 10 };
    [0, 1, number / 2, round]
}
