//! What stands in a transcript instead of what can't be the same twice.

/// Numbers of more than two digits become `#`: versions, and uids are no part of messages.
pub(super) fn without_numbers(message: &str) -> String {
    let mut words = String::new();
    let mut digits = String::new();
    for character in message.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        words.push_str(if digits.len() > 2 { "#" } else { &digits });
        digits.clear();
        if character != '\0' {
            words.push(character);
        }
    }
    words
}

#[test]
fn versions_become_signs() {
    assert_eq!(without_numbers("too old: 1 (1234), v1"), "too old: 1 (#), v1");
}
