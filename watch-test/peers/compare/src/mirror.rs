//! The objects of the server or of a mirror: `name@resourceVersion`, sorted, on one line.

use serde_json::Value;

/// Returns the line that a client should print for these objects.
pub fn line_of(objects: &[Value]) -> String {
    let text = |object: &Value, pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
    let mut names: Vec<String> = objects
        .iter()
        .map(|object| format!("{}@{}", text(object, "/metadata/name"), text(object, "/metadata/resourceVersion")))
        .collect();
    names.sort();
    names.join(" ")
}

/// Returns a line without the object of that name.
pub fn without(line: &str, name: &str) -> String {
    let is_other = |object: &&str| object.split_once('@').is_none_or(|(given, _)| given != name);
    line.split(' ').filter(is_other).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{line_of, without};

    #[test]
    fn objects_become_a_sorted_line() {
        let object = |name, version| json!({"metadata": {"name": name, "resourceVersion": version}});
        assert_eq!(line_of(&[object("b", "7"), object("a", "10")]), "a@10 b@7");
        assert_eq!(line_of(&[]), "");
    }

    #[test]
    fn one_object_can_be_left_out() {
        assert_eq!(without("a@1 poison@2 poisonous@3", "poison"), "a@1 poisonous@3");
        assert_eq!(without("poison@2", "poison"), "");
        assert_eq!(without("a@1", "poison"), "a@1");
    }
}
