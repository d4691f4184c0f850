//! Durations on the command line.

use core::time::Duration;

/// Parses `30s`, `5m`, `1h`; a number without a unit is in seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.get(digits.len()..) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        _ => return Err("expected a number and s, m or h: 30s, 5m, 1h".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected an integer before s, m or h")?;
    number.checked_mul(seconds).filter(|n| *n > 0).map(Duration::from_secs).ok_or_else(|| "out of range".into())
}
