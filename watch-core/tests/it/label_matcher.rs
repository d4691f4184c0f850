//! Label selectors that are matched without a server.

use watch_core::{FromObject, LabelMatcher, LabelSelector, Object, ObjectMetadata};

fn matcher(text: &str) -> LabelMatcher {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    text.parse::<LabelMatcher>().unwrap_err().to_string()
}

#[test]
fn a_selector_matches_as_in_kubernetes() {
    let expected = [
        ("", true),
        (" ", true),
        ("app=web", true),
        ("app==web,n=7", true),
        (" app = web , n = 7 ", true),
        ("app=web,n=8", false),
        ("app=web,app=db", false),
        ("app!=web", false),
        ("tier!=front", true),
        ("app in (db, web)", true),
        ("app in(db)", false),
        ("app notin (db,web)", false),
        ("tier notin (db)", true),
        ("app", true),
        ("!app", false),
        ("! tier", true),
        ("n>6,n<8", true),
        ("n>7", false),
        ("n<7", false),
        ("app>1", false),
        ("tier=", false),
        ("tier in ()", false),
        ("empty=", true),
        ("empty=,app", true),
        ("empty in ()", true),
        ("empty in (a,)", true),
        ("empty!=", false),
        ("in in (in)", false),
        ("notin notin (in)", true),
        ("example.com/role=in", true),
    ];
    let labels = [("app", "web"), ("empty", ""), ("example.com/role", "in"), ("n", "7")];
    for (selector, is_selected) in expected {
        assert_eq!(matcher(selector).matches(labels), is_selected, "{selector}");
    }
    assert!(!matcher("app").matches([]));
}

#[test]
fn an_invalid_selector_is_an_error_with_the_position() {
    let long = "x".repeat(64);
    let expected = [
        ("===", "0: expected a label key, found '='"),
        ("a,", "2: expected a label key, found the end"),
        ("a,,b", "2: expected a label key, found ','"),
        ("!!a", "1: expected a label key, found '!'"),
        ("a b", "2: expected `=`, `==`, `!=`, `in`, `notin`, `>` or `<`, found 'b'"),
        ("a in b", "5: expected `(`, found 'b'"),
        ("a in (b", "7: expected `,` or `)`, found the end"),
        ("a in (b c)", "8: expected `,` or `)`, found 'c'"),
        ("a=b c", "4: expected `,` or the end, found 'c'"),
        ("a==(", "3: expected a label value, found '('"),
        ("a>=5", "2: expected an integer, found '='"),
        ("a>", "2: expected an integer, found the end"),
        ("a>x", "2: expected an integer, found 'x'"),
        ("a>-1", "2: expected a letter, a digit, or `-`, `_` or `.` within a label value, found '-'"),
        ("a=-b", "2: expected a letter, a digit, or `-`, `_` or `.` within a label value, found '-'"),
        ("a=b-", "3: expected a letter, a digit, or `-`, `_` or `.` within a label value, found '-'"),
        ("a=ü", "2: expected a letter, a digit, or `-`, `_` or `.` within a label value, found 'ü'"),
        ("a=b\0", "3: expected a letter, a digit, or `-`, `_` or `.` within a label value, found '\\0'"),
        ("-x=y", "0: expected a letter, a digit, or `-`, `_` or `.` within a label key, found '-'"),
        ("a=b,Example.com/x", "4: expected a lowercase letter, a digit, or `-` within a part of a domain, found 'E'"),
        ("a.b-.c/x", "3: expected a lowercase letter, a digit, or `-` within a part of a domain, found '-'"),
        ("example..com/x", "8: expected a part of a domain, found '.'"),
        ("example.com/", "12: expected a label key, found the end"),
        ("/x", "0: expected a part of a domain, found '/'"),
        ("a/b/c", "3: expected a letter, a digit, or `-`, `_` or `.` within a label key, found '/'"),
        (&format!("a={long}"), "65: expected the end of the label value after at most 63 bytes, found 'x'"),
        (&format!("a,{long}"), "65: expected the end of the label key after at most 63 bytes, found 'x'"),
        (&format!("{}/a", "x".repeat(254)), "253: expected `/` after a domain of at most 253 bytes, found 'x'"),
    ];
    for (selector, message) in expected {
        assert_eq!(error(selector), format!("the labelSelector is invalid at byte {message}"), "{selector}");
    }
}

#[test]
fn a_typed_selector_matches_as_its_text_does() {
    let typed = LabelSelector::new().equal("app", "web").is_in("tier", ["a", "b"]).not_equal("x", "y").absent("canary");
    assert_eq!(typed.matcher().unwrap(), matcher("app=web,tier in (a,b),x!=y,!canary"));
    let wrong = LabelSelector::new().equal("app", "web,x");
    assert_eq!(wrong.matcher().unwrap_err().to_string(), "the label value has the invalid character ',' at byte 3");
}

#[test]
fn an_object_has_its_labels_and_owners() {
    let found = |json: &str| {
        let (mut labels, mut owners) = (Vec::new(), Vec::new());
        let object = Object::parse(json.to_owned().into()).unwrap();
        object.for_each_label(&mut |key, value| labels.push(format!("{key}={value}")));
        object.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
        (labels.join(","), owners.join(","))
    };
    let object = |more: &str| format!(r#"{{"spec":[1],"metadata":{{"name":"a","resourceVersion":"5"{more}}}}}"#);
    assert_eq!(found(&object("")), (String::new(), String::new()));
    assert_eq!(found(&object(r#","labels":null,"ownerReferences":null"#)), (String::new(), String::new()));
    assert_eq!(found(&object(r#","labels":{},"ownerReferences":[]"#)), (String::new(), String::new()));
    let both = r#","labels":{"a":"b","c":"d\u0065"},"ownerReferences":[{"kind":"Job","uid":"1"},{"uid":"2"}]"#;
    assert_eq!(found(&object(both)), ("a=b,c=de".into(), "1,2".into()));
    // No server of Kubernetes sends these.
    assert_eq!(found(&object(r#","labels":{"a":1,"b":"c"}"#)), ("b=c".into(), String::new()));
    assert_eq!(found(&object(r#","labels":"a=b","ownerReferences":{"uid":"1"}"#)), (String::new(), String::new()));
}

#[test]
fn an_object_with_a_deletion_timestamp_is_being_deleted() {
    let of = |more: &str| {
        let json = format!(r#"{{"metadata":{{"name":"a","resourceVersion":"5"{more}}}}}"#);
        let object = Object::parse(json.into()).unwrap();
        let metadata = watch_core::PartialObjectMetadata::from_object(object.clone()).unwrap();
        assert_eq!(metadata.is_being_deleted(), object.is_being_deleted(), "{more}");
        object.is_being_deleted()
    };
    assert!(of(r#","deletionTimestamp":"2026-01-02T03:04:05Z""#));
    assert!(!of("") && !of(r#","deletionTimestamp":null"#));
}

#[cfg(feature = "k8s-openapi")]
#[test]
fn a_type_of_k8s_openapi_has_labels_and_owners() {
    use k8s_openapi::api::core::v1::Pod;
    let json = r#"{"metadata":{"name":"a","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"v1","kind":"Job","name":"j","uid":"7"}]}}"#;
    let pod: Pod = serde_json::from_str(json).unwrap();
    assert!(matcher("app=web").matches_object(&pod));
    assert!(!pod.is_being_deleted());
    let ending: Pod =
        serde_json::from_str(&json.replace("\"name\":\"a\"", "\"deletionTimestamp\":\"2026-01-02T03:04:05Z\""))
            .unwrap();
    assert!(ending.is_being_deleted());
    let mut owners = Vec::new();
    pod.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
    assert_eq!(owners, ["7"]);
}
