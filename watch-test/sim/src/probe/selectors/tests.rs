use watch_core::ConfigError;

use super::fields::{Field, is_field_selector, same_fields};
use super::labels::{Operator, Requirement, invalid_spans, same_labels};
use super::refused;

#[test]
fn a_selector_that_a_server_reads_in_another_way_is_found() {
    let of = |operator, values: &[&str]| Requirement {
        key: "a".into(),
        operator,
        values: values.iter().map(|value| (*value).into()).collect(),
    };
    let required = [of(Operator::NotIn, &["b", "c"]), of(Operator::Absent, &[])];
    assert_eq!(same_labels(&required, Some("a notin (b,c),!a")), Ok(()));
    assert!(same_labels(&required, Some("a in (b,c),!a")).is_err());
    assert!(same_labels(&required, None).is_err());
    assert!(same_labels(&[of(Operator::Equal, &["b"])], Some("a=b,c=d")).is_err());
    let field = |value: &str| [Field { field: "f".into(), is_equal: true, value: value.into() }];
    assert_eq!(same_fields(&field("a\\b,c=d"), Some("f=a\\\\b\\,c\\=d")), Ok(()));
    assert!(same_fields(&field("a\\b"), Some("f=a\\b")).is_err());
    assert!(same_fields(&field("a,b"), Some("f=a,b")).is_err());
    assert!(refused(&ConfigError::NoName, &[], &[], false).is_err());
    let invalid = |offset| ConfigError::InvalidSelector {
        field: "labelSelector",
        offset,
        found: None,
        expected: "a label value",
    };
    let spans = invalid_spans("a", &[of(Operator::In, &["b"]), of(Operator::Equal, &["-"])]);
    assert_eq!(spans, [(11, 14)]);
    assert_eq!(refused(&invalid(13), &[], &spans, false), Ok(()));
    assert!(refused(&invalid(10), &[], &spans, false).is_err());
}

#[test]
fn a_field_selector_is_valid_as_for_a_server() {
    for (text, expected) in [
        ("", true),
        (",a=b,", true),
        ("a!=b,c==d\\=", true),
        (r"a=\\\,", true),
        (" ", false),
        ("a", false),
        ("a===b", false),
        (r"a=\", false),
        (r"a=b\c", false),
        (r"a=\\=", false),
    ] {
        assert_eq!(is_field_selector(text), expected, "{text:?}");
    }
}

#[test]
fn a_character_that_labels_do_not_have_is_wrong() {
    let requirement = Requirement { key: "a/b".into(), operator: Operator::NotEqual, values: vec!["c/d".into()] };
    let wrong = ConfigError::InvalidCharacter { field: "label value", found: '/', offset: 1 };
    assert_eq!(requirement.errors(), [wrong]);
}
