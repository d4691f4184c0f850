//! The values of `retryAfterSeconds` that servers write, and how each is read.

/// JSON, and its number of seconds by the documentation of `StatusDetails`: a number that overflows is the largest (or
/// the smallest) value, a fraction is cut, and what isn't a number counts as absent.
pub(super) const SECONDS: [(&str, i64); 24] = [
    ("0", 0),
    ("1", 1),
    ("5", 5),
    ("7", 7),
    ("1000", 1000),
    ("-3", -3),
    ("2.5", 2),
    ("-0.5", 0),
    ("3e2", 300),
    ("1e300", i64::MAX),
    ("-1e300", i64::MIN),
    ("9223372036854775808", i64::MAX),
    ("18446744073709551615", i64::MAX),
    ("99999999999999999999", i64::MAX),
    ("\"4\"", 4),
    ("\"007\"", 7),
    ("\"9223372036854775808\"", i64::MAX),
    ("\"99999999999999999999\"", i64::MAX),
    ("\"\"", 0),
    ("\"-1\"", 0),
    ("\"2.5\"", 0),
    ("\"soon\"", 0),
    ("null", 0),
    ("{\"a\":[true]}", 0),
];
