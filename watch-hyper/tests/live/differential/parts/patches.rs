//! Strategic merge patches.

use http::Method;
use serde_json::{Value, json};

use super::{JSON, STRATEGIC, Script};

/// Types to which the real server adds no defaults.
pub(super) async fn patches(script: &mut Script<'_>) {
    const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";
    let account = json!({"metadata": {"name": "sa", "labels": {"a": "b"}, "finalizers": ["x/a", "x/b"]},
        "secrets": [{"name": "a"}, {"name": "b"}], "imagePullSecrets": [{"name": "p"}]});
    script.post(ACCOUNTS, account).await;
    for patch in [
        json!({"secrets": [{"name": "b"}, {"name": "c"}]}),
        json!({"secrets": [{"name": "a", "$patch": "delete"}]}),
        json!({"imagePullSecrets": [{"name": "q"}]}),
        json!({"secrets": [{"name": "d"}, {"name": "b"}], "$setElementOrder/secrets": [{"name": "d"}, {"name": "b"}, {"name": "c"}]}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/a"]}}),
        json!({"metadata": {"finalizers": ["x/c"], "$setElementOrder/finalizers": ["x/c", "x/b"]}}),
        json!({"metadata": {"labels": {"$patch": "replace", "c": "d"}}}),
        json!({"metadata": {"labels": {"$retainKeys": ["a"], "b": "c"}}}),
        json!({"secrets": [{"fieldPath": "f"}]}),
        json!({"secrets": [{"name": "x", "$patch": "banana"}]}),
        json!({"metadata": {"labels": {"$patch": "delete"}}}),
        json!({"secrets": [{"$patch": "replace"}, {"name": "z"}]}),
        json!({"secrets": null}),
        json!({"imagePullSecrets": [{"name": "x", "$patch": "banana"}]}),
        json!({"metadata": {"$patch": "banana"}}),
        json!({"$setElementOrder": []}),
        json!({"metadata": {"$deleteFromPrimitiveList": []}}),
        json!({"metadata": {"$retainKeys": "name"}}),
        json!({"secrets": [["x"]], "metadata": {"finalizers": [["x"]]}}),
        json!({"metadata": {"name": "other"}}),
        json!({}),
    ] {
        script.patch(&format!("{ACCOUNTS}/sa"), STRATEGIC, patch).await;
    }
    script.send(Method::PATCH, &format!("{ACCOUNTS}/sa"), STRATEGIC, &json!([]), &[]).await;
    script.patch(&format!("{ACCOUNTS}/missing"), STRATEGIC, json!({})).await;
    script.delete(&format!("{ACCOUNTS}/sa"), Value::Null).await;
}

pub(super) async fn patches_of_deployments(script: &mut Script<'_>) {
    const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
    let variables = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>()
    };
    let deployment = json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "containers": [{"name": "x", "image": "i", "env": variables(&[("A", "1"), ("B", "2")]), "args": ["1", "2"]},
                {"name": "y", "image": "j"}],
            "tolerations": [{"key": "k", "operator": "Exists"}]}}}});
    let spec = "/spec/template/spec";
    let shown: Vec<String> = [
        "containers/0/name",
        "containers/0/image",
        "containers/0/env",
        "containers/0/args",
        "containers/1/name",
        "containers/1/image",
        "containers/1/env",
        "containers/2/name",
        "tolerations",
        "nodeSelector",
    ]
    .iter()
    .map(|field| format!("{spec}/{field}"))
    .chain(["/spec/replicas", "/spec/strategy/type", "/metadata/labels"].map(str::to_owned))
    .collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let mut with_strategy = deployment;
    with_strategy["spec"]["strategy"] =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}});
    script.send(Method::POST, DEPLOYMENTS, JSON, &with_strategy, &shown).await;
    let containers = |containers: Value| json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let mut ordered =
        containers(json!([{"name": "x", "image": "k", "$setElementOrder/env": [{"name": "B"}, {"name": "C"}],
        "env": [{"name": "C", "value": "3"}, {"name": "A", "$patch": "delete"}]}]));
    ordered["spec"]["template"]["spec"]["$setElementOrder/containers"] = json!([{"name": "y"}, {"name": "x"}]);
    for patch in [
        containers(json!([{"name": "x", "image": "i:2", "args": ["3"]}])),
        containers(json!([{"name": "z", "image": "k"}])),
        containers(json!([{"name": "z", "$patch": "delete"}])),
        // As a second `kubectl apply` sends it.
        ordered,
        json!({"spec": {"template": {"spec": {"tolerations": [{"key": "l", "operator": "Exists"}], "nodeSelector": {"a": "b"}}}}}),
        json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
        json!({"spec": {"template": {"spec": {"nodeSelector": {"$patch": "replace", "c": "d"}}}}}),
        json!({"metadata": {"labels": {"x": "y"}}}),
        containers(json!([{"image": "i"}])),
    ] {
        script.send(Method::PATCH, &format!("{DEPLOYMENTS}/web"), STRATEGIC, &patch, &shown).await;
    }
}
