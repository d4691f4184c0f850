//! `PendingWrites`: a reference that keeps the writes of each object in a list, by the documentation of the book.

use core::time::Duration;

use watch_core::{Event, InitialCause, Instant, Object, PendingWrites, ResourceVersion, Written};
use watch_test::check::Rng;

use super::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

const NAMED: [(Option<&str>, &str); 4] = [(Some("x"), "a"), (Some("x"), "b"), (Some("xb"), "a"), (None, "a")];

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let timeout = Duration::from_secs(rng.pick(&[1, 10, 60]));
    let mut book = PendingWrites::new(timeout);
    let mut model = Model { timeout, writes: Vec::new(), shown: Shown::default() };
    let mut now = Duration::ZERO;
    let is_opaque = rng.one_in(8);
    for _ in 0..rng.between(5, 60) {
        let name = rng.below(NAMED.len() as u64) as usize;
        let uid = rng.pick(&[None, Some("u1"), Some("u1"), Some("u2")]);
        match rng.below(11) {
            0..=2 => {
                let version = version(rng, is_opaque)?;
                transcript.note(|| format!("{now:?} wrote {name} {uid:?} {version}"));
                book.wrote(written(name, uid), &version, Instant::from_origin(now));
                model.wrote(name, uid, What::Version(version), now);
            }
            3 => {
                transcript.note(|| format!("{now:?} deleted {name} {uid:?}"));
                book.deleted(written(name, uid), Instant::from_origin(now));
                model.wrote(name, uid, What::Deletion { is_over: true, after: None, is_listed: false }, now);
            }
            10 => {
                transcript.note(|| format!("{now:?} deletion of {name} requested {uid:?}"));
                book.deletion_requested(written(name, uid), Instant::from_origin(now));
                model.wrote(name, uid, What::Deletion { is_over: false, after: None, is_listed: false }, now);
            }
            4 => now += Duration::from_millis(rng.pick(&[1, 500, 999, 1000, 9000, 10_000, 60_000])),
            _ => {
                let event = event(rng, name, uid, is_opaque)?;
                let (found, expected) = (book.observe(&event), model.observe(&event));
                transcript.note(|| format!("{now:?} {event} {uid:?}: {found}"));
                hashed::flag(transcript, found);
                if found != expected {
                    return broken(Oracle::Reference, format!("{event}: visible is {found}, not {expected}"));
                }
            }
        }
        same(&book, &model, now, transcript)?;
    }
    if rng.one_in(100) { full(rng, transcript) } else { Ok(()) }
}

/// Checks that the book remembers 10,000 writes, and makes room for another one when one of them counts as visible.
fn full(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut book = PendingWrites::new(Duration::from_secs(10));
    let version: ResourceVersion = "7".parse().or_else(|_| broken(Oracle::Reference, "7 is no version"))?;
    let names: Vec<String> = (0..10_001).map(|number| number.to_string()).collect();
    let first = Instant::from_origin(Duration::ZERO);
    for (number, name) in names.iter().enumerate() {
        let at = if number == 0 { first } else { first + Duration::from_secs(1) };
        book.wrote(Written::new(None, name), &version, at);
    }
    let second = first + Duration::from_secs(rng.pick(&[1, 9, 10, 11, 12]));
    let last = names[10_000].as_str();
    let before = [names[0].as_str(), names[9999].as_str(), last].map(|name| book.pending_until(None, name, second));
    book.deleted(Written::new(None, last), second);
    let after = book.pending_until(None, last, second);
    before.iter().chain([&after]).for_each(|until| {
        hashed::optional(transcript, until.map(Instant::since_origin), hashed::time);
    });
    let passed = second.since_origin();
    let is_right = before[0].is_some() == (passed < Duration::from_secs(10))
        && before[1].is_some() == (passed < Duration::from_secs(11))
        && before[2].is_none()
        && after.is_some() == (passed >= Duration::from_secs(10));
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("10,001 writes after {passed:?}: {before:?}, then {after:?}"))
}

fn written(name: usize, uid: Option<&'static str>) -> Written<'static> {
    let (namespace, name) = NAMED[name];
    Written::new(namespace, name).with_uid(uid)
}

/// Compares all answers of the book with those of the reference.
fn same(book: &PendingWrites, model: &Model, now: Duration, transcript: &mut Transcript) -> Result<(), Violation> {
    let at = Instant::from_origin(now);
    for (index, (namespace, name)) in NAMED.into_iter().enumerate() {
        let found = book.pending_until(namespace, name, at).map(Instant::since_origin);
        hashed::optional(transcript, found, hashed::time);
        let expected = model.of(index).map(|write| write.until).filter(|until| now < *until);
        if found != expected || book.is_caught_up(namespace, name, at) != expected.is_none() {
            return broken(
                Oracle::Reference,
                format!("at {now:?} {namespace:?} {name} is pending until {found:?}, not {expected:?}"),
            );
        }
    }
    let mut found: Vec<(&str, &str)> = book.pending(at).collect();
    let mut expected: Vec<(&str, &str)> = model
        .writes
        .iter()
        .filter(|write| now < write.until)
        .map(|write| (NAMED[write.name].0.unwrap_or_default(), NAMED[write.name].1))
        .collect();
    found.sort_unstable();
    expected.sort_unstable();
    if found == expected {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{found:?} are pending, not {expected:?}"))
}

/// The last write to each object that the watch hasn't shown.
#[derive(Debug)]
struct Model {
    timeout: Duration,
    writes: Vec<Write>,
    shown: Shown,
}

/// All that the watch has shown since the last rollback. No run has more deletions than the book remembers.
#[derive(Debug, Default)]
struct Shown {
    /// The latest version.
    reached: u128,
    /// The names and uids of deleted objects, and of objects whose deletion has begun.
    deleted: Vec<(usize, Option<String>)>,
    terminating: Vec<(usize, Option<String>)>,
}

impl Shown {
    fn observe(&mut self, event: &Event) {
        let mut reach = |version: &ResourceVersion| {
            if is_number(version) {
                self.reached = self.reached.max(number(version));
            }
        };
        match event {
            Event::InitialBegin { cause: InitialCause::Rollback } => *self = Self::default(),
            Event::InitialBegin { .. } | Event::Initial(_) => {}
            Event::Added(object) | Event::Modified(object) => {
                reach(object.resource_version());
                if is_terminating(object) {
                    self.terminating.push(identity(object));
                }
            }
            Event::Deleted(object) => {
                reach(object.resource_version());
                self.deleted.push(identity(object));
            }
            Event::Bookmark { resource_version } | Event::InitialEnd { resource_version } => reach(resource_version),
        }
    }

    /// Returns whether the watch has shown the write already.
    fn has(&self, name: usize, uid: Option<&str>, what: &What) -> bool {
        let of = |shown: &[(usize, Option<String>)]| {
            uid.is_some() && shown.iter().any(|(other, its)| (*other, its.as_deref()) == (name, uid))
        };
        match what {
            What::Version(version) => self.reached > 0 && number(version) <= self.reached,
            What::Deletion { is_over, .. } => of(&self.deleted) || (!is_over && of(&self.terminating)),
        }
    }
}

#[derive(Clone, Debug)]
struct Write {
    name: usize,
    uid: Option<&'static str>,
    what: What,
    until: Duration,
}

#[derive(Clone, Debug)]
enum What {
    Version(ResourceVersion),
    Deletion {
        /// Whether the object is gone, or its deletion was only requested.
        is_over: bool,
        /// The version of the write before, which wasn't shown.
        after: Option<ResourceVersion>,
        is_listed: bool,
    },
}

impl Model {
    fn of(&self, name: usize) -> Option<&Write> {
        self.writes.iter().find(|write| write.name == name)
    }

    fn wrote(&mut self, name: usize, uid: Option<&'static str>, mut what: What, now: Duration) {
        if matches!(&what, What::Version(version) if !is_number(version)) {
            // Versions that can't be compared count as visible.
            return;
        }
        if self.shown.has(name, uid, &what) {
            return;
        }
        if let Some(known) = self.of(name) {
            let is_late = match (&what, &known.what) {
                (What::Version(version), What::Version(later)) => number(version) < number(later),
                // After the deletion, only another object can have the name.
                (What::Version(_), What::Deletion { .. })
                // Nor does a request add to a deletion that is over.
                | (What::Deletion { is_over: false, .. }, What::Deletion { is_over: true, .. }) => {
                    uid.is_some() && uid == known.uid
                }
                (What::Deletion { .. }, _) => false,
            };
            if is_late && now < known.until {
                return;
            }
            let is_other = matches!((uid, known.uid), (Some(uid), Some(known)) if uid != known);
            if let (What::Deletion { after, .. }, What::Version(version), false) = (&mut what, &known.what, is_other) {
                *after = Some(version.clone());
            }
        }
        self.writes.retain(|write| write.name != name);
        self.writes.push(Write { name, uid, what, until: now + self.timeout });
    }

    /// Removes what the event shows. Returns whether a write became visible.
    fn observe(&mut self, event: &Event) -> bool {
        let before = self.writes.len();
        self.shown.observe(event);
        match event {
            Event::InitialBegin { cause: InitialCause::Rollback } => self.writes.clear(),
            Event::InitialBegin { .. } => self.writes.iter_mut().for_each(|write| write.lists(false)),
            Event::Initial(object) => {
                let named = self.writes.iter_mut().filter(|write| write.is_of(object));
                named.filter(|write| !write.is_shown_by(object)).for_each(|write| write.lists(true));
            }
            Event::Added(object) | Event::Modified(object) => {
                self.writes.retain(|write| !write.is_of(object) || !write.is_shown_by(object));
            }
            Event::Deleted(object) => {
                self.writes.retain(|write| !write.is_of(object) || !write.is_shown_by_deletion(object));
            }
            Event::Bookmark { resource_version } => self.writes.retain(|write| match &write.what {
                What::Version(version) => number(resource_version) < number(version),
                What::Deletion { .. } => true,
            }),
            Event::InitialEnd { resource_version } => self.writes.retain(|write| match &write.what {
                What::Version(version) => number(resource_version) < number(version),
                What::Deletion { is_listed: true, .. } => true,
                What::Deletion { after, .. } => {
                    after.as_ref().is_some_and(|after| number(resource_version) < number(after))
                }
            }),
        }
        self.writes.len() < before
    }
}

impl Write {
    const fn lists(&mut self, listed: bool) {
        if let What::Deletion { is_listed, .. } = &mut self.what {
            *is_listed = listed;
        }
    }

    fn is_of(&self, object: &Object) -> bool {
        NAMED[self.name] == (object.namespace(), object.name())
    }

    fn is_same(&self, object: &Object) -> Option<bool> {
        Some(self.uid? == object.uid()?)
    }

    fn is_shown_by(&self, object: &Object) -> bool {
        match &self.what {
            What::Version(version) => number(object.resource_version()) >= number(version),
            What::Deletion { is_over, .. } => {
                self.is_same(object) == Some(false) || (!is_over && is_terminating(object))
            }
        }
    }

    fn is_shown_by_deletion(&self, object: &Object) -> bool {
        match (&self.what, self.is_same(object)) {
            (_, Some(true)) => true,
            (What::Version(version), _) => number(object.resource_version()) >= number(version),
            (What::Deletion { .. }, is_same) => is_same.is_none(),
        }
    }
}

fn is_terminating(object: &Object) -> bool {
    object.decode::<serde_json::Value>().is_ok_and(|object| object["metadata"].get("deletionTimestamp").is_some())
}

/// Returns the index in `NAMED`, and the uid.
fn identity(object: &Object) -> (usize, Option<String>) {
    let named = (object.namespace(), object.name());
    let index = NAMED.iter().position(|other| *other == named).unwrap_or(NAMED.len());
    (index, object.uid().map(str::to_owned))
}

fn is_number(version: &ResourceVersion) -> bool {
    version.text().bytes().all(|b| b.is_ascii_digit())
}

/// Returns the number by which a version is compared. One without an order counts as later than all.
fn number(version: &ResourceVersion) -> u128 {
    version.text().parse().unwrap_or(u128::MAX)
}

fn version(rng: &mut Rng, is_opaque: bool) -> Result<ResourceVersion, Violation> {
    let number = rng.between(8, 14);
    let text = match rng.below(6) {
        _ if is_opaque && rng.one_in(2) => format!("v:{number}"),
        0 => (u128::from(u64::MAX) + u128::from(number)).to_string(),
        _ => number.to_string(),
    };
    text.parse().or_else(|_| broken(Oracle::Reference, format!("{text} is no version")))
}

fn event(rng: &mut Rng, name: usize, uid: Option<&str>, is_opaque: bool) -> Result<Event, Violation> {
    let resource_version = version(rng, is_opaque)?;
    let (namespace, name) = NAMED[name];
    let mut metadata = serde_json::json!({ "name": name, "resourceVersion": resource_version.text() });
    metadata["namespace"] = namespace.into();
    metadata["uid"] = uid.into();
    if rng.one_in(4) {
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    }
    let json = serde_json::json!({ "metadata": metadata }).to_string();
    let object = Object::parse(json.into()).or_else(|error| broken(Oracle::Reference, error.to_string()))?;
    Ok(match rng.below(9) {
        0 => Event::InitialBegin {
            cause: rng.pick(&[InitialCause::First, InitialCause::Expired, InitialCause::Rollback, InitialCause::Retry]),
        },
        1 | 2 => Event::Initial(object),
        3 => Event::InitialEnd { resource_version },
        4 => Event::Added(object),
        5 | 6 => Event::Modified(object),
        7 => Event::Deleted(object),
        _ => Event::Bookmark { resource_version },
    })
}
