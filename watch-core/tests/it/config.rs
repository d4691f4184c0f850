//! Valid configurations, and those that are rejected before a request is sent.

use watch_core::{
    Config, ConfigBuilder, FieldSelector, LabelSelector, Limits, ListSemantics, Representation, Resource, Start,
};

use crate::rig::{Rig, page, pods};

fn uri(config: ConfigBuilder) -> String {
    Rig::new(config.page_size(None).start(Start::InitialList(watch_core::InitialList::List))).uri()
}

fn watch(resource: &str) -> ConfigBuilder {
    Config::builder(resource.parse().unwrap())
}

fn refused(config: ConfigBuilder) -> String {
    config.build().unwrap_err().to_string()
}

#[test]
fn any_resource_has_its_path() {
    assert_eq!(uri(watch("pods")), "/api/v1/pods");
    assert_eq!(uri(watch("pods").namespace("kube-system")), "/api/v1/namespaces/kube-system/pods");
    assert_eq!(uri(watch("deployments.v1.apps").namespace("d")), "/apis/apps/v1/namespaces/d/deployments");
    assert_eq!(uri(watch("widgets.v1beta1.example.com")), "/apis/example.com/v1beta1/widgets");
    assert_eq!(uri(Config::builder(Resource::core("v1", "nodes"))), "/api/v1/nodes");
}

#[test]
fn names_that_could_change_a_path_are_refused() {
    assert_eq!(refused(watch("pods").namespace("a/b")), "the namespace has the invalid character '/' at byte 1");
    assert_eq!(refused(watch("pods").namespace("")), "the namespace is empty");
    assert_eq!(refused(watch("pods").namespace("..")), "the namespace has the invalid character '.' at byte 0");
    assert_eq!(
        refused(Config::builder(Resource::new("g", "v1", "p?x"))),
        "the plural has the invalid character '?' at byte 1"
    );
    assert_eq!(
        "Pods".parse::<Resource>().unwrap_err().to_string(),
        "the plural has the invalid character 'P' at byte 0"
    );
}

#[test]
fn name_and_involved_object_exclude_each_other() {
    assert_eq!(uri(watch("pods").name("web-0")), "/api/v1/pods?fieldSelector=metadata.name%3Dweb-0");
    assert_eq!(
        uri(watch("events").involved_object("web-0")),
        "/api/v1/events?fieldSelector=involvedObject.name%3Dweb-0"
    );
    assert!(
        refused(watch("events").name("a").involved_object("b"))
            .starts_with("both `name` and `involved_object` were given")
    );
    assert_eq!(
        uri(watch("pods").name("a").fields("spec.nodeName=n")),
        "/api/v1/pods?fieldSelector=metadata.name%3Da%2Cspec.nodeName%3Dn"
    );
}

#[test]
fn typed_selectors_equal_verbatim_ones() {
    let labels = LabelSelector::new()
        .equal("app", "web")
        .not_equal("tier", "db")
        .is_in("zone", ["a", "b"])
        .not_in("env", ["test"])
        .exists("example.com/owner")
        .absent("canary");
    assert_eq!(labels, "app=web,tier!=db,zone in (a,b),env notin (test),example.com/owner,!canary".into());
    let fields = FieldSelector::new().equal("metadata.name", "a,b=c\\d").not_equal("status.phase", "Running");
    assert_eq!(fields, "metadata.name=a\\,b\\=c\\\\d,status.phase!=Running".into());
    assert_eq!(uri(watch("pods").labels("a in (b,c)")), "/api/v1/pods?labelSelector=a+in+%28b%2Cc%29",);
}

#[test]
fn a_label_that_would_mean_something_else_is_refused() {
    let labels = LabelSelector::new().equal("app", "a,b");
    assert_eq!(refused(watch("pods").labels(labels)), "the label value has the invalid character ',' at byte 1");
    assert_eq!(refused(watch("pods").labels(LabelSelector::new().exists(""))), "the label key is empty");
}

#[test]
fn selectors_are_the_same_on_list_and_watch() {
    let mut rig = Rig::new(watch("pods").labels("app=web").fields("spec.nodeName=n"));
    rig.reply(400, "").reply(200, crate::rig::list("10", &[]));
    for request in &rig.sent {
        let query = request.http.uri().query().unwrap();
        assert!(query.contains("labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3Dn"), "{query}");
    }
}

#[test]
fn accept_ends_with_plain_json_and_watches_are_uncompressed() {
    let mut rig = Rig::new(
        watch("pods").start(Start::InitialList(watch_core::InitialList::List)).representation(Representation::Metadata),
    );
    let header =
        |rig: &Rig, name: &str| rig.request().http.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(
        header(&rig, "accept").unwrap(),
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
    );
    assert_eq!(header(&rig, "accept-encoding"), None, "the driver's choice");
    rig.reply(200, crate::rig::list("10", &[]));
    assert_eq!(
        header(&rig, "accept").unwrap(),
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
    );
    assert_eq!(header(&rig, "accept-encoding").unwrap(), "identity");
}

#[test]
fn list_semantics_use_forms_that_the_server_accepts() {
    let any = watch("pods").list_semantics(ListSemantics::Any);
    assert_eq!(uri(any), "/api/v1/pods?resourceVersion=0&resourceVersionMatch=NotOlderThan");
    let not_older = watch("pods").list_semantics(ListSemantics::NotOlderThan("7".parse().unwrap()));
    assert_eq!(uri(not_older.clone()), "/api/v1/pods?resourceVersion=7&resourceVersionMatch=NotOlderThan");
    let mut rig = Rig::new(not_older);
    assert!(rig.has_query("sendInitialEvents=true") && rig.has_query("resourceVersion=7"));
    rig.open().body(crate::rig::initial_end("10")).body(crate::rig::error(410, "Expired", ""));
    assert!(
        !rig.uri().contains("resourceVersion="),
        "once something was seen, only the most recent will do: {}",
        rig.uri()
    );
}

#[test]
fn numbers_out_of_range_are_refused() {
    assert_eq!(refused(watch("pods").page_size(Some(0))), "page_size must be at least 1");
    let mut timing = watch_core::Timing::default();
    timing.response_timeout = std::time::Duration::ZERO;
    assert_eq!(refused(watch("pods").timing(timing)), "timing.response_timeout must be from 1 s to 24 h");
    let mut limits = watch_core::Limits::default();
    limits.nesting = 1000;
    assert_eq!(refused(watch("pods").limits(limits)), "limits.nesting must be from 4 to 512");
}

#[test]
fn without_bookmarks_there_is_no_streaming_list() {
    let rig = Rig::new(watch("pods").bookmarks(false));
    assert_eq!(rig.uri(), "/api/v1/pods?limit=500");
}

#[test]
fn a_configuration_too_long_for_a_uri_is_refused() {
    let too_long = "path and selectors together must be at most 12 KiB when percent-encoded";
    let labels = |count: usize| vec!["x".repeat(63); count].join(",");
    let fields = |length: usize| format!("f={}", "x".repeat(length));
    assert_eq!(refused(pods().labels(labels(13 << 4).as_str())), too_long);
    assert_eq!(refused(pods().fields(fields(13 << 10).as_str())), too_long);
    assert!(pods().fields(fields(6 << 10).as_str()).labels(labels(5 << 4).as_str()).build().is_ok());
    let none = LabelSelector::new().is_in("app", []);
    assert_eq!(pods().labels(none).build().unwrap_err().to_string(), "the set of label values is empty");
    let mut limits = Limits::default();
    limits.continue_token += 1;
    let error = pods().limits(limits).build().unwrap_err();
    assert_eq!(error.to_string(), "limits.continue_token must be at most 16 KiB");
}

/// The longest value of each setting still fits in a URI.
#[test]
fn the_longest_continue_token_is_sent_back_unchanged() {
    let selector = format!("f={}", "x".repeat((12 << 10) - 202));
    let mut rig = Rig::new(pods().fields(selector.as_str()));
    let token = "=".repeat(16 << 10);
    rig.reply(200, page("10", &token, &["a@5"]));
    assert!(rig.uri().contains(&"%3D".repeat(16 << 10)) && rig.uri().contains(&selector[2..]));
}

#[test]
fn a_seed_that_was_given_is_kept() {
    let config = |builder: ConfigBuilder| builder.build().unwrap().or_seed(7).seed();
    assert_eq!((config(pods()), config(pods().seed(5)), config(pods().seed(0))), (7, 5, 0));
}

/// An unchecked character would change the selector's meaning, in whichever requirement it stands.
#[test]
fn the_labels_of_every_requirement_are_checked() {
    let new = LabelSelector::new;
    for labels in [
        new().equal("app", "web,tier=db"),
        new().not_equal("app", "web,tier=db"),
        new().is_in("app", ["web", "a)b"]),
        new().not_in("app", ["a b"]),
        new().equal("a=b", ""),
        new().exists("a,b"),
        new().absent("!a"),
        new().equal("app", "a/b"),
        new().equal("app", "web").equal("x", "☃").exists("ok"),
    ] {
        let error = refused(watch("pods").labels(labels));
        assert!(error.starts_with("the label ") && error.contains("has the invalid character"), "{error}");
    }
    assert_eq!(refused(watch("pods").labels(new().is_in("app", []))), "the set of label values is empty");
    assert_eq!(
        uri(watch("pods").labels(new().equal("example.com/a", "").not_equal("b_c.d-e", "F.9"))),
        "/api/v1/pods?labelSelector=example.com%2Fa%3D%2Cb_c.d-e%21%3DF.9"
    );
}

#[test]
fn a_name_stands_before_the_other_fields() {
    let fields = FieldSelector::new().equal("spec.nodeName", "a\\b");
    let named = watch("pods").name("web").fields(fields.clone());
    assert!(uri(named).ends_with("fieldSelector=metadata.name%3Dweb%2Cspec.nodeName%3Da%5C%5Cb"));
    let involved = watch("events").involved_object("web").fields(fields);
    assert!(uri(involved).ends_with("fieldSelector=involvedObject.name%3Dweb%2Cspec.nodeName%3Da%5C%5Cb"));
}
