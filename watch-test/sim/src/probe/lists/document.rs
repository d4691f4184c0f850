//! Draws a list as JSON, and its expected outputs.

use bytes::Bytes;
use watch_core::Limits;
use watch_core::wire::TypeMeta;
use watch_test::check::Rng;

use super::filled;
use crate::probe::json::{Writer, depth, nested};
use crate::probe::objects::{Drawn, VersionProblem, shuffle, version};
use crate::probe::text;

#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) json: String,
    /// The number of bytes with which the list is complete.
    pub(super) complete: usize,
    pub(super) limits: Limits,
    pub(super) expected: Expected,
}

/// The objects before a problem, or all objects, with their expected bytes.
type Items = Vec<(Drawn, Bytes)>;

#[derive(Clone, Debug)]
pub(super) enum Expected {
    Set { items: Items, version: String, more: Option<String> },
    NoVersion { items: Items, known_before_items: bool },
    Unreadable { items: Items, known_before_items: bool },
}

impl Expected {
    pub(super) fn items(&self) -> &Items {
        match self {
            Self::Set { items, .. } | Self::NoVersion { items, .. } | Self::Unreadable { items, .. } => items,
        }
    }

    /// Returns whether the problem is known before the first item, so that no list is begun.
    pub(super) const fn is_known_before_items(&self) -> bool {
        match self {
            Self::Set { .. } => false,
            Self::NoVersion { known_before_items, .. } | Self::Unreadable { known_before_items, .. } => {
                *known_before_items
            }
        }
    }
}

/// A member of the document.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    json: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// `kind` or `apiVersion`; `None` if it isn't a text that can be used.
    Type(Result<String, ()>),
    /// The version, and the token of the next page.
    Metadata {
        version: Result<String, VersionProblem>,
        more: Result<Option<String>, ()>,
    },
    Items(Option<Vec<Drawn>>),
    Unknown,
}

impl Document {
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        let writer = Writer::drawn(rng);
        let wrong = rng.pick(&[0, 0, 0, 5]);
        let mut limits = Limits::default();
        limits.nesting = rng.pick(&[4, 5, 16, 63, 64, 65, 128, 256, 511, 512]);
        let mut objects: Vec<Drawn> = (0..rng.below(5))
            .map(|_| {
                let version = rng.between(1, 1 << 40).to_string();
                Drawn::new(rng, writer, &version, wrong)
            })
            .collect();
        // One object is at the limit of depth or size, or beyond it.
        let beside = rng.below(3) as usize;
        if let Some(object) = objects.last_mut().filter(|_| rng.one_in(2)) {
            object.deepen(rng, limits.nesting - 1 + beside);
        }
        if let Some(object) = objects.first_mut().filter(|_| rng.one_in(4)) {
            let largest = (object.json.len() + 9 + rng.below(2000) as usize).max(1000);
            object.lengthen(largest);
            limits.object = largest - 1 + beside;
        }
        let mut members = vec![items(rng, writer, objects, wrong), metadata(rng, writer, wrong)];
        members.extend([kind(rng, writer, wrong), api_version(rng, writer, wrong)].into_iter().flatten());
        if rng.one_in(12) {
            members.retain(|member| member.name != "metadata");
        }
        if rng.one_in(12) {
            members.retain(|member| member.name != "items");
        }
        for _ in 0..rng.below(4) {
            members.push(unknown(rng, writer, &limits));
        }
        match rng.below(3) {
            // As kube-apiserver writes built-in resources: the items come last.
            0 => members.sort_by_key(|member| matches!(member.what, What::Items(_))),
            _ => shuffle(rng, &mut members),
        }
        if wrong > 0 && rng.one_in(5) && !members.is_empty() {
            let twice = rng.pick(&members);
            members.push(twice);
        }
        let pairs: Vec<(String, String)> =
            members.iter().map(|member| (member.name.clone(), member.json.clone())).collect();
        let object = writer.object(rng, &pairs);
        let after = if wrong > 0 && rng.one_in(8) { rng.pick(&["]", "{}", "x", "\u{feff}"]) } else { "" };
        let list = writer.gap(rng) + &object;
        let (complete, json) = (list.len(), format!("{list}{}{after}", writer.gap(rng)));
        let expected = expected(&members, &limits, !after.is_empty());
        Self { json, complete, limits, expected }
    }
}

fn kind(rng: &mut Rng, writer: Writer, wrong: u64) -> Option<Member> {
    let kind = match rng.below(8) {
        0 => "AllowListList".into(),
        1 => rng.pick(&["List", "Pods", "PodLists", "podlist", "SecretList", "PartialObjectMetadataList"]).to_owned(),
        2 => text::any(rng, 10) + "List",
        3 => "K".repeat(rng.between(318, 322) as usize - 4) + "List",
        _ => "PodList".into(),
    };
    typed(rng, writer, wrong, "kind", kind)
}

fn api_version(rng: &mut Rng, writer: Writer, wrong: u64) -> Option<Member> {
    let version = match rng.below(6) {
        0 => text::any(rng, 10),
        1 => "v".repeat(rng.between(319, 322) as usize),
        _ => rng.pick(&["v1", "apps/v1"]).to_owned(),
    };
    typed(rng, writer, wrong, "apiVersion", version)
}

/// Returns whether `kind` or `apiVersion` is too long: a type of Kubernetes has at most 320 bytes.
fn typed(rng: &mut Rng, writer: Writer, wrong: u64, name: &str, value: String) -> Option<Member> {
    let (json, what) = match rng.below(10) {
        0 => return None,
        1 => ("null".into(), Ok(String::new())),
        2 if wrong > 0 => (rng.pick(&["1", "[]", "{}", "false"]).into(), Err(())),
        _ => {
            let json = writer.string(rng, &value);
            (json, if value.len() > 320 { Err(()) } else { Ok(value) })
        }
    };
    Some(Member { name: name.into(), json, what: What::Type(what) })
}

fn metadata(rng: &mut Rng, writer: Writer, wrong: u64) -> Member {
    let (json, mut version) = version(rng, writer);
    let mut members: Vec<(String, String)> =
        json.into_iter().map(|json| ("resourceVersion".to_owned(), json)).collect();
    let mut more = Ok(None);
    match rng.below(10) {
        0 => members.push(("continue".into(), "null".into())),
        1 => members.push(("continue".into(), "\"\"".into())),
        2..4 => {
            let token = text::any(rng, 30);
            members.push(("continue".into(), writer.string(rng, &token)));
            more = Ok(Some(token).filter(|token| !token.is_empty()));
        }
        4 if wrong > 0 => {
            members.push(("continue".into(), rng.pick(&["17", "{}", "[\"a\"]", "true"]).into()));
            more = Err(());
        }
        _ => {}
    }
    if rng.one_in(3) {
        let count = rng.pick(&["0", "12", "-3", "1e3", "99999999999999999999999", "null", "\"5\"", "{}", "1.5"]);
        members.push(("remainingItemCount".into(), count.into()));
    }
    for _ in 0..rng.below(3) {
        members.push((rng.pick(&["selfLink", "Continue", ""]).into(), writer.value(rng, 2)));
    }
    shuffle(rng, &mut members);
    if wrong > 0 && rng.one_in(8) {
        // A field that is read occurs twice.
        let twice = rng.pick(&["resourceVersion", "continue"]);
        members.extend([(twice.to_owned(), "\"5\"".to_owned()), (twice.to_owned(), "\"5\"".to_owned())]);
        version = Err(VersionProblem::NoText);
    }
    let mut json = writer.object(rng, &members);
    if wrong > 0 && rng.one_in(8) {
        (json, version) = (rng.pick(&["null", "1", "[]", "\"x\""]).into(), Err(VersionProblem::NoText));
    }
    Member { name: "metadata".into(), json, what: What::Metadata { version, more } }
}

fn items(rng: &mut Rng, writer: Writer, objects: Vec<Drawn>, wrong: u64) -> Member {
    let name = "items".to_owned();
    if objects.is_empty() && rng.one_in(2) {
        return Member { name, json: "null".into(), what: What::Items(Some(objects)) };
    }
    if wrong > 0 && rng.one_in(8) {
        return Member {
            name,
            json: rng.pick(&["1", "{}", "\"x\"", "true", "[null]", "[1]"]).into(),
            what: What::Items(None),
        };
    }
    let written: Vec<String> = objects.iter().map(|object| object.json.clone()).collect();
    Member { name, json: writer.array(rng, &written), what: What::Items(Some(objects)) }
}

/// Draws a field that isn't read, whose size has no limit.
fn unknown(rng: &mut Rng, writer: Writer, limits: &Limits) -> Member {
    let json = match rng.below(4) {
        0 => format!("\"{}\"", "x".repeat(limits.object.min(3000) + 10)),
        1 => {
            let levels = limits.nesting as u64 + u64::from(rng.one_in(8));
            nested(rng, levels)
        }
        _ => writer.value(rng, 3),
    };
    let name = rng.pick(&["columnDefinitions", "Items", "item", "Metadata", "status", ""]);
    Member { name: name.into(), json, what: What::Unknown }
}

/// Reads the members in their order, by the documentation of `ListParser` and `Limits`.
fn expected(members: &[Member], limits: &Limits, has_more: bool) -> Expected {
    let (mut list_type, mut items): (TypeMeta, Items) = (TypeMeta::new("", ""), Vec::new());
    let (mut found, mut has_items): (Option<&What>, bool) = (None, false);
    // Nothing is returned before the first item of a list, or before its end.
    let unreadable = |items: Items| Expected::Unreadable { known_before_items: items.is_empty(), items };
    for (index, member) in members.iter().enumerate() {
        let is_twice = members[..index].iter().any(|other| other.name == member.name);
        let is_read = !matches!(member.what, What::Unknown);
        let is_entered = matches!(member.what, What::Items(Some(_))) && member.json != "null";
        let is_too_large = is_read && !is_entered && member.json.len() > limits.object;
        let is_too_deep = !is_entered && depth(&member.json) > limits.nesting;
        if (is_twice && is_read) || is_too_large || is_too_deep {
            return unreadable(items);
        }
        match &member.what {
            What::Type(Err(())) => return unreadable(items),
            What::Type(Ok(text)) if member.name == "kind" => list_type.kind = text.as_str().into(),
            What::Type(Ok(text)) => list_type.api_version = text.as_str().into(),
            What::Metadata { .. } => found = Some(&member.what),
            What::Items(None) => match found.and_then(problem).filter(|_| member.json.starts_with('[')) {
                Some(problem) => return problem.expected(items),
                None => return unreadable(items),
            },
            What::Items(Some(objects)) => {
                // If the metadata comes before the items, its problems are known before the first item.
                if let Some(problem) = found.and_then(problem).filter(|_| is_entered) {
                    return problem.expected(items);
                }
                has_items = true;
                let item_kind = list_type.kind.strip_suffix("List").filter(|kind| !kind.is_empty());
                let item_type = item_kind.filter(|_| !list_type.api_version.is_empty());
                for object in objects {
                    if !object.is_valid || object.json.len() > limits.object || depth(&object.json) > limits.nesting {
                        return unreadable(items);
                    }
                    let mut object = object.clone();
                    let has_none = object.kind.is_none() && object.api_version.is_none();
                    let type_of_list = item_type.filter(|_| has_none).map(|kind| (kind, &*list_type.api_version));
                    if let Some((kind, api_version)) = type_of_list {
                        (object.kind, object.api_version) = (Some(kind.into()), Some(api_version.into()));
                    }
                    // There is a member without a usable value already.
                    let raw = filled(&object.json, type_of_list.filter(|_| !object.has_type));
                    items.push((object, raw));
                }
            }
            What::Unknown => {}
        }
    }
    if !has_items && !list_type.kind.ends_with("List") {
        return unreadable(items);
    }
    match (found, found.and_then(problem)) {
        (None, _) => Problem::NoVersion.expected(items),
        (_, Some(problem)) => problem.expected(items),
        // The list was complete before that.
        _ if has_more => Expected::Unreadable { items, known_before_items: false },
        (Some(What::Metadata { version: Ok(version), more: Ok(more) }), None) => {
            Expected::Set { items, version: version.clone(), more: more.clone() }
        }
        _ => unreadable(items),
    }
}

/// Returns the problem of the metadata.
#[derive(Clone, Copy)]
enum Problem {
    NoVersion,
    Unreadable,
}

impl Problem {
    const fn expected(self, items: Items) -> Expected {
        let known_before_items = items.is_empty();
        match self {
            Self::NoVersion => Expected::NoVersion { items, known_before_items },
            Self::Unreadable => Expected::Unreadable { items, known_before_items },
        }
    }
}

const fn problem(metadata: &What) -> Option<Problem> {
    match metadata {
        What::Metadata { more: Err(()), .. } => Some(Problem::Unreadable),
        What::Metadata { version: Err(VersionProblem::Missing), .. } => Some(Problem::NoVersion),
        What::Metadata { version: Err(_), .. } => Some(Problem::Unreadable),
        _ => None,
    }
}
