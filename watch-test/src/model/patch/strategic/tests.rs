use serde_json::{Value, json};

use super::merge;

/// Patches with the results of `strategicpatch.StrategicMergePatch` of k8s.io/apimachinery v0.36 (`.ci/kube/patches`).
const RECORDED: &str = include_str!("recorded.txt");

/// Decodes a merged object as Go's types do: a null is dropped, and so is a leftover directive.
fn settle(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| !value.is_null() && !name.starts_with('$'));
            map.values_mut().for_each(settle);
        }
        Value::Array(list) => list.iter_mut().for_each(settle),
        _ => {}
    }
}

#[test]
fn every_patch_does_what_apimachinery_does() {
    let mut wrong = Vec::new();
    for line in RECORDED.lines() {
        let mut recorded: Value = serde_json::from_str(line).expect("JSON");
        let patch = recorded["patch"].take();
        let kind = recorded["kind"].as_str().expect("a kind");
        let is_right = match merge(kind, &recorded["object"], patch) {
            Ok(mut merged) => {
                assert!(!merged.to_string().contains('$'), "{merged}");
                settle(&mut merged);
                let mut expected = recorded["result"].clone();
                settle(&mut expected);
                merged == expected
            }
            Err(status) => recorded["error"] == status.message,
        };
        if !is_right {
            wrong.push(line);
        }
    }
    assert!(RECORDED.lines().count() > 200, "the recorded patches are there");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn refusals_have_the_statuses_of_a_real_server() {
    let refuse = |patch: Value| {
        let pod = json!({"spec": {"containers": [{"name": "a", "args": ["x"]}], "volumes": []},
            "metadata": {"finalizers": ["x/a"]}});
        let status = merge("Pod", &pod, patch).expect_err("refused");
        (status.code, status.message)
    };
    // `interpretStrategicMergePatchError` of endpoints/handlers/patch.go
    assert_eq!(refuse(json!({"spec": {"$retainKeys": "x"}})), (400, "invalid patch format of retainKeys".to_owned()));
    assert_eq!(
        refuse(json!({"metadata": {"$deleteFromPrimitiveList": ["x/a"]}})),
        (400, "invalid patch format of primitive list".to_owned())
    );
    assert_eq!(
        refuse(json!({"spec": {"$setElementOrder": []}})),
        (400, "invalid patch format of setElementOrder list".to_owned())
    );
    assert_eq!(refuse(json!({"spec": {"volumes": [["x"]]}})), (422, "lists of lists are not supported".to_owned()));
    assert_eq!(
        refuse(json!({"spec": {"containers": ["x"]}})),
        (500, "list element types are not identical: [[map[args:[x] name:a]] [x]]".to_owned())
    );
    assert_eq!(
        refuse(json!({"spec": {"containers": [{"image": "i"}]}})),
        (500, "map: map[image:i] does not contain declared merge key: name".to_owned())
    );
}
