//! Alters stored data.

use serde_json::Value;
use watch_test::check::Rng;

/// Returns a text that differs from this one, which is JSON: by a few bytes, or by a field.
pub(super) fn altered(rng: &mut Rng, json: &str) -> String {
    match rng.below(3) {
        0 => bytes(rng, json),
        1 => field(rng, json).unwrap_or_else(|| bytes(rng, json)),
        _ => digit(rng, json),
    }
}

/// Flips a bit, cuts bytes off, inserts bytes, or repeats bytes.
fn bytes(rng: &mut Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.between(1, 2) {
        let place = rng.below(bytes.len().max(1) as u64) as usize;
        match rng.below(5) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place.min(bytes.len()), b" \"0,{}a\n"[rng.below(8) as usize]),
            2 if !bytes.is_empty() => drop(bytes.remove(place)),
            3 => {
                let end = (place + rng.between(1, 8) as usize).min(bytes.len());
                let part = bytes[place..end].to_vec();
                bytes.splice(place..place, part);
            }
            _ if !bytes.is_empty() => bytes[place] ^= 1 << rng.below(7),
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Changes one digit or letter into another one, so that the form of the data stays the same.
fn digit(rng: &mut Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let places: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(place, _)| place).collect();
    if !places.is_empty() {
        let place = rng.pick(&places);
        bytes[place] = b'0' + (bytes[place] - b'0' + rng.between(1, 9) as u8) % 10;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Changes, removes or exchanges a field somewhere in the document.
fn field(rng: &mut Rng, json: &str) -> Option<String> {
    let mut document: Value = serde_json::from_str(json).ok()?;
    let mut paths = Vec::new();
    collect(&document, "", &mut paths);
    if paths.is_empty() {
        return None;
    }
    let path = rng.pick(&paths);
    let other = document.pointer(&rng.pick(&paths)).cloned()?;
    let (parent, name) = path.rsplit_once('/')?;
    match (rng.below(4), document.pointer_mut(parent)?) {
        (0, Value::Object(members)) => drop(members.remove(name)),
        (0, Value::Array(items)) => drop(items.remove(name.parse().ok()?)),
        (1, Value::Array(items)) => {
            let last = items.len() - 1;
            items.swap(name.parse().ok()?, last);
        }
        (1, Value::Object(members)) => {
            let added = rng.pick(&["uid", "namespace", "noStreamingList", "extra"]);
            members
                .insert(added.into(), rng.pick(&[Value::from(""), Value::from("x"), Value::Bool(true), Value::Null]));
        }
        (2, _) => *document.pointer_mut(&path)? = other,
        _ => {
            let value = document.pointer_mut(&path)?;
            *value = changed(rng, value);
        }
    }
    serde_json::to_string(&document).ok()
}

fn changed(rng: &mut Rng, value: &Value) -> Value {
    match value {
        Value::Bool(is) => Value::Bool(!is),
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or(0);
            rng.pick(&[0, 1, 2, u64::from(u32::MAX), number.wrapping_add(1), number.wrapping_sub(1), u64::MAX]).into()
        }
        Value::String(text) => rng
            .pick(&[format!("{text}0"), format!("0{text}"), text.chars().skip(1).collect(), String::new(), "1".into()])
            .into(),
        _ => Value::Null,
    }
}

/// Collects the paths of all values but the outermost one.
fn collect(value: &Value, path: &str, paths: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        collect(child, &path, paths);
        paths.push(path);
    }
}

/// Writes the same data in another form: in another order, or pretty.
pub(super) fn written_otherwise(rng: &mut Rng, json: &str) -> String {
    let Ok(document) = serde_json::from_str::<Value>(json) else { return json.into() };
    if rng.one_in(2) {
        return serde_json::to_string_pretty(&document).unwrap_or_default().replace('\n', "\r\n");
    }
    let Value::Object(members) = document else { return json.into() };
    let members: Vec<String> =
        members.iter().rev().map(|(name, value)| format!("{} : {value}", Value::from(name.as_str()))).collect();
    format!("{{ {} }}", members.join(" , "))
}
