//! LIST, and refused requests.

use serde_json::json;

use crate::common::paths::PODS;
use crate::common::{World, names};

#[test]
fn a_page_of_one_named_object_is_the_last() {
    let mut world = World::with_tiers(3);
    let named = "fieldSelector=metadata.name%3Dp0&limit=1";
    let page = world.get(&format!("/api/v1/namespaces/default/pods?{named}")).json();
    assert_eq!((page["items"].as_array().map(Vec::len), page["metadata"].get("continue")), (Some(1), None));
    // In all namespaces, several objects may have that name.
    assert!(world.get(&format!("/api/v1/pods?{named}")).json()["metadata"]["continue"].is_string());
}

#[test]
fn invalid_combinations_are_refused_with_their_reason() {
    let not_older = "resourceVersionMatch=NotOlderThan";
    let invalid = [
        (
            format!("watch=1&{not_older}"),
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
        (
            "watch=1&sendInitialEvents=true&resourceVersionMatch=X".into(),
            "[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, \
             resourceVersionMatch: Unsupported value: \"X\": supported values: \"NotOlderThan\"]",
        ),
        (
            "watch=1&continue=x".into(),
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
        ),
        (
            format!("resourceVersion=5&{not_older}&continue=x"),
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
        ),
        ("sendInitialEvents=true".into(), "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        (
            not_older.into(),
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersion=5&resourceVersionMatch=Banana".into(),
            "resourceVersionMatch: Unsupported value: \"Banana\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
        ),
        (
            "resourceVersion=0&resourceVersionMatch=Exact".into(),
            "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
        ),
    ];
    let mut world = World::standard();
    for (query, message) in invalid {
        let reply = world.get(&format!("{PODS}?{query}"));
        let status = reply.json();
        assert_eq!(status["message"], format!("ListOptions.meta.k8s.io \"\" is invalid: {message}"), "{query}");
        assert_eq!((reply.status, &status["reason"]), (422, &json!("Invalid")), "{query}");
    }
    let bad = [
        (
            "resourceVersion=5&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wMVx1MDAwMCJ9",
            "specifying resource version is not allowed when using continue",
        ),
        (
            "resourceVersion=banana",
            "invalid resource version: resourceVersion: Invalid value: \"banana\": strconv.ParseUint: parsing \"banana\": invalid syntax",
        ),
        (
            "continue=garbage",
            "invalid continue token: continue key is not valid: invalid character '\\u0081' looking for beginning of value",
        ),
        ("timeout=abc", "invalid timeout specified in the request URL - time: invalid duration \"abc\""),
        ("watch=1&timeoutSeconds=abc", "strconv.ParseInt: parsing \"abc\": invalid syntax"),
        ("labelSelector=a%20in%20b", "unable to parse requirement: found 'b' expected: '('"),
    ];
    for (query, message) in bad {
        let reply = world.get(&format!("{PODS}?{query}"));
        assert_eq!((reply.status, &reply.json()["message"]), (400, &json!(message)), "{query}");
    }
    let legacy = "/api/v1/watch/namespaces/default/pods/p1";
    let reply = world.get(&format!("{legacy}?fieldSelector=metadata.name%3Dp2"));
    assert_eq!(reply.json()["message"], "fieldSelector metadata.name doesn't match requested name");
    let reply = world.get("/api/v1/watch/namespaces/default/pods?sendInitialEvents=true");
    assert_eq!(reply.status, 422);
}

#[test]
fn the_greatest_version_is_2_to_the_64_less_one() {
    let mut world = World::standard();
    let watch = format!("{PODS}?watch=1&timeoutSeconds=1&resourceVersion=");
    assert_eq!(world.get(&format!("{watch}18446744073709551615")).status, 200);
    let reply = world.get(&format!("{watch}18446744073709551616"));
    assert_eq!((reply.status, reply.json().get("reason")), (500, None));
    // Also for resources without a cache.
    assert_eq!(world.get("/api/v1/events?watch=1&timeoutSeconds=1&resourceVersion=18446744073709551615").text(), "");
}

#[test]
fn any_text_but_0_and_false_is_true() {
    let mut world = World::standard();
    for (query, is_watch) in
        [("watch", true), ("watch=", true), ("watch=yes", true), ("watch=0", false), ("watch=False", false)]
    {
        let reply = world.get(&format!("{PODS}?{query}&timeoutSeconds=1"));
        assert_eq!(reply.body.is_empty(), is_watch, "{query}");
    }
}

#[test]
fn unknown_paths_and_objects_are_not_found_in_two_forms() {
    let mut world = World::standard();
    let reply = world.get("/api/v1/bananas");
    assert_eq!(
        reply.text(),
        concat!(
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server could not find "#,
            r#"the requested resource","reason":"NotFound","details":{},"code":404}"#,
            "\n"
        )
    );
    for path in ["/apis/banana.io/v1/bananas", "/apis/example.com/v1/bananas", "/apis/example.com/v9/widgets"] {
        let reply = world.get(path);
        assert_eq!((reply.status, reply.text()), (404, "404 page not found\n"), "{path}");
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    }
    let empty = world.get("/api/v1/namespaces/banana/pods").json();
    assert!(names(&empty).is_empty());
}

#[test]
fn custom_resources_are_sorted_with_an_empty_token() {
    let mut world = World::standard();
    world.create("widgets.example.com", json!({"metadata": {"name": "w"}, "spec": {"size": 1}}));
    let reply = world.get("/apis/example.com/v1/widgets");
    let text = reply.text();
    assert!(
        text.starts_with(r#"{"apiVersion":"example.com/v1","items":[{"apiVersion":"example.com/v1","kind":"Widget","#)
    );
    assert!(
        text.ends_with("],\"kind\":\"WidgetList\",\"metadata\":{\"continue\":\"\",\"resourceVersion\":\"203\"}}\n")
    );
}

#[test]
fn pages_are_of_one_moment() {
    let mut world = World::with_tiers(5);
    let first = world.get(&format!("{PODS}?limit=2")).json();
    assert_eq!(names(&first), ["p0", "p1"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    world.delete("pods", "p2");
    world.create("pods", json!({"metadata": {"name": "p33"}}));
    let mut token = first["metadata"]["continue"].as_str().expect("a token").to_owned();
    let mut rest = Vec::new();
    loop {
        let page = world.get(&format!("{PODS}?limit=2&continue={token}")).json();
        assert_eq!(page["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
        rest.extend(names(&page).into_iter().map(str::to_owned));
        match page["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(rest, ["p2", "p3", "p4"]);
}

#[test]
fn with_selectors_the_remaining_items_are_not_counted() {
    let page = World::with_tiers(5).get(&format!("{PODS}?limit=1&labelSelector=tier%3Deven")).json();
    assert_eq!(names(&page), ["p0"]);
    assert!(page["metadata"]["continue"].is_string());
    assert!(page["metadata"].get("remainingItemCount").is_none());
}

#[test]
fn a_list_of_any_version_has_all_objects() {
    let list = World::with_tiers(6).get(&format!("{PODS}?limit=2&resourceVersion=0")).json();
    assert_eq!(names(&list).len(), 6);
    assert!(list["metadata"].get("continue").is_none());
}

#[test]
fn an_exact_list_shows_the_past_until_it_is_compacted() {
    let mut world = World::with_tiers(3);
    world.delete("pods", "p0");
    let exact = |version: u64| format!("{PODS}?resourceVersion={version}&resourceVersionMatch=Exact");
    let reply = world.get(&exact(204)).json();
    assert_eq!((names(&reply), &reply["metadata"]["resourceVersion"]), (vec!["p0", "p1"], &json!("204")));
    world.server.expire();
    assert_eq!(world.get(&exact(204)).status, 410);
}

#[test]
fn an_expired_page_can_be_continued_inconsistently() {
    let mut world = World::with_tiers(5);
    let first = world.get(&format!("{PODS}?limit=2")).json();
    world.delete("pods", "p3");
    world.server.expire();
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let gone = world.get(&format!("{PODS}?limit=2&continue={token}"));
    assert_eq!(gone.status, 410);
    let token = gone.json()["metadata"]["continue"].as_str().expect("a token").to_owned();
    let rest = world.get(&format!("{PODS}?continue={token}")).json();
    assert_eq!(names(&rest), ["p2", "p4"]);
    assert_ne!(rest["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
}
