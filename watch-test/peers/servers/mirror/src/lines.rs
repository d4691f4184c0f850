//! Objects as lines that can be compared: `namespace/name` and the content, with sorted keys.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;

use serde_json::Value;

/// The objects of a mirror, by `namespace/name`.
pub(crate) type Objects = BTreeMap<String, Value>;

/// Prints the lines of a list.
pub(crate) fn of_list(list: impl Read) -> Result<(), Box<dyn Error>> {
    let list: Value = serde_json::from_reader(list)?;
    let items = match &list["items"] {
        Value::Array(items) => &items[..],
        Value::Null => &[],
        _ => return Err("the `items` of the list aren't an array".into()),
    };
    print!("{}", of(&items.iter().map(|object| (key(object), object.clone())).collect()));
    Ok(())
}

pub(crate) fn of(objects: &Objects) -> String {
    objects.iter().map(|(key, object)| format!("{key} {}\n", bare(object.clone()))).collect()
}

pub(crate) fn key(object: &Value) -> String {
    let field = |name| object["metadata"][name].as_str().unwrap_or_default();
    format!("{}/{}", field("namespace"), field("name"))
}

/// Removes fields that objects in events have and items of lists may lack.
fn bare(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}
