//! The body of an error.

use watch_core::wire::Status;

/// Checks that there is always a status, of a bounded size, and that a status that is read and written again reads the
/// same.
///
/// # Panics
/// Panics if a check fails.
pub fn status(data: &[u8]) {
    let from_response = Status::from_response(503, data);
    assert!(from_response.message.len() <= 1024 + '…'.len_utf8());
    assert!(!from_response.to_string().chars().any(char::is_control), "what is printed is printable");
    if let Some(status) = Status::parse(data) {
        let again = Status::parse(&status.to_json()).expect("what was written can be read");
        // A truncated message has the longest length, and an ellipsis.
        assert_eq!(
            (&again.reason, again.code, &again.continue_token),
            (&status.reason, status.code, &status.continue_token)
        );
        assert_eq!(again.is_expired(), status.is_expired());
    }
}
