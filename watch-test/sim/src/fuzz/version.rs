//! `resourceVersion`.

use core::cmp::Ordering;

use watch_core::ResourceVersion;

/// Checks that comparisons with a result form an order, and that a version is written as it was read.
///
/// # Panics
/// Panics if a check fails.
pub fn version(data: &[u8]) {
    let versions: Vec<ResourceVersion> = data
        .split(|byte| *byte == b' ')
        .filter_map(|text| core::str::from_utf8(text).ok())
        .filter_map(|text| text.parse().ok().inspect(|version: &ResourceVersion| assert_eq!(version.text(), text)))
        .take(6)
        .collect();
    for a in &versions {
        assert!(matches!(a.compare(a), Some(Ordering::Equal) | None));
        for b in &versions {
            assert_eq!(a.compare(b), b.compare(a).map(Ordering::reverse));
            assert_eq!(a.compare(b) == Some(Ordering::Equal), a == b && a.compare(a).is_some());
            for c in &versions {
                if a.is_before(b) && b.is_before(c) {
                    assert!(a.is_before(c));
                }
            }
        }
    }
}
