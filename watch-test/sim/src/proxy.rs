//! A proxy between server and client: versions in another form than etcd's, and falsified lists.

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use watch_core::{Event, Object, ResourceVersion};

use super::plan::{Falsification, OF_A_LIST, Versions};
use super::violation::{Oracle, Violation, broken};

/// The text before a version in a body.
const NAME: &[u8] = b"\"resourceVersion\":\"";

/// Adds a prefix to each version of a body, in whatever pieces the body comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renumbering {
    /// How much of [`NAME`] was matched.
    matched: usize,
}

impl Renumbering {
    pub(crate) fn pass(&mut self, bytes: Bytes, versions: Versions) -> Bytes {
        if versions.prefix().is_empty() {
            return bytes;
        }
        let mut renumbered = BytesMut::with_capacity(bytes.len() + 64);
        for &byte in &bytes {
            renumbered.extend_from_slice(&[byte]);
            // The name begins with a quotation mark; it contains more of them only at its end and around its colon.
            self.matched = match self.matched {
                at if NAME[at] == byte => at + 1,
                _ => usize::from(NAME[0] == byte),
            };
            if self.matched == NAME.len() {
                renumbered.extend_from_slice(versions.prefix().as_bytes());
                self.matched = 0;
            }
        }
        renumbered.freeze()
    }
}

/// Returns the request in the server's form.
pub(crate) fn request(uri: &http::Uri, versions: Versions) -> http::Uri {
    let (Some(query), false) = (uri.query(), versions == Versions::default()) else { return uri.clone() };
    let mut plain = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_version = name == "resourceVersion";
        plain.append_pair(&name, versions.plain(&value).filter(|_| is_version).unwrap_or(&value));
    }
    format!("{}?{}", uri.path(), plain.finish()).parse().unwrap_or_else(|_| uri.clone())
}

/// Returns the event in the server's form.
pub(crate) fn event(event: &Event, versions: Versions) -> Result<Event, Violation> {
    let plain = |version: &ResourceVersion| -> Result<ResourceVersion, Violation> {
        let text = version.text();
        let parsed = versions.plain(&text).and_then(|text| text.parse().ok());
        parsed.map_or_else(|| broken(Oracle::Invention, format!("{version} isn't a version of this server")), Ok)
    };
    let object = |object: &Object| -> Result<Object, Violation> {
        let prefixed = format!("\"resourceVersion\":\"{}", versions.prefix());
        let raw = String::from_utf8_lossy(object.raw()).replace(&prefixed, "\"resourceVersion\":\"");
        Object::parse(raw.into()).or_else(|error| broken(Oracle::Invention, format!("{object}: {error}")))
    };
    Ok(match event {
        Event::InitialBegin { cause } => Event::InitialBegin { cause: *cause },
        Event::Initial(delivered) => Event::Initial(object(delivered)?),
        Event::InitialEnd { resource_version } => Event::InitialEnd { resource_version: plain(resource_version)? },
        Event::Added(delivered) => Event::Added(object(delivered)?),
        Event::Modified(delivered) => Event::Modified(object(delivered)?),
        Event::Deleted(delivered) => Event::Deleted(object(delivered)?),
        Event::Bookmark { resource_version } => Event::Bookmark { resource_version: plain(resource_version)? },
    })
}

/// Returns a list with another version, or without one; `None` if it isn't a list.
pub(crate) fn rename(list: &[u8], versions: Versions) -> Option<Bytes> {
    let mut value: Value = serde_json::from_slice(list).ok()?;
    if !value.get("kind")?.as_str()?.ends_with("List") {
        return None;
    }
    let metadata = value.get_mut("metadata")?.as_object_mut()?;
    let version = metadata.remove("resourceVersion")?;
    if versions == Versions::OpaqueLists {
        metadata.insert("resourceVersion".into(), format!("{OF_A_LIST}{}", version.as_str()?).into());
    }
    Some(written(&value, ["kind", "apiVersion", "metadata", "items"]).into())
}

/// Items of built-in resources have no kind of their own: it must come before them.
fn written(list: &Value, names: [&str; 4]) -> Vec<u8> {
    let members: Vec<_> =
        names.into_iter().filter_map(|name| list.get(name).map(|value| format!("\"{name}\":{value}"))).collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

/// Returns a falsified list; `token`: the one of its request.
pub(crate) fn falsify(list: &[u8], how: Falsification, token: Option<&str>) -> Option<Bytes> {
    let mut value: Value = serde_json::from_slice(list).ok()?;
    if !value.get("kind")?.as_str()?.ends_with("List") {
        return None;
    }
    match how {
        Falsification::TokenLoops => {
            let given = value.pointer("/metadata/continue").and_then(Value::as_str).map(str::to_owned);
            *value.get_mut("metadata")?.get_mut("continue")? = token.map(str::to_owned).or(given)?.into();
        }
        Falsification::OtherVersion => {
            let version: u64 = value.pointer("/metadata/resourceVersion")?.as_str()?.parse().ok()?;
            // A first page of another version would be a falsification that can't be detected.
            token?;
            value["metadata"]["resourceVersion"] = (version + 1).to_string().into();
        }
        Falsification::NullItems if value.get("items")?.as_array()?.is_empty() => value["items"] = Value::Null,
        Falsification::NullItems => return None,
        Falsification::ItemWithoutVersion => _ = metadata_of_last(&mut value)?.remove("resourceVersion")?,
        Falsification::ItemWithoutName => _ = metadata_of_last(&mut value)?.remove("name")?,
        Falsification::NullItem => *value.get_mut("items")?.as_array_mut()?.last_mut()? = Value::Null,
        // The byte is inserted below.
        Falsification::ItemNotUtf8 => _ = metadata_of_last(&mut value)?.insert("uid".into(), MARK.into())?,
        Falsification::NoMetadata => _ = value.as_object_mut()?.remove("metadata")?,
        Falsification::OtherOrder | Falsification::Pretty => {}
    }
    let names = match how {
        Falsification::OtherOrder => ["kind", "apiVersion", "items", "metadata"],
        _ => ["kind", "apiVersion", "metadata", "items"],
    };
    let mut list = written(&value, names);
    if how == Falsification::Pretty {
        list = pretty(&list);
    }
    if how == Falsification::ItemNotUtf8 {
        let at = list.windows(MARK.len()).position(|window| window == MARK.as_bytes())?;
        list[at] = 0xff;
    }
    Some(list.into())
}

/// Adds Windows line breaks, and spaces around each member and each element. A name and its value stay together, since
/// [`Renumbering`] looks for both.
fn pretty(compact: &[u8]) -> Vec<u8> {
    let (mut pretty, mut is_text, mut is_escaped) = (Vec::new(), false, false);
    for &byte in compact {
        let is_structure = !is_text && matches!(byte, b'{' | b'}' | b'[' | b']' | b',');
        if is_structure {
            pretty.extend_from_slice(b"\r\n ");
        }
        pretty.push(byte);
        if is_structure {
            pretty.extend_from_slice(b"\r\n\t");
        }
        is_text ^= byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
    }
    pretty
}

/// The placeholder for a byte that isn't UTF-8.
const MARK: &str = "not in UTF-8";

/// Returns the metadata of a list's last item.
fn metadata_of_last(list: &mut Value) -> Option<&mut serde_json::Map<String, Value>> {
    list.get_mut("items")?.as_array_mut()?.last_mut()?.get_mut("metadata")?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use watch_core::wire::{ListParser, ListPart};

    use super::*;

    #[test]
    fn versions_get_their_prefix_in_whatever_pieces_they_come() {
        let body = "{\"\"resourceVersion\":\"12\",\"x\":\"resourceVersion\",\"resourceVersion\":\"\"}";
        let uncut = Renumbering::default().pass(body.into(), Versions::Opaque);
        assert_eq!(uncut, body.replace("\"resourceVersion\":\"", "\"resourceVersion\":\"abc:"));
        for cut in 0..body.len() {
            let mut renumbering = Renumbering::default();
            let (a, b) = body.split_at(cut);
            let first = renumbering.pass(a.to_owned().into(), Versions::Opaque);
            let second = renumbering.pass(b.to_owned().into(), Versions::Opaque);
            assert_eq!([first, second].concat(), uncut, "cut at {cut}");
        }
    }

    #[test]
    fn the_server_is_asked_for_versions_that_it_knows() {
        let uri: http::Uri = "/api/v1/pods?watch=true&resourceVersion=abc%3A7&continue=abc%3A7".parse().unwrap();
        assert_eq!(request(&uri, Versions::Opaque), "/api/v1/pods?watch=true&resourceVersion=7&continue=abc%3A7");
    }

    #[test]
    fn lists_have_an_opaque_version_or_none() {
        let list =
            br#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"resourceVersion":"5"}}]}"#;
        let text = |versions| String::from_utf8(rename(list, versions).unwrap().to_vec()).unwrap();
        assert!(
            text(Versions::OpaqueLists)
                .contains(r#""metadata":{"resourceVersion":"...7"},"items":[{"metadata":{"resourceVersion":"5""#)
        );
        assert!(
            text(Versions::UnversionedLists).contains(r#""metadata":{},"items":[{"metadata":{"resourceVersion":"5""#)
        );
        let uri: http::Uri = "/api/v1/pods?watch=true&resourceVersion=...7".parse().unwrap();
        assert_eq!(request(&uri, Versions::OpaqueLists), "/api/v1/pods?watch=true&resourceVersion=7");
        assert!(rename(br#"{"kind":"Status","metadata":{"resourceVersion":"7"}}"#, Versions::OpaqueLists).is_none());
    }

    #[test]
    fn lists_are_falsified_so_that_it_can_be_detected() {
        let list = br#"{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"c"},"items":[]}"#;
        assert!(falsify(list, Falsification::OtherVersion, None).is_none());
        let text = |how, token| String::from_utf8(falsify(list, how, token).unwrap().to_vec()).unwrap();
        assert!(text(Falsification::OtherVersion, Some("b")).contains("\"resourceVersion\":\"8\""));
        assert!(text(Falsification::TokenLoops, Some("b")).contains("\"continue\":\"b\""));
        assert!(text(Falsification::NullItems, None).contains("\"items\":null"));
        let compact: Value = serde_json::from_slice(list).unwrap();
        assert!(text(Falsification::Pretty, None).contains("\"continue\":\"c\"\r\n"));
        assert_eq!(serde_json::from_str::<Value>(&text(Falsification::Pretty, None)).unwrap(), compact);
    }

    #[test]
    fn unreadable_lists_are_lists_except_for_one_field() {
        let item = r#"{"metadata":{"name":"a","uid":"u","resourceVersion":"5"}}"#;
        let list = format!(r#"{{"kind":"PodList","metadata":{{"resourceVersion":"7"}},"items":[{item},{item}]}}"#);
        let is_readable = |list: Bytes| {
            let mut parser = ListParser::new(1 << 20, 64);
            parser.push(list);
            loop {
                match parser.next() {
                    Ok(Some(ListPart::End(_))) => return true,
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return false,
                }
            }
        };
        assert!(is_readable(list.clone().into()));
        for how in [
            Falsification::ItemWithoutVersion,
            Falsification::ItemWithoutName,
            Falsification::NullItem,
            Falsification::ItemNotUtf8,
            Falsification::NoMetadata,
            Falsification::OtherVersion,
            Falsification::OtherOrder,
            Falsification::Pretty,
        ] {
            let falsified = falsify(list.as_bytes(), how, Some("token")).unwrap();
            assert_eq!(is_readable(falsified), !how.is_unreadable(), "{how:?}");
        }
    }
}
