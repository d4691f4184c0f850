//! The names of resources in kubectl's grammar.

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use watch_core::{Config, Resource, ResourceName};

use crate::wire::config;

fn resource(text: &str) -> Resource {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn wrong(text: &str) -> String {
    text.parse::<Resource>().map(|resource| format!("{resource:?}")).unwrap_err().to_string()
}

#[test]
fn resources_are_named_as_for_kubectl() {
    for (text, group, version, plural) in [
        ("pods", "", "v1", "pods"),
        ("pods.v1.", "", "v1", "pods"),
        ("pods.v2beta1.", "", "v2beta1", "pods"),
        ("deployments.apps", "apps", "v1", "deployments"),
        ("deployments.v1.apps", "apps", "v1", "deployments"),
        ("deployments.v1beta2.apps", "apps", "v1beta2", "deployments"),
        ("horizontalpodautoscalers.autoscaling", "autoscaling", "v2", "horizontalpodautoscalers"),
        ("leases.coordination.k8s.io", "coordination.k8s.io", "v1", "leases"),
        ("ingresses.v1.networking.k8s.io", "networking.k8s.io", "v1", "ingresses"),
        ("widgets.v1.example.com", "example.com", "v1", "widgets"),
        ("widgets.v1alpha1.example.com", "example.com", "v1alpha1", "widgets"),
        ("example.com/v1/widgets", "example.com", "v1", "widgets"),
        ("example.com/stable/widgets", "example.com", "stable", "widgets"),
        ("v1.example.com/v1/widgets", "v1.example.com", "v1", "widgets"),
    ] {
        assert_eq!(resource(text), Resource::new(group, version, plural), "{text}");
    }
}

/// `example` isn't a version of the group `com`, nor `apps` one of the core group.
#[test]
fn a_group_is_not_taken_for_a_version() {
    let no_version =
        |group: &str| format!("the version of the group \"{group}\" is unknown; name it: RESOURCE.VERSION.GROUP");
    assert_eq!(wrong("widgets.example.com"), no_version("example.com"));
    assert_eq!(wrong("widgets.stable.example.com"), no_version("stable.example.com"));
    for group in ["v1x.example.com", "v1beta.example.com", "v1betamax.example.com", "v1alphabeta1.example.com"] {
        assert_eq!(wrong(&format!("widgets.{group}")), no_version(group));
    }
    assert_eq!(wrong("pods.v1"), no_version("v1"), "as for kubectl: the core group is `pods.v1.`");
}

/// In the order in which kubectl tries them.
#[test]
fn each_reading_can_be_looked_up_on_a_server() {
    let readings = |text: &str| {
        let name: ResourceName = text.parse().unwrap();
        let readings = name.readings().map(|reading| {
            format!("{} of {:?} in {}", reading.plural, reading.group, reading.version.unwrap_or("any version"))
        });
        readings.collect::<Vec<_>>()
    };
    assert_eq!(readings("pods"), ["pods of \"\" in any version"]);
    assert_eq!(readings("deployments.apps"), ["deployments of \"apps\" in any version"]);
    assert_eq!(readings("pods.v1."), ["pods of \"\" in v1"]);
    assert_eq!(
        readings("widgets.example.com"),
        ["widgets of \"com\" in example", "widgets of \"example.com\" in any version"]
    );
    assert_eq!(readings("example.com/v1/widgets"), ["widgets of \"example.com\" in v1"]);
}

#[test]
fn an_invalid_name_is_refused() {
    assert_eq!(wrong(""), "the plural is empty");
    assert_eq!(wrong(".apps"), "the plural is empty");
    assert_eq!(wrong("Pods"), "the plural has the invalid character 'P' at byte 0");
    assert_eq!(wrong("po ds"), "the plural has the invalid character ' ' at byte 2");
    assert_eq!(wrong("-pods"), "the plural has the invalid character '-' at byte 0");
    assert_eq!(wrong("pods.-x"), "the group has the invalid character '-' at byte 0");
    assert_eq!(wrong("pods.a..b"), "the group has the invalid character '.' at byte 2");
    assert_eq!(wrong("pods.v1.a."), "the group has the invalid character '.' at byte 4");
    assert_eq!(wrong("pods.Apps"), "the group has the invalid character 'A' at byte 0");
    assert_eq!(wrong("pods/web-0"), "the plural is empty");
    assert_eq!(wrong("a/b/c/d"), "the plural has the invalid character '/' at byte 1");
    assert_eq!(wrong("/v1/pods"), "the group is empty");
    assert_eq!(wrong("apps//pods"), "the version is empty");
}

/// A plural or version with a dot could be parsed as another resource; no server has one.
#[test]
fn plurals_and_versions_have_no_dots() {
    let refused = |resource| Config::builder(resource).build().unwrap_err().to_string();
    assert_eq!(refused(Resource::new("g", "v1", "a.b")), "the plural has the invalid character '.' at byte 1");
    assert_eq!(refused(Resource::new("g", "v1.2", "a")), "the version has the invalid character '.' at byte 2");
    assert_eq!(refused(Resource::new("g.", "v1", "a")), "the group has the invalid character '.' at byte 1");
}

#[test]
fn stored_names_have_the_version_and_displayed_ones_do_not() {
    let deployments = Resource::new("apps", "v1", "deployments");
    assert_eq!(
        (deployments.to_string(), deployments.name()),
        ("deployments.v1.apps".into(), "deployments.apps".into())
    );
    let pods = Resource::core("v1", "pods");
    assert_eq!((pods.to_string(), pods.name()), ("pods".into(), "pods".into()));
    assert_eq!(Resource::core("v2", "pods").to_string(), "pods.v2.");
    assert_eq!(Resource::new("example.com", "stable", "widgets").to_string(), "example.com/stable/widgets");
    assert_eq!(Config::builder(deployments).build().unwrap().target(), "deployments.apps");
}

/// The groups of a real kube-apiserver, as recorded for watch-test.
#[test]
fn groups_of_kubernetes_have_the_version_that_it_prefers() {
    const RECORDED: &str = include_str!("../../../watch-test/tests/it/discovery.txt");
    for list in RECORDED.lines() {
        let list: serde_json::Value = serde_json::from_str(list).unwrap();
        let api_version = list["groupVersion"].as_str().unwrap();
        for plural in list["resources"].as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()) {
            let Some((group, _)) = api_version.split_once('/') else { continue };
            if !plural.contains('/') {
                assert_eq!(resource(&format!("{plural}.{group}")).api_version(), api_version);
            }
        }
    }
}

fn label() -> impl Strategy<Value = String> + Clone {
    "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?"
}

fn version() -> impl Strategy<Value = String> {
    prop_oneof![Just("v1".to_owned()), "v[0-9]{1,3}((alpha|beta)[0-9]{1,2})?", label()]
}

/// Names whose beginning could be taken for a version are among them.
fn group() -> impl Strategy<Value = String> {
    let part = prop_oneof![label(), "v[0-9](beta[0-9])?"];
    proptest::collection::vec(part, 0..4).prop_map(|parts| parts.join("."))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_resource_that_is_written_is_read_again(group in group(), version in version(), plural in label()) {
        let resource = Resource::new(&group, &version, &plural);
        prop_assert!(Config::builder(resource.clone()).build().is_ok());
        prop_assert_eq!(resource.to_string().parse(), Ok(resource));
    }

    #[test]
    fn a_name_that_is_written_is_read_again(text in prop_oneof![
        any::<String>(),
        "[a-z0-9./-]{0,24}",
        (label(), group()).prop_map(|(plural, group)| format!("{plural}.{group}")),
        (label(), version(), group()).prop_map(|(plural, version, group)| format!("{plural}.{version}.{group}")),
    ]) {
        if let Ok(name) = text.parse::<ResourceName>() {
            prop_assert_eq!(name.to_string(), text.clone());
            prop_assert!(name.readings().next().is_some());
        }
        if let Ok(resource) = text.parse::<Resource>() {
            prop_assert!(Config::builder(resource.clone()).build().is_ok());
            prop_assert_eq!(resource.to_string().parse(), Ok(resource));
        }
    }
}
