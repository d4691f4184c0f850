//! A query is written as it is read.

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};
use watch_core::wire::ListOptions;

fn text() -> impl Strategy<Value = Option<Box<str>>> {
    proptest::option::of("\\PC{1,12}|[ +&=%,!()/\u{0}-\u{1f}☃]{1,8}".prop_map(Into::into))
}

fn options() -> impl Strategy<Value = ListOptions> {
    let texts = (text(), text(), text(), text(), text());
    let numbers = (any::<Option<i64>>(), any::<Option<i64>>());
    (texts, numbers, any::<(bool, bool, Option<bool>)>()).prop_map(|(texts, numbers, bools)| {
        let mut options = ListOptions::default();
        (
            options.label_selector,
            options.field_selector,
            options.resource_version,
            options.resource_version_match,
            options.continue_token,
        ) = texts;
        (options.timeout_seconds, options.limit) = numbers;
        (options.watch, options.allow_watch_bookmarks, options.send_initial_events) = bools;
        options
    })
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn any_options_are_read_as_they_were_written(options in options()) {
        let query = options.to_query();
        // It is valid in a URI.
        let uri = format!("/api/v1/pods?{query}").parse::<http::Uri>();
        prop_assert!(uri.is_ok());
        prop_assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'));
        prop_assert_eq!(ListOptions::from_query(&query), Ok(options));
    }

    #[test]
    fn any_text_is_read_or_refused(query in "\\PC{0,60}") {
        if let Ok(options) = ListOptions::from_query(&query) {
            prop_assert_eq!(ListOptions::from_query(&options.to_query()), Ok(options));
        }
    }
}

#[test]
fn booleans_are_read_as_kube_apiserver_does() {
    for (query, is_true) in [
        ("watch", true),
        ("watch=", true),
        ("watch=1", true),
        ("watch=true", true),
        ("watch=yes", true),
        ("watch=0", false),
        ("watch=false", false),
        ("watch=FALSE", false),
        ("", false),
        ("Watch=true", false),
        ("watch=false&watch=true", false),
    ] {
        assert_eq!(ListOptions::from_query(query).unwrap().watch, is_true, "{query}");
    }
}

#[test]
fn of_a_repeated_parameter_the_first_counts() {
    let options = ListOptions::from_query("resourceVersion=5&limit=1&resourceVersion=6&limit=2").unwrap();
    assert_eq!((options.resource_version.as_deref(), options.limit), (Some("5"), Some(1)));
    // An empty one counts, too: it isn't there, and a later one doesn't replace it.
    let options = ListOptions::from_query("resourceVersion=&limit=&resourceVersion=6&limit=2&watch=0&watch=1").unwrap();
    assert_eq!((options.resource_version, options.limit, options.watch), (None, None, false));
}

#[test]
fn an_empty_parameter_is_absent_and_an_unknown_one_ignored() {
    let query = "labelSelector=&resourceVersion=&limit=&timeoutSeconds=&continue=&pretty=true&sendInitialEvents=false";
    let mut expected = ListOptions::default();
    expected.send_initial_events = Some(false);
    assert_eq!(ListOptions::from_query(query), Ok(expected));
}

#[test]
fn a_malformed_number_is_refused_as_kube_apiserver_does() {
    for (query, parameter) in
        [("timeoutSeconds=abc", "timeoutSeconds"), ("limit=1.5", "limit"), ("limit=99999999999999999999", "limit")]
    {
        let error = ListOptions::from_query(query).unwrap_err();
        assert_eq!(error.parameter, parameter);
    }
    let error = ListOptions::from_query("timeoutSeconds=abc").unwrap_err();
    assert_eq!(error.to_string(), "strconv.ParseInt: parsing \"abc\": invalid syntax");
    let error = ListOptions::from_query("limit=99999999999999999999").unwrap_err();
    assert_eq!(error.to_string(), "strconv.ParseInt: parsing \"99999999999999999999\": value out of range");
    assert!(ListOptions::from_query(&format!("limit={}", "x".repeat(10_000))).unwrap_err().value.len() <= 64);
}
