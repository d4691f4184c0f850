//! Somebody between server and client: versions that look otherwise than etcd's, and lists that lie.

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use watch_core::{Event, Object, ResourceVersion};

use super::plan::{Lie, OF_A_LIST, Versions};
use super::violation::{Oracle, Violation, broken};

/// What stands before a version in a body.
const NAME: &[u8] = b"\"resourceVersion\":\"";

/// Puts a prefix before each version of a body, in whatever pieces that comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renumbering {
    /// How much of [`NAME`] has come.
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
            // The name begins with a quotation mark, which it contains at its end and around its colon only.
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

/// The request as the server understands it.
pub(crate) fn request(uri: &http::Uri, versions: Versions) -> http::Uri {
    let (Some(query), false) = (uri.query(), versions == Versions::default()) else { return uri.clone() };
    let mut plain = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_version = name == "resourceVersion";
        plain.append_pair(&name, versions.plain(&value).filter(|_| is_version).unwrap_or(&value));
    }
    format!("{}?{}", uri.path(), plain.finish()).parse().unwrap_or_else(|_| uri.clone())
}

/// The event as the server would have said it.
pub(crate) fn event(event: &Event, versions: Versions) -> Result<Event, Violation> {
    let plain = |version: &ResourceVersion| -> Result<ResourceVersion, Violation> {
        let text = version.text();
        let parsed = versions.plain(&text).and_then(|text| text.parse().ok());
        parsed.map_or_else(|| broken(Oracle::Invention, format!("{version} is no version of this server")), Ok)
    };
    let object = |object: &Object| -> Result<Object, Violation> {
        let prefixed = format!("\"resourceVersion\":\"{}", versions.prefix());
        let raw = String::from_utf8_lossy(object.raw()).replace(&prefixed, "\"resourceVersion\":\"");
        Object::parse(raw.into()).or_else(|error| broken(Oracle::Invention, format!("{object}: {error}")))
    };
    Ok(match event {
        Event::InitialBegin { cause } => Event::InitialBegin { cause: *cause },
        Event::Initial(told) => Event::Initial(object(told)?),
        Event::InitialEnd { resource_version } => Event::InitialEnd { resource_version: plain(resource_version)? },
        Event::Added(told) => Event::Added(object(told)?),
        Event::Modified(told) => Event::Modified(object(told)?),
        Event::Deleted(told) => Event::Deleted(object(told)?),
        Event::Bookmark { resource_version } => Event::Bookmark { resource_version: plain(resource_version)? },
    })
}

/// A list with another version of its own, or none; `None`: it isn't one.
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

/// Items of built-in resources have no kind of their own: it must stand before them.
fn written(list: &Value, names: [&str; 4]) -> Vec<u8> {
    let members: Vec<_> =
        names.into_iter().filter_map(|name| list.get(name).map(|value| format!("\"{name}\":{value}"))).collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

/// A list that lies; `token`: that it was asked for with.
pub(crate) fn lie(list: &[u8], how: Lie, token: Option<&str>) -> Option<Bytes> {
    let mut value: Value = serde_json::from_slice(list).ok()?;
    if !value.get("kind")?.as_str()?.ends_with("List") {
        return None;
    }
    match how {
        Lie::TokenLoops => {
            let given = value.pointer("/metadata/continue").and_then(Value::as_str).map(str::to_owned);
            *value.get_mut("metadata")?.get_mut("continue")? = token.map(str::to_owned).or(given)?.into();
        }
        Lie::OtherVersion => {
            let version: u64 = value.pointer("/metadata/resourceVersion")?.as_str()?.parse().ok()?;
            // A first page of another version would be a lie that nobody can see.
            token?;
            value["metadata"]["resourceVersion"] = (version + 1).to_string().into();
        }
        Lie::NullItems if value.get("items")?.as_array()?.is_empty() => value["items"] = Value::Null,
        Lie::NullItems => return None,
        Lie::ItemWithoutVersion => _ = metadata_of_last(&mut value)?.remove("resourceVersion")?,
        Lie::ItemWithoutName => _ = metadata_of_last(&mut value)?.remove("name")?,
        Lie::NullItem => *value.get_mut("items")?.as_array_mut()?.last_mut()? = Value::Null,
        // The byte is put in below.
        Lie::ItemNotUtf8 => _ = metadata_of_last(&mut value)?.insert("uid".into(), MARK.into())?,
        Lie::NoMetadata => _ = value.as_object_mut()?.remove("metadata")?,
        Lie::OtherOrder => {}
    }
    let names = match how {
        Lie::OtherOrder => ["kind", "apiVersion", "items", "metadata"],
        _ => ["kind", "apiVersion", "metadata", "items"],
    };
    let mut list = written(&value, names);
    if how == Lie::ItemNotUtf8 {
        let at = list.windows(MARK.len()).position(|window| window == MARK.as_bytes())?;
        list[at] = 0xff;
    }
    Some(list.into())
}

/// What stands where a byte is to be that isn't UTF-8.
const MARK: &str = "not in UTF-8";

/// The metadata of a list's last item.
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
        let whole = Renumbering::default().pass(body.into(), Versions::Opaque);
        assert_eq!(whole, body.replace("\"resourceVersion\":\"", "\"resourceVersion\":\"abc:"));
        for cut in 0..body.len() {
            let mut renumbering = Renumbering::default();
            let (a, b) = body.split_at(cut);
            let first = renumbering.pass(a.to_owned().into(), Versions::Opaque);
            let second = renumbering.pass(b.to_owned().into(), Versions::Opaque);
            assert_eq!([first, second].concat(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn the_server_is_asked_for_versions_that_it_knows() {
        let uri: http::Uri = "/api/v1/pods?watch=true&resourceVersion=abc%3A7&continue=abc%3A7".parse().unwrap();
        assert_eq!(request(&uri, Versions::Opaque), "/api/v1/pods?watch=true&resourceVersion=7&continue=abc%3A7");
    }

    #[test]
    fn lists_have_a_word_for_their_version_or_none() {
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
    fn lists_lie_where_it_can_be_seen() {
        let list = br#"{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"c"},"items":[]}"#;
        assert!(lie(list, Lie::OtherVersion, None).is_none());
        let text = |how, token| String::from_utf8(lie(list, how, token).unwrap().to_vec()).unwrap();
        assert!(text(Lie::OtherVersion, Some("b")).contains("\"resourceVersion\":\"8\""));
        assert!(text(Lie::TokenLoops, Some("b")).contains("\"continue\":\"b\""));
        assert!(text(Lie::NullItems, None).contains("\"items\":null"));
    }

    #[test]
    fn lists_that_nobody_can_read_are_lists_but_for_one_thing() {
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
            Lie::ItemWithoutVersion,
            Lie::ItemWithoutName,
            Lie::NullItem,
            Lie::ItemNotUtf8,
            Lie::NoMetadata,
            Lie::OtherVersion,
            Lie::OtherOrder,
        ] {
            let lied = lie(list.as_bytes(), how, Some("token")).unwrap();
            assert_eq!(is_readable(lied), !how.is_unreadable(), "{how:?}");
        }
    }
}
