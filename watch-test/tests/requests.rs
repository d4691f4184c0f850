//! LIST, and what is refused.

mod common;

use core::time::Duration;
use std::io::Read as _;

use common::{World, get, send};
use serde_json::{Value, json};
use watch_test::model::Config;

const PODS: &str = "/api/v1/namespaces/default/pods";

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["metadata"]["name"].as_str().expect("a name")).collect()
}

fn pods(count: usize) -> World {
    let mut world = World::standard();
    for index in 0..count {
        let tier = if index % 2 == 0 { "even" } else { "odd" };
        world.create("pods", json!({"metadata": {"name": format!("p{index}"), "labels": {"tier": tier}}}));
    }
    world
}

#[test]
fn combinations_that_make_no_sense_are_refused_with_their_reason() {
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
fn what_nobody_knows_is_not_found_in_two_ways() {
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
    for path in ["/apis/banana.io/v1/bananas", "/apis/example.com/v1/bananas", "/apis/apps/v9/deployments"] {
        let reply = world.get(path);
        assert_eq!((reply.status, reply.text()), (404, "404 page not found\n"), "{path}");
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    }
    let empty = world.get("/api/v1/namespaces/banana/pods").json();
    assert!(names(&empty).is_empty());
}

#[test]
fn custom_resources_are_sorted_and_say_that_nothing_continues() {
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
    let mut world = pods(5);
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
fn with_selectors_nobody_counts_what_remains() {
    let page = pods(5).get(&format!("{PODS}?limit=1&labelSelector=tier%3Deven")).json();
    assert_eq!(names(&page), ["p0"]);
    assert!(page["metadata"]["continue"].is_string());
    assert!(page["metadata"].get("remainingItemCount").is_none());
}

#[test]
fn any_state_comes_whole() {
    let list = pods(6).get(&format!("{PODS}?limit=2&resourceVersion=0")).json();
    assert_eq!(names(&list).len(), 6);
    assert!(list["metadata"].get("continue").is_none());
}

#[test]
fn an_exact_list_shows_the_past_until_it_is_compacted() {
    let mut world = pods(3);
    world.delete("pods", "p0");
    let exact = |version: u64| format!("{PODS}?resourceVersion={version}&resourceVersionMatch=Exact");
    let reply = world.get(&exact(204)).json();
    assert_eq!((names(&reply), &reply["metadata"]["resourceVersion"]), (vec!["p0", "p1"], &json!("204")));
    world.server.expire();
    assert_eq!(world.get(&exact(204)).status, 410);
}

#[test]
fn an_expired_page_can_be_continued_inconsistently() {
    let mut world = pods(5);
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

#[test]
fn long_lists_are_compressed_for_those_who_ask() {
    let mut world = pods(1);
    let list = |world: &mut World, encoding: &str| {
        let mut request = get(PODS, "application/json");
        request.headers_mut().insert("accept-encoding", encoding.parse().expect("a header"));
        world.ask(request)
    };
    assert_eq!(list(&mut world, "gzip").header("content-encoding"), None);
    let note = "x".repeat(140_000);
    world.create("pods", json!({"metadata": {"name": "big", "annotations": {"note": note}}}));
    let plain = list(&mut world, "gzip;q=1.0");
    assert_eq!(plain.header("content-encoding"), None);
    let packed = list(&mut world, "deflate, gzip");
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), (Some("gzip"), Some("Accept-Encoding")));
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut text).expect("gzip");
    assert_eq!(text, plain.body);
}

#[test]
fn metadata_alone_comes_as_objects_and_as_lists() {
    let mut world = pods(1);
    let list = world.ask(get(PODS, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")).json();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(list["items"][0]["kind"], "PartialObjectMetadata");
    let object = world.ask(get(&format!("{PODS}/p0"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
    assert_eq!(object.json()["apiVersion"], "meta.k8s.io/v1");
    let refused = world.ask(get(PODS, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
    assert_eq!(refused.status, 406);
    assert_eq!(
        refused.json()["message"],
        "you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)"
    );
    // Whoever accepts nothing but transformed objects gets errors on many lines.
    assert!(refused.text().starts_with("{\n  \"kind\": \"Status\",\n"));
}

#[test]
fn rows_of_tables_carry_what_is_asked_for() {
    let mut world = pods(1);
    let mut row = |include: &str| {
        let path = format!("{PODS}?includeObject={include}");
        world.ask(get(&path, "application/json;as=Table;g=meta.k8s.io;v=v1")).json()["rows"][0].clone()
    };
    assert_eq!(row("")["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(row("None")["object"], Value::Null);
    assert_eq!(row("Object")["object"]["kind"], "Pod");
    assert_eq!(row("")["cells"][0], "p0");
}

#[test]
fn people_get_indented_json() {
    let mut world = pods(1);
    let mut request = get(&format!("{PODS}/p0"), "*/*");
    request.headers_mut().insert("user-agent", "curl/8.5.0".parse().expect("a header"));
    assert!(world.ask(request).text().starts_with("{\n  \"kind\": \"Pod\",\n"));
    assert!(world.get(&format!("{PODS}/p0?pretty=true")).text().contains("\n    \"name\": \"p0\",\n"));
    assert!(!world.get(&format!("{PODS}/p0?pretty=false")).text().contains("\n "));
}

#[test]
fn discovery_names_the_resources() {
    let mut world = World::standard();
    let mut kinds = |path: &str| -> Vec<String> {
        let list = world.get(path).json();
        let resources = list["resources"].as_array().expect("resources");
        resources.iter().map(|resource| resource["kind"].as_str().expect("a kind").to_owned()).collect()
    };
    assert!(kinds("/api/v1").contains(&"Pod".into()));
    assert_eq!(kinds("/apis/example.com/v1"), ["Widget"]);
    assert_eq!(world.get("/version").json()["minor"], "36");
    assert_eq!(world.get("/api").json()["versions"], json!(["v1"]));
    let groups = world.get("/apis").json();
    assert!(groups["groups"].as_array().expect("groups").iter().any(|group| group["name"] == "apps"));
}

#[test]
fn a_new_definition_is_served_after_404_and_429_and_its_deletion_ends_the_watches() {
    let mut config = Config::default();
    config.establishing = Duration::from_millis(20);
    let mut world = World::new(config);
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"plural": "gadgets", "kind": "Gadget", "shortNames": ["gd"]},
            "scope": "Namespaced",
            "versions": [{"name": "v2", "served": true, "storage": true}],
        },
    });
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(world.ask(send("POST", definitions, "application/json", &definition)).status, 201);
    let gadgets = "/apis/example.org/v2/gadgets";
    assert_eq!(world.get(gadgets).text(), "404 page not found\n");
    world.now += Duration::from_millis(20);
    let unready = world.get(gadgets);
    assert_eq!((unready.status, unready.header("retry-after")), (429, Some("1")));
    assert_eq!(unready.json()["message"], "storage is (re)initializing");
    world.now += Duration::from_millis(20);
    assert_eq!(world.get(gadgets).status, 200);
    let conditions = world.get(&format!("{definitions}/gadgets.example.org")).json();
    assert_eq!(conditions["status"]["conditions"][1]["type"], "Established");

    world.create("gadgets.example.org", json!({"metadata": {"name": "g"}}));
    let id = world.watch(&format!("{gadgets}?watch=1"));
    assert_eq!(world.read_events(id).len(), 1);
    let deleted_at = world.now;
    world.delete("customresourcedefinitions.apiextensions.k8s.io", "gadgets.example.org");
    assert_eq!(world.get(gadgets).status, 404);
    let mut body = world.read(id);
    assert!(body.starts_with("{\"type\":\"DELETED\""));
    world.now = deleted_at + Duration::from_secs(1);
    body.clear();
    let reply = world.finish(id);
    assert_eq!((reply.body.len(), reply.end), (0, watch_test::model::End::Complete));
}
