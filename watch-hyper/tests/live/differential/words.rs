//! Placeholders in a transcript, for values that differ each time.

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

/// Uids become `UID`.
pub(super) fn without_uids(message: &str) -> String {
    let is_uid = |text: &str| {
        text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    let mut words = String::new();
    let mut rest = message;
    while let Some(character) = rest.chars().next() {
        if rest.get(..36).is_some_and(is_uid) {
            words.push_str("UID");
            rest = &rest[36..];
        } else {
            words.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    words
}

/// Objects in the errors of patches become `{}`: the real server's have `managedFields` and defaults.
pub(super) fn without_objects(message: &str) -> String {
    // The second form is that of the causes, in which the message is a string of JSON.
    let message = without(message, "Invalid value: \"{", "}\": ");
    let message = without(&message, "Invalid value: \\\"{", "}\\\": ");
    without(&message, " is missing in '{", "}'")
}

/// Removes what is between two texts, each time that both occur.
fn without(message: &str, from: &str, to: &str) -> String {
    let mut words = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(from)
        && let Some((_, after)) = after.split_once(to)
    {
        words.push_str(before);
        words.push_str(from);
        words.push_str(to);
        rest = after;
    }
    words + rest
}

#[test]
fn objects_become_empty() {
    let text = r#"Invalid value: "{"a":{}}": no, Invalid value: \"{\"a\"}\": no, Object 'a' is missing in '{"b":{}}'"#;
    let expected = r#"Invalid value: "{}": no, Invalid value: \"{}\": no, Object 'a' is missing in '{}'"#;
    assert_eq!(without_objects(text), expected);
}

#[test]
fn uids_become_a_word() {
    let uid = "37785476-ffa1-498b-839b-30043dc26d58";
    assert_eq!(without_uids(&format!("é: {uid}, {uid}0, {}", &uid[1..])), format!("é: UID, UID0, {}", &uid[1..]));
}

#[test]
fn versions_become_signs() {
    assert_eq!(without_numbers("too old: 1 (1234), v1"), "too old: 1 (#), v1");
}
