//! Draws objects as JSON, and their expected fields.

use watch_core::{LONGEST_RESOURCE_VERSION, Object, ResourceVersion};
use watch_test::check::Rng;

use super::json::{Writer, nested};
use super::text;
use crate::violation::{Oracle, Violation, broken};

/// A text in the data of every object, which no error may show if the object is a Secret.
pub(super) const SECRET_VALUE: &str = "hush-hush";

/// An object, and its expected fields.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) json: String,
    /// Whether it can be read.
    pub(super) is_valid: bool,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) uid: Option<String>,
    pub(super) version: String,
    pub(super) kind: Option<String>,
    pub(super) api_version: Option<String>,
    /// Whether it has a member `kind` or `apiVersion`, with any value.
    pub(super) has_type: bool,
    /// Whether no member occurs twice.
    pub(super) is_simple: bool,
}

/// A member, which is a text or another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    Absent,
    Null,
    Empty,
    Other,
}

impl Drawn {
    /// Draws an object at this version. One in `wrong` of the members has a wrong type.
    pub(super) fn new(rng: &mut Rng, writer: Writer, version: &str, wrong: u64) -> Self {
        let mut drawn = Self {
            json: String::new(),
            is_valid: true,
            name: format!("n{}", rng.below(4)),
            namespace: None,
            uid: None,
            version: version.into(),
            kind: None,
            api_version: None,
            has_type: false,
            is_simple: true,
        };
        if rng.one_in(3) {
            drawn.name = Some(text::any(rng, 10)).filter(|name| !name.is_empty()).unwrap_or_else(|| "a".into());
        }
        let metadata = drawn.metadata(rng, writer, wrong);
        let mut members =
            vec![("metadata".to_owned(), metadata), ("data".into(), format!("{{\"secret\":\"{SECRET_VALUE}\"}}"))];
        for field in ["kind", "apiVersion"] {
            let shape = rng.weighted(&[
                (Shape::Text, 6),
                (Shape::Absent, 4),
                (Shape::Null, 1),
                (Shape::Empty, 1),
                (Shape::Other, 2),
            ]);
            drawn.has_type |= shape != Shape::Absent;
            let value =
                if field == "kind" { rng.pick(&["Pod", "Secret", "PartialObjectMetadata", "Käse\"\\"]) } else { "v1" };
            if let Some(value) = written(rng, writer, shape, value) {
                members.push((field.into(), value));
            }
            let read = (shape == Shape::Text).then(|| value.to_owned());
            if field == "kind" { drawn.kind = read } else { drawn.api_version = read }
        }
        for _ in 0..rng.below(4) {
            let name = rng.pick(&["spec", "status", "Kind", "apiversion", "metadata ", "items", "type", "object", ""]);
            members.push((name.into(), writer.value(rng, 4)));
        }
        shuffle(rng, &mut members);
        if rng.one_in(wrong.saturating_mul(6).max(1)) && wrong > 0 {
            // A member that is read occurs twice.
            let twice = rng.pick(&members);
            drawn.is_valid &=
                !matches!(twice.0.as_str(), "metadata" | "kind" | "apiVersion") || is_first_absent(&twice);
            members.push(twice);
            drawn.is_simple = false;
        }
        drawn.json = writer.object(rng, &members);
        drawn
    }

    fn metadata(&mut self, rng: &mut Rng, writer: Writer, wrong: u64) -> String {
        let mut members = Vec::new();
        for field in ["name", "namespace", "uid", "resourceVersion"] {
            let is_required = matches!(field, "name" | "resourceVersion");
            let shape = match rng.below(12) {
                _ if wrong > 0 && rng.one_in(wrong.saturating_mul(4)) => {
                    rng.pick(&[Shape::Other, Shape::Absent, Shape::Null, Shape::Empty])
                }
                _ if is_required => Shape::Text,
                0..6 => Shape::Text,
                6..9 => Shape::Absent,
                9 | 10 => Shape::Null,
                _ => Shape::Empty,
            };
            self.is_valid &= shape != Shape::Other && (!is_required || shape == Shape::Text);
            let value = match field {
                "name" => self.name.clone(),
                "resourceVersion" => self.version.clone(),
                "namespace" => text::plain(rng, 8),
                _ => rng.pick(&["0f2a1c34-5b6d-4e7f-8a9b-0c1d2e3f4a5b", "uid-1", "\"u\\"]).into(),
            };
            if let Some(json) = written(rng, writer, shape, &value) {
                members.push((field.to_owned(), json));
            }
            if shape == Shape::Text && field == "namespace" {
                self.namespace = Some(value);
            } else if shape == Shape::Text && field == "uid" {
                self.uid = Some(value);
            }
        }
        self.is_valid &= self.version.parse::<ResourceVersion>().is_ok();
        for _ in 0..rng.below(3) {
            members.push((rng.pick(&["labels", "annotations", "Name", "generation"]).into(), writer.value(rng, 3)));
        }
        shuffle(rng, &mut members);
        writer.object(rng, &members)
    }

    /// Increases the depth to this, if it is smaller.
    pub(super) fn deepen(&mut self, rng: &mut Rng, levels: usize) {
        if levels > 1
            && let Some(rest) = self.json.strip_prefix('{')
        {
            self.json = format!("{{\"deep\":{},{rest}", nested(rng, levels as u64 - 1));
        }
    }

    /// Increases the length to this, if it is smaller.
    pub(super) fn lengthen(&mut self, bytes: usize) {
        let more = bytes.saturating_sub(self.json.len());
        if let Some(missing) = more.checked_sub("\"p\":\"\",".len())
            && let Some(rest) = self.json.strip_prefix('{')
        {
            self.json = format!("{{\"p\":\"{}\",{rest}", "x".repeat(missing));
        }
    }

    /// Compares the fields of an object with the expected ones, except its bytes and its type.
    pub(super) fn is_read_as(&self, object: &Object) -> Result<(), Violation> {
        let found = (object.name(), object.namespace(), object.uid(), object.resource_version().text().into_owned());
        let expected = (self.name.as_str(), self.namespace.as_deref(), self.uid.as_deref(), self.version.clone());
        if !self.is_valid || found != expected {
            return broken(Oracle::Reference, format!("{} is read as {found:?}, not {expected:?}", self.json));
        }
        let detached = object.clone().detach();
        if detached != *object
            || (detached.name(), detached.uid(), detached.kind()) != (object.name(), object.uid(), object.kind())
        {
            return broken(Oracle::Reference, format!("{object} changed when it was detached"));
        }
        let value = serde_json::from_slice::<serde_json::Value>(object.raw());
        match (value, object.decode::<serde_json::Value>()) {
            (Ok(value), Ok(decoded)) if value == decoded => Ok(()),
            (Err(_), Err(_)) => Ok(()),
            (value, decoded) => broken(Oracle::Reference, format!("{object} decodes to {decoded:?}, not {value:?}")),
        }
    }
}

/// Checks that errors about a Secret show no value, and that errors about another object show the value that doesn't
/// fit.
pub(super) fn check_decode_error(object: &Object, is_secret: bool) -> Result<(), Violation> {
    #[derive(Debug, serde::Deserialize)]
    struct Misfit {
        #[expect(dead_code, reason = "it never fits")]
        data: Numbers,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Numbers {
        #[expect(dead_code, reason = "it never fits")]
        secret: u64,
    }
    let error = match object.decode::<Misfit>() {
        Ok(decoded) => return broken(Oracle::Reference, format!("{object} fits {decoded:?}")),
        Err(error) => error.to_string(),
    };
    if error.contains(SECRET_VALUE) == is_secret {
        return broken(Oracle::Reference, format!("the error about {object} (secret: {is_secret}) is: {error}"));
    }
    Ok(())
}

fn written(rng: &mut Rng, writer: Writer, shape: Shape, value: &str) -> Option<String> {
    Some(match shape {
        Shape::Text => writer.string(rng, value),
        Shape::Absent => return None,
        Shape::Null => "null".into(),
        Shape::Empty => "\"\"".into(),
        Shape::Other => rng.pick(&["1", "true", "[]", "{\"a\":[1]}", "1.5e3", "[\"Pod\"]"]).into(),
    })
}

/// A null counts as absent, so that another value may follow.
fn is_first_absent((name, value): &(String, String)) -> bool {
    match name.as_str() {
        "kind" | "apiVersion" => !value.starts_with('"'),
        _ => false,
    }
}

pub(super) fn shuffle<T>(rng: &mut Rng, items: &mut [T]) {
    for index in (1..items.len()).rev() {
        items.swap(index, rng.below(index as u64 + 1) as usize);
    }
}

/// Draws a version of a list, a bookmark or an object. Returns its JSON, and the expected result of reading it.
pub(super) fn version(rng: &mut Rng, writer: Writer) -> (Option<String>, Result<String, VersionProblem>) {
    let text = match rng.below(14) {
        0 => return (None, Err(VersionProblem::Missing)),
        1 => return (Some("null".into()), Err(VersionProblem::Missing)),
        2 => return (Some(rng.pick(&["7", "{}", "true", "[\"7\"]"]).into()), Err(VersionProblem::NoText)),
        3 => String::new(),
        4 => "0".into(),
        5 => "9".repeat(LONGEST_RESOURCE_VERSION + rng.below(2) as usize),
        6 => "opaque:\u{e9}\"".into(),
        7 => format!("1{}", rng.next_u64()),
        _ => rng.between(1, 1 << 40).to_string(),
    };
    let json = writer.string(rng, &text);
    let read = match text.as_str() {
        "" | "0" => Err(VersionProblem::Missing),
        _ if text.len() > LONGEST_RESOURCE_VERSION => Err(VersionProblem::TooLong(text.len())),
        _ => Ok(text),
    };
    (Some(json), read)
}

/// The reason why there is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VersionProblem {
    /// Absent, null, empty or `"0"`.
    Missing,
    TooLong(usize),
    /// It isn't a text.
    NoText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_is_read_in_another_way_is_found() {
        let rng = &mut Rng::new(3);
        let writer = Writer::drawn(rng);
        let drawn = Drawn::new(rng, writer, "7", 0);
        let object = Object::parse(drawn.json.clone().into()).unwrap();
        assert_eq!(drawn.is_read_as(&object), Ok(()));
        assert!(Drawn { uid: Some("other".into()), ..drawn.clone() }.is_read_as(&object).is_err());
        assert!(Drawn { is_valid: false, ..drawn.clone() }.is_read_as(&object).is_err());
        assert!(Drawn { version: "8".into(), ..drawn }.is_read_as(&object).is_err());
        let secret = format!(
            "{{\"kind\":\"Secret\",\"metadata\":{{\"name\":\"a\",\"resourceVersion\":\"1\"}},\"data\":{{\"secret\":\"{SECRET_VALUE}\"}}}}"
        );
        let secret = Object::parse(secret.into()).unwrap();
        assert_eq!(check_decode_error(&secret, true), Ok(()));
        assert!(check_decode_error(&secret, false).is_err());
    }
}
