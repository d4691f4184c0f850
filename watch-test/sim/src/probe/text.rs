//! Texts for names, values and messages.

use watch_test::check::Rng;

/// Every printable ASCII character that is neither a letter nor a digit.
pub(super) const PUNCTUATION: &str = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Characters that need more than a byte, that aren't printable, or that have a meaning in some format.
const ODD: &str = "\0\u{1}\t\n\r\u{7f}\u{85}äßé\u{200b}\u{2028}٣漢字🦀\u{feff}\u{fffd}";

/// Draws a text with characters of every kind, mostly short.
pub(super) fn any(rng: &mut Rng, most: u64) -> String {
    let length = if rng.one_in(8) { 0 } else { rng.skewed(most.max(1)) };
    (0..length).map(|_| character(rng)).collect()
}

/// Draws a text of letters, digits, and the characters that names may have.
pub(super) fn plain(rng: &mut Rng, most: u64) -> String {
    let length = rng.skewed(most.max(1));
    (0..length).map(|index| of(rng, if index == 0 { LETTERS } else { PLAIN })).collect()
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789-";

fn character(rng: &mut Rng) -> char {
    match rng.below(8) {
        0..4 => of(rng, PLAIN),
        4 => of(rng, "ABCXYZ"),
        5..7 => of(rng, PUNCTUATION),
        _ => of(rng, ODD),
    }
}

/// Draws one of these characters.
pub(super) fn of(rng: &mut Rng, characters: &str) -> char {
    let count = characters.chars().count() as u64;
    characters.chars().nth(rng.below(count) as usize).unwrap_or('x')
}

/// Replaces, inserts or removes one character.
pub(super) fn changed(rng: &mut Rng, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let place = rng.below(characters.len() as u64 + 1) as usize;
    match rng.below(3) {
        0 if place < characters.len() => characters[place] = character(rng),
        1 if place < characters.len() => drop(characters.remove(place)),
        _ => characters.insert(place, character(rng)),
    }
    characters.into_iter().collect()
}
