//! The query of a request.

use watch_core::wire::ListOptions;

/// Checks that a query that is read and written again reads the same.
///
/// # Panics
/// Panics if it doesn't.
pub fn query(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(options) = ListOptions::from_query(text) else { return };
    let written = options.to_query();
    assert_eq!(ListOptions::from_query(&written).as_ref(), Ok(&options));
    assert!(http::Uri::try_from(format!("/api/v1/pods?{written}")).is_ok() || written.len() > 60_000);
}
