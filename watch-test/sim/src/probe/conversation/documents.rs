//! The JSON of the random server.

use watch_test::check::Rng;

use super::store::{KEYS, Stored};

/// A text in every object and in every message. If Secrets are watched, no output may show it.
pub(super) const VALUE: &str = "c2VjcmV0";

const MANAGED: &str =
    r#","managedFields":[{"manager":"kubectl","operation":"Apply","fieldsV1":{"f:data":{"f:v":{}}}}],"generation":1"#;

/// How a server writes objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    /// Whether objects have uids.
    uids: bool,
    /// Whether the items of lists have no kind.
    bare_items: bool,
    /// Whether `items` comes before `metadata`.
    items_first: bool,
    /// Whether there are spaces and line breaks between all tokens.
    pretty: bool,
    /// The length of a text in each object.
    padding: u64,
    /// The additional levels of nesting in each object.
    levels: u64,
    /// Whether objects have managed fields.
    managed: bool,
}

/// The metadata of a list.
#[derive(Clone, Debug, Default)]
pub(super) struct ListHead {
    /// The JSON of `resourceVersion`, if there is one.
    pub(super) version: Option<String>,
    /// The JSON of `continue`, if there is one.
    pub(super) token: Option<String>,
    pub(super) remaining: Option<i64>,
}

impl Writing {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        Self {
            uids: !rng.one_in(8),
            bare_items: rng.one_in(3),
            items_first: rng.one_in(8),
            pretty: rng.one_in(8),
            padding: rng.weighted(&[(0, 6), (100, 1), (250, 1), (900, 1)]),
            levels: rng.weighted(&[(0, 8), (1, 1), (2, 1), (4, 1)]),
            managed: rng.one_in(4),
        }
    }

    /// Returns the JSON of an object with this text as its version.
    pub(super) fn object(self, object: &Stored, version: &str) -> String {
        self.written(object, version, true)
    }

    fn written(self, object: &Stored, version: &str, has_type: bool) -> String {
        let (namespace, name) = KEYS[object.key];
        let kind = if has_type { r#""kind":"Widget","apiVersion":"v1","# } else { "" };
        let uid = if self.uids { format!(r#","uid":"{}""#, uid(object.uid)) } else { String::new() };
        let (open, close) = ("[".repeat(self.levels as usize), "]".repeat(self.levels as usize));
        let padding = "p".repeat(self.padding as usize);
        let managed = if self.managed { MANAGED } else { "" };
        format!(
            r#"{{{kind}"metadata":{{"name":"{name}","namespace":"{namespace}"{uid}{managed},"resourceVersion":{}}},"data":{{"v":"{VALUE}{padding}","n":{open}0{close}}}}}"#,
            json(version)
        )
    }

    /// Returns the body of a list.
    pub(super) fn list(self, head: &ListHead, items: &[String]) -> String {
        let mut meta = Vec::new();
        meta.extend(head.version.as_ref().map(|version| format!(r#""resourceVersion":{version}"#)));
        meta.extend(head.token.as_ref().map(|token| format!(r#""continue":{token}"#)));
        meta.extend(head.remaining.map(|count| format!(r#""remainingItemCount":{count}"#)));
        let meta = format!(r#""metadata":{{{}}}"#, meta.join(","));
        let items = format!(r#""items":[{}]"#, items.join(","));
        let (first, second) = if self.items_first { (items, meta) } else { (meta, items) };
        self.spaced(&format!(r#"{{"kind":"WidgetList","apiVersion":"v1",{first},{second}}}"#))
    }

    /// Returns an item of a list.
    pub(super) fn item(self, object: &Stored, version: &str) -> String {
        self.written(object, version, !self.bare_items)
    }

    /// Returns a line of a watch.
    pub(super) fn event(self, kind: &str, object: &str) -> String {
        self.spaced(&format!(r#"{{"type":"{kind}","object":{object}}}"#)) + "\n"
    }

    /// Returns a bookmark. `version` and `end` are JSON.
    pub(super) fn bookmark(self, version: Option<&str>, end: Option<&str>) -> String {
        let mut meta = Vec::new();
        meta.extend(version.map(|version| format!(r#""resourceVersion":{version}"#)));
        meta.extend(end.map(|end| format!(r#""annotations":{{"k8s.io/initial-events-end":{end}}}"#)));
        let object = format!(r#"{{"kind":"Widget","apiVersion":"v1","metadata":{{{}}}}}"#, meta.join(","));
        self.event("BOOKMARK", &object)
    }

    /// Puts line breaks and spaces after commas and colons; no text of these documents has either.
    fn spaced(self, json: &str) -> String {
        if self.pretty { json.replace(",\"", ",\r\n  \"").replace("\":", "\": ") } else { json.into() }
    }
}

/// Returns a text as JSON.
pub(super) fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn uid(number: u64) -> String {
    format!("6b1f0000-0000-4000-8000-{number:012x}")
}
