//! The Rust version that the crates need, as far as their dependencies state it. Clippy's `incompatible_msrv` checks
//! that the crates themselves use nothing newer of the standard library.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Major and minor.
type Version = (u32, u32);

fn version(text: &str) -> Version {
    let mut parts = text.split('.').map(|part| part.parse().expect("a number"));
    (parts.next().expect("a major version"), parts.next().unwrap_or(0))
}

/// A package of this workspace with these features: its `rust-version`, and the greatest one of the packages that are
/// built for it, with their names.
fn needs(package: &str, features: &str) -> (Version, Version, String) {
    let manifest = format!("{}/../{package}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    // `cargo metadata` is for all members of the workspace, so a feature needs the name of its package.
    let features: Vec<_> =
        features.split(',').filter(|name| !name.is_empty()).map(|name| format!("{package}/{name}")).collect();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", &host()])
        .args(["--manifest-path", &manifest, "--features", &features.join(",")])
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let packages = list(&metadata["packages"]);
    let of = |id: &str| packages.iter().find(|package| package["id"] == id).expect("a package");
    let own = packages.iter().find(|found| found["name"] == package).expect("this package");

    let nodes = list(&metadata["resolve"]["nodes"]);
    let (mut seen, mut open) = (BTreeSet::new(), vec![own["id"].as_str().expect("an id").to_owned()]);
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let node = nodes.iter().find(|node| node["id"] == id.as_str()).expect("a node");
        for dependency in list(&node["deps"]) {
            // Dev-dependencies aren't built for users.
            if list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev") {
                open.push(dependency["pkg"].as_str().expect("an id").to_owned());
            }
        }
    }
    let wants = |id: &String| of(id)["rust_version"].as_str().map(|text| (version(text), of(id)["name"].to_string()));
    let (greatest, whose) = seen.iter().filter_map(wants).max().expect("at least the version of this package");
    (version(own["rust_version"].as_str().expect("a rust-version")), greatest, whose)
}

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

#[test]
fn the_stated_rust_version_builds_every_dependency() {
    for (package, features) in [
        ("watch-core", ""),
        ("watch-core", "arbitrary,k8s-openapi,trace"),
        ("watch-hyper", ""),
        ("watch-hyper", "gzip,k8s-openapi,metrics"),
        ("watch-hyper", "kube,kube-runtime"),
        ("watch-test", ""),
        ("watch-test", "live,service"),
    ] {
        let (stated, needed, whose) = needs(package, features);
        assert_eq!(stated, (1, 89), "the README states it");
        assert!(needed <= stated, "{package} with {features:?}: {whose} needs {needed:?}");
    }
}
