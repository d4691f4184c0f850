//! Selectors that are checked before a request is sent.

use watch_core::{ConfigBuilder, ConfigError, FieldSelector, LabelMatcher, LabelSelector};

use crate::rig::pods;

fn refused(config: ConfigBuilder) -> String {
    config.build().unwrap_err().to_string()
}

/// A selector as a real kube-apiserver 1.36.3 answered it, in a list of pods: the parameter, its text, and the message of
/// the refusal (400), or null. A live test of watch-hyper asks again.
const RECORDED: &str = include_str!("../../../watch-test/tests/it/selectors.txt");

/// A zero byte in a label selector is the exception: Go's lexer takes it for the end of a word or of the selector.
#[test]
fn a_selector_is_refused_if_a_server_can_not_parse_it() {
    let (mut accepted, mut refused) = (0, 0);
    for line in RECORDED.lines() {
        let [field, selector, message]: [Option<String>; 3] = serde_json::from_str(line).unwrap();
        let (field, selector) = (field.unwrap(), selector.unwrap());
        let is_label = field == "labelSelector";
        let builder = match is_label {
            true => pods().labels(selector.as_str()),
            false => pods().fields(selector.as_str()),
        };
        // Which fields can be selected depends on the resource.
        let is_unparsed = message.is_some_and(|message| !message.starts_with("field label not supported"));
        let is_refused = is_unparsed || is_label && selector.contains('\0');
        match builder.build() {
            Ok(config) if !is_refused => {
                let sent = if is_label { config.label_selector() } else { config.field_selector() };
                assert_eq!(sent.unwrap_or_default(), selector);
                accepted += 1;
            }
            Err(ConfigError::InvalidSelector { field: found, offset, found: character, expected }) if is_refused => {
                assert_eq!(found, field, "{selector:?}");
                assert_eq!(selector[offset..].chars().next(), character, "{selector:?}");
                assert!(!expected.is_empty());
                refused += 1;
            }
            other => panic!("{field} {selector:?}: {:?}", other.err()),
        }
        let parsed = match is_label {
            true => selector.parse::<LabelSelector>().map(|_| selector.parse::<LabelMatcher>().map(drop)),
            false => selector.parse::<FieldSelector>().map(|_| Ok(())),
        };
        assert_eq!(parsed.is_err(), is_refused, "{selector:?}");
        assert!(parsed.is_err() || parsed == Ok(Ok(())), "{selector:?}");
    }
    assert_eq!((accepted, refused), (80, 84));
}

#[test]
fn the_error_of_a_field_selector_has_the_position() {
    for (selector, message) in [
        (" ", "1: expected `=`, `==` or `!=`, found the end"),
        ("a=b,metadata.name,c=d", "17: expected `=`, `==` or `!=`, found ','"),
        ("a=b=c", "3: expected `\\=` for a `=` in a value, found '='"),
        ("a===b", "3: expected `\\=` for a `=` in a value, found '='"),
        ("a=b,c!=d\\ü", "9: expected `\\`, `,` or `=` after `\\`, found 'ü'"),
        ("a=b\\", "4: expected `\\`, `,` or `=` after `\\`, found the end"),
    ] {
        let message = format!("the fieldSelector is invalid at byte {message}");
        assert_eq!(refused(pods().fields(selector)), message, "{selector}");
        // The position is that in the given text.
        assert_eq!(refused(pods().name("web").fields(selector)), message, "{selector}");
    }
}

#[test]
fn a_typed_selector_is_checked_as_a_text_is() {
    let labels = |selector: LabelSelector| refused(pods().labels(selector));
    let long = "x".repeat(64);
    assert_eq!(
        labels(LabelSelector::new().exists("a").equal("b", &long)),
        "the labelSelector is invalid at byte 67: expected the end of the label value after at most 63 bytes, found 'x'"
    );
    assert_eq!(
        labels(LabelSelector::new().absent("a/b/c")),
        "the labelSelector is invalid at byte 4: expected a letter, a digit, or `-`, `_` or `.` within a label key, found '/'"
    );
    assert_eq!(
        labels(LabelSelector::from("a in (b").exists("c")),
        "the labelSelector is invalid at byte 9: expected `,` or `)`, found the end"
    );
    let blank = LabelSelector::from(" ").equal("app", "web").matcher().unwrap();
    assert!(blank.matches([("app", "web")]) && !blank.matches([]));
}

/// `!` before `=` would be another operator.
#[test]
fn the_name_of_a_field_can_not_change_the_meaning() {
    for (name, character, offset) in [("a!", '!', 1), ("a=b", '=', 1), ("a,b", ',', 1), ("\\", '\\', 0)] {
        let fields = FieldSelector::new().equal("metadata.name", "web").equal(name, "x");
        let message = format!("the name of a selected field has the invalid character {character:?} at byte {offset}");
        assert_eq!(refused(pods().fields(fields)), message);
    }
    let fields = FieldSelector::new().not_equal("", "x");
    assert_eq!(refused(pods().fields(fields)), "the name of a selected field is empty");
}

/// As a trace and a saved configuration are read.
#[cfg(feature = "trace")]
#[test]
fn a_saved_configuration_with_an_invalid_selector_is_refused() {
    let saved = |name: &str, selector: &str| {
        let mut saved = serde_json::to_value(pods().build().unwrap()).unwrap();
        saved[name] = selector.into();
        serde_json::from_value::<watch_core::Config>(saved).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(saved("labels", "app in (web, db)"), Ok(()));
    assert_eq!(
        saved("labels", "app in web").unwrap_err(),
        "the labelSelector is invalid at byte 7: expected `(`, found 'w'"
    );
    assert_eq!(
        saved("fields", "spec.nodeName").unwrap_err(),
        "the fieldSelector is invalid at byte 13: expected `=`, `==` or `!=`, found the end"
    );
}
