//! The values that watch-core returns: their maps and accessors, the names of kinds, conditions, and the arithmetic of
//! `Instant`.

use core::time::Duration;

use watch_core::{
    Change, Condition, Config, DecodeError, Diff, Event, FromObject, InitialCause, Instant, ListChanges, Object,
    Resource, ResourceVersion, Touched, Verdict, conditions,
};
use watch_test::check::Rng;

use super::hashed;
use super::json::Writer;
use super::objects::Drawn;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let object = object(rng)?;
    shown(&object, transcript)?;
    memory(&object)?;
    events(rng, &object, transcript)?;
    changes(rng, &object, transcript)?;
    joined(rng, &object, transcript)?;
    types(rng, &object, transcript)?;
    instants(rng, transcript)?;
    names(transcript)
}

fn object(rng: &mut Rng) -> Result<Object, Violation> {
    for _ in 0..20 {
        let writer = Writer::drawn(rng);
        let version = rng.between(1, 1000).to_string();
        if let Ok(object) = Object::parse(Drawn::new(rng, writer, &version, 0).json.into()) {
            return Ok(object);
        }
    }
    broken(Oracle::Reference, "no valid object in 20")
}

fn right(is_right: bool, what: &str) -> Result<(), Violation> {
    if is_right { Ok(()) } else { broken(Oracle::Reference, what) }
}

/// Checks the text of an object: `Pod default/web@228`, in one line, whatever the names are.
fn shown(object: &Object, transcript: &mut Transcript) -> Result<(), Violation> {
    let text = object.to_string();
    hashed::text(transcript, &text);
    let version = format!("@{}", object.resource_version());
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let namespace = object.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let plain = format!("{} {namespace}{}{version}", object.kind().unwrap_or("object"), object.name());
    let parts = [object.kind().unwrap_or_default(), object.namespace().unwrap_or_default(), object.name()];
    let is_right = text.ends_with(&version) && !text.contains(char::is_control);
    right(is_right && (!parts.into_iter().all(is_plain) || text == plain), &format!("the text {text:?}, not {plain:?}"))
}

/// Checks that a detached object has memory of its own, once.
fn memory(object: &Object) -> Result<(), Violation> {
    let detached = object.clone().detach();
    let again = detached.clone().detach();
    let place = |object: &Object| object.raw().as_ptr();
    right(
        place(&detached) != place(object)
            && place(&again) == place(&detached)
            && place(&object.clone()) == place(object),
        &format!("{object}: the memory of a detached object"),
    )
}

fn events(rng: &mut Rng, object: &Object, transcript: &mut Transcript) -> Result<(), Violation> {
    let version = object.resource_version().clone();
    let cause = rng.pick(&CAUSES).0;
    let (event, name, has_object) = match rng.below(7) {
        0 => (Event::InitialBegin { cause }, format!("INITIAL ({cause})"), false),
        1 => (Event::Initial(object.clone()), format!("INITIAL {object}"), true),
        2 => (Event::InitialEnd { resource_version: version.clone() }, format!("INITIAL END @{version}"), false),
        3 => (Event::Added(object.clone()), format!("ADDED {object}"), true),
        4 => (Event::Modified(object.clone()), format!("MODIFIED {object}"), true),
        5 => (Event::Deleted(object.clone()), format!("DELETED {object}"), true),
        _ => (Event::Bookmark { resource_version: version.clone() }, format!("BOOKMARK @{version}"), false),
    };
    let mapped = event.clone().map(|object| object.to_string());
    let failed = event.clone().try_map(|object| Err::<(), _>(object.to_string()));
    hashed::text(transcript, format!("{mapped:?}"));
    right(event.to_string() == name && mapped.to_string() == name, &format!("{event}: its text, and {mapped}"))?;
    right(
        failed.err() == has_object.then(|| object.to_string()) && event.clone().map(|object| object) == event,
        &format!("{event} is mapped to another event"),
    )
}

fn changes(rng: &mut Rng, object: &Object, transcript: &mut Transcript) -> Result<(), Violation> {
    let version = object.resource_version().clone();
    let (change, name, applied, has_object) = match rng.below(5) {
        4 => {
            let change = vanished(object.clone())?;
            let namespace = object.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
            let name = format!("VANISHED {namespace}{}@{version}", object.name());
            let is_plain = name.chars().all(|c| matches!(c, ' '..='~') && c != '\\');
            let name = if is_plain { name } else { change.to_string() };
            (change, name, false, false)
        }
        0 => (Change::Added(object.clone()), format!("ADDED {object}"), true, true),
        1 => (Change::Modified(object.clone()), format!("MODIFIED {object}"), true, true),
        2 => (Change::Deleted(object.clone()), format!("DELETED {object}"), false, true),
        _ => (Change::Synced { resource_version: version.clone() }, format!("SYNCED @{version}"), false, false),
    };
    let touched = match &change {
        Change::Vanished(vanished) => Some(Touched::Vanished(vanished.clone())),
        _ => has_object.then(|| Touched::Object(object.clone())),
    };
    let failed = change.clone().try_map(|object| Err::<(), _>(object.to_string()));
    hashed::text(transcript, format!("{:?}", change.clone().map(|object| object.to_string())));
    right(
        change.to_string() == name
            && change.clone().map(|object| object) == change
            && change.clone().applied() == applied.then(|| object.clone())
            && change.clone().touched() == touched
            && failed.err() == has_object.then(|| object.to_string()),
        &format!("{change}: its text, its maps or its object"),
    )?;
    let [added, modified, removed] = [(); 3].map(|()| rng.pick(&[0, 1, 7, u64::MAX]));
    let mut counts = ListChanges::default();
    (counts.added, counts.modified, counts.removed) = (added, modified, removed);
    let total = u128::from(added) + u128::from(modified) + u128::from(removed);
    right(u128::from(counts.total()) == total.min(u128::from(u64::MAX)), &format!("the total of {counts:?}"))
}

/// Returns the change of an object that a list no longer has.
pub(super) fn vanished(object: Object) -> Result<Change, Violation> {
    let resource_version = object.resource_version().clone();
    let cause = InitialCause::First;
    let mut diff = Diff::new();
    for event in [
        Event::InitialBegin { cause },
        Event::Initial(object),
        Event::InitialEnd { resource_version: resource_version.clone() },
        Event::InitialBegin { cause },
        Event::InitialEnd { resource_version },
    ] {
        diff.handle(event);
    }
    let mut changes = core::iter::from_fn(|| diff.poll());
    let vanished = changes.find(|change| matches!(change, Change::Vanished(_)));
    vanished.map_or_else(|| broken(Oracle::Reference, "nothing vanished"), Ok)
}

fn joined(rng: &mut Rng, object: &Object, transcript: &mut Transcript) -> Result<(), Violation> {
    let uid = rng.pick(&[object.uid().unwrap_or("none"), "other"]).to_owned();
    let is_deleted = conditions::is_deleted::<Object>(&uid);
    for object in [Some(object), None] {
        let (created, deleted) = (conditions::is_created(object), is_deleted(object));
        hashed::flag(transcript, deleted);
        let of_uid = object.is_some_and(|object| object.uid() == Some(uid.as_str()));
        right(created == object.is_some() && deleted != of_uid, &format!("{object:?}: {created} {deleted}"))?;
        let joins = [
            conditions::is_created.and(&is_deleted)(object),
            conditions::is_created.or(&is_deleted)(object),
            conditions::is_created::<Object>.not()(object),
            (&is_deleted).not().or(conditions::is_created)(object),
        ];
        let expected = [created && deleted, created || deleted, !created, !deleted || created];
        right(joins == expected, &format!("{object:?}: {joins:?}, not {expected:?}"))?;
    }
    Ok(())
}

/// A type that fits some objects.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
struct Typed {
    kind: String,
}

fn types(rng: &mut Rng, object: &Object, transcript: &mut Transcript) -> Result<(), Violation> {
    let Ok(same) = Object::from_object(object.clone());
    let typed: Result<Typed, DecodeError> = Typed::from_object(object.clone());
    let expected = serde_json::from_slice::<Typed>(object.raw()).ok();
    right(
        same == *object && FromObject::detach(same.clone()) == *object && typed.as_ref().ok() == expected.as_ref(),
        &format!("{object} becomes {same} or {typed:?}, not {expected:?}"),
    )?;
    if let Err(error) = &typed {
        right(error.object() == object, &format!("the error holds {}", error.object()))?;
    }
    hashed::flag(transcript, typed.is_ok());
    let wanted = rng.pick(&["Pod", "Secret"]);
    let mut condition = conditions::decoded(|object: Option<&Typed>| object.is_some_and(|typed| typed.kind == wanted));
    let expected = typed.as_ref().map_or(Verdict::Undecodable, |typed| Verdict::from(typed.kind == wanted));
    let verdicts = [condition(Some(object)), condition(None)];
    right(verdicts == [expected, Verdict::Unmet], &format!("the condition {wanted} on {object}: {verdicts:?}"))
}

fn instants(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let time = |rng: &mut Rng| {
        let nanos = rng.pick(&[0, 1, 999_999_999, 1_000_000_000, 90_000_000_001]);
        if rng.one_in(8) { Duration::MAX } else { Duration::from_nanos(nanos) }
    };
    let (first, second, more) = (time(rng), time(rng), time(rng));
    let (a, b) = (Instant::from_origin(first), Instant::from_origin(second));
    hashed::time(transcript, a.since(b));
    right(
        a.since_origin() == first
            && a.since(b) == first.saturating_sub(second)
            && (a + more).since_origin() == first.saturating_add(more)
            && (a < b) == (first < second)
            && Instant::ORIGIN.since_origin() == Duration::ZERO
            && serde_json::to_string(&a).ok().and_then(|json| serde_json::from_str(&json).ok()) == Some(a),
        &format!("{a:?} {b:?} {more:?}"),
    )
}

/// The names of kinds, which metrics have as labels.
const CAUSES: [(InitialCause, &str); 8] = [
    (InitialCause::First, "first"),
    (InitialCause::Retry, "retry"),
    (InitialCause::Expired, "expired"),
    (InitialCause::Rollback, "rollback"),
    (InitialCause::OutOfOrder, "out_of_order"),
    (InitialCause::Broken, "broken"),
    (InitialCause::Trouble, "trouble"),
    (InitialCause::Relist, "relist"),
];

fn names(transcript: &mut Transcript) -> Result<(), Violation> {
    for (cause, name) in CAUSES {
        hashed::text(transcript, cause.kind());
        right(cause.kind() == name, &format!("the kind of {cause:?} is {}", cause.kind()))?;
    }
    let config = Config::builder(Resource::core("v1", "pods")).build();
    let config = config.or_else(|error| broken(Oracle::Reference, error.to_string()))?;
    right(config.resource().plural() == "pods", "the plural of pods")?;
    let version: Result<ResourceVersion, _> = "7".parse();
    right(version.is_ok_and(|version| version.to_string() == "7"), "the version 7")
}
