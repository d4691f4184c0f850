//! The metadata for docs.rs, which doesn't read `.cargo/config.toml`.

use std::fs;
use std::path::Path;

/// k8s-openapi doesn't build without a version of Kubernetes, so a crate whose features enable it must select one.
/// watch-test has no such feature.
#[test]
fn docs_rs_builds_for_a_version_of_kubernetes() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| fs::read_to_string(workspace.join(path)).unwrap();
    let config = read(".cargo/config.toml");
    let version = config.split("K8S_OPENAPI_ENABLED_VERSION = \"").nth(1).unwrap().split('"').next().unwrap();
    let argument = format!(r#"cargo-args = ["--config", "env.K8S_OPENAPI_ENABLED_VERSION='{version}'"]"#);
    let needs_it = ["watch-core", "watch-hyper", "watch-test"].map(|name| {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let features = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
        let has_it = features.contains("k8s-openapi") || features.contains("kube-client");
        let docs = manifest.split("[package.metadata.docs.rs]").nth(1).unwrap().split("\n[").next().unwrap();
        assert!(docs.contains("all-features = true"), "{name}");
        assert_eq!(docs.contains(&argument), has_it, "{name}: {docs}");
        has_it
    });
    assert_eq!(needs_it, [true, true, false]);
}
