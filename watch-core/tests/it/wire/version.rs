//! Versions: opaque, and still comparable where Kubernetes says so (KEP-5504).

use core::cmp::Ordering;

use proptest::prelude::{Strategy, prop_assert_eq, proptest};
use watch_core::{LONGEST_RESOURCE_VERSION, Object, ResourceVersion};

fn version(text: &str) -> ResourceVersion {
    ResourceVersion::new(text).unwrap()
}

fn compare(a: &str, b: &str) -> Option<Ordering> {
    version(a).compare(&version(b))
}

#[test]
fn decimal_numbers_of_any_length_are_ordered() {
    let ascending = [
        "1",
        "9",
        "10",
        "99",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551617",
        "99999999999999999999",
        "100000000000000000000",
        &"9".repeat(255),
        &"1".repeat(256),
        &"9".repeat(256),
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(compare(a, b), Some(i.cmp(&j)), "{a} and {b}");
            assert_eq!(version(a).is_before(&version(b)), i < j);
            assert_eq!(version(a) == version(b), i == j);
        }
    }
}

#[test]
fn an_object_has_the_version_that_its_text_is() {
    let texts = [
        "1",
        "0",
        "",
        "00",
        "007",
        "5a",
        "+5",
        "\u{665}",
        "9999999999999999999",
        "10000000000000000000",
        "18446744073709551615",
        "18446744073709551616",
        &"1".repeat(LONGEST_RESOURCE_VERSION),
        &"1".repeat(LONGEST_RESOURCE_VERSION + 1),
    ];
    for text in texts {
        let object = Object::parse(format!(r#"{{"metadata":{{"name":"a","resourceVersion":"{text}"}}}}"#).into());
        let found = object.map(|object| object.resource_version().clone());
        assert_eq!(found.ok(), ResourceVersion::new(text).ok(), "{text}");
    }
}

#[test]
fn other_texts_are_only_equal_to_themselves() {
    let odd =
        ["007", "00", "+5", "-5", " 5", "5 ", "5.0", "5e3", "0x5", "abc", "1:2", "5_0", "٥", "18446744073709551616a"];
    for a in odd {
        for b in odd.into_iter().chain(["5", "7", "18446744073709551616"]) {
            assert_eq!(compare(a, b), (a == b).then_some(Ordering::Equal), "{a} and {b}");
            assert_eq!(compare(b, a), (a == b).then_some(Ordering::Equal), "{b} and {a}");
        }
        assert_eq!(version(a).text(), a);
    }
}

#[test]
fn empty_zero_and_too_long_texts_are_no_versions() {
    for text in ["", "0", &"1".repeat(LONGEST_RESOURCE_VERSION + 1)] {
        assert!(ResourceVersion::new(text).is_err());
        assert!(text.parse::<ResourceVersion>().is_err());
        assert!(serde_json::from_str::<ResourceVersion>(&format!("{text:?}")).is_err());
    }
    assert!(ResourceVersion::new(&"1".repeat(LONGEST_RESOURCE_VERSION)).is_ok());
}

#[test]
fn what_can_not_be_printed_is_escaped() {
    assert_eq!(version("1\n\u{1b}[31m").to_string(), "1\\n\\u{1b}[31m");
    assert_eq!(version("1\n").text(), "1\n");
}

fn texts() -> impl Strategy<Value = String> {
    "[1-9][0-9]{0,30}|0[0-9]{1,3}|[0-9+ .a-c]{1,5}|\\PC{1,5}"
        .prop_filter("a version", |text| ResourceVersion::new(text).is_ok())
}

/// As `CompareResourceVersion` of apimachinery does it: by length, then by bytes.
fn as_kubernetes_does(a: &str, b: &str) -> Option<Ordering> {
    let is_number = |text: &str| !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(a) && is_number(b)).then(|| a.len().cmp(&b.len()).then_with(|| a.cmp(b)))
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn any_two_are_compared_as_kubernetes_does(a in texts(), b in texts()) {
        let expected = if a == b { Some(Ordering::Equal) } else { as_kubernetes_does(&a, &b) };
        prop_assert_eq!(compare(&a, &b), expected);
        prop_assert_eq!(compare(&b, &a), expected.map(Ordering::reverse));
    }

    #[test]
    fn any_version_is_kept_unchanged(text in texts()) {
        let json = serde_json::to_string(&text).unwrap();
        let version = version(&text);
        prop_assert_eq!(version.text(), &*text);
        prop_assert_eq!(&serde_json::to_string(&version).unwrap(), &json);
        prop_assert_eq!(serde_json::from_str::<ResourceVersion>(&json).unwrap(), version);
    }
}
