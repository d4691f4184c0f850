//! Label selectors that are matched without a server.

use watch_core::{LabelMatcher, LabelSelector, Object, ObjectMetadata};

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
        ("===", "the label selector is invalid at byte 0: expected a label key"),
        ("a,", "the label selector is invalid at byte 2: expected a label key"),
        ("a,,b", "the label selector is invalid at byte 2: expected a label key"),
        ("!!a", "the label selector is invalid at byte 1: expected a label key"),
        ("a b", "the label selector is invalid at byte 2: expected `=`, `==`, `!=`, `in`, `notin`, `>` or `<`"),
        ("a in b", "the label selector is invalid at byte 5: expected `(`"),
        ("a in (b", "the label selector is invalid at byte 7: expected `,` or `)`"),
        ("a in (b c)", "the label selector is invalid at byte 8: expected `,` or `)`"),
        ("a=b c", "the label selector is invalid at byte 4: expected `,` or the end"),
        ("a==(", "the label selector is invalid at byte 3: expected a label value"),
        ("a>=5", "the label selector is invalid at byte 2: expected an integer"),
        ("a>", "the label selector is invalid at byte 2: expected an integer"),
        ("a>x", "the label selector is invalid at byte 2: expected an integer"),
        ("a>-1", "the label value has the invalid character '-' at byte 2"),
        ("a=-b", "the label value has the invalid character '-' at byte 2"),
        ("a=b-", "the label value has the invalid character '-' at byte 3"),
        ("a=ü", "the label value has the invalid character 'ü' at byte 2"),
        ("-x=y", "the label key has the invalid character '-' at byte 0"),
        ("a=b,Example.com/x", "the label key has the invalid character 'E' at byte 4"),
        ("example..com/x", "the label selector is invalid at byte 8: expected a part of a domain"),
        ("example.com/", "the label selector is invalid at byte 12: expected a label key"),
        ("/x", "the label selector is invalid at byte 0: expected a part of a domain"),
        ("a/b/c", "the label key has the invalid character '/' at byte 3"),
        (&format!("a={long}"), "label value must be at most 63 bytes"),
        (&long, "label key must be at most 63 bytes"),
    ];
    for (selector, message) in expected {
        assert_eq!(error(selector), message, "{selector}");
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

#[cfg(feature = "k8s-openapi")]
#[test]
fn a_type_of_k8s_openapi_has_labels_and_owners() {
    use k8s_openapi::api::core::v1::Pod;
    let json = r#"{"metadata":{"name":"a","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"v1","kind":"Job","name":"j","uid":"7"}]}}"#;
    let pod: Pod = serde_json::from_str(json).unwrap();
    assert!(matcher("app=web").matches_object(&pod));
    let mut owners = Vec::new();
    pod.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
    assert_eq!(owners, ["7"]);
}
