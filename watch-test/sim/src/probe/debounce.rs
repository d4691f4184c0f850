//! `Debounce`: a reference that searches a list of held changes each time.

use core::time::Duration;

use watch_core::{Change, Debounce, Instant, Object, ResourceVersion};
use watch_test::check::Rng;

use super::hashed;
use super::values::vanished;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world;

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let quiet = Duration::from_millis(rng.pick(&[0, 1, 1000, 2000, 5000]));
    let longest = Duration::from_millis(rng.pick(&[0, 1, 1000, 3000, 10_000, 60_000]));
    let mut debounce = Debounce::new(quiet, longest);
    let mut model = Model { quiet, longest, held: Vec::new(), ready: Vec::new(), count: 0 };
    let mut now = Duration::from_secs(rng.below(3));
    for _ in 0..rng.between(5, 60) {
        match rng.below(8) {
            0..=3 => {
                let change = change(rng)?;
                transcript.note(|| format!("{now:?} {change}"));
                debounce.handle(change.clone(), Instant::from_origin(now));
                model.handle(change, now);
            }
            4 => now += Duration::from_millis(rng.pick(&[1, 500, 999, 1000, 1001, 2000, 5000])),
            5 => {
                // To the time that it names, or shortly before it.
                let next = debounce.next_at().map_or(now, Instant::since_origin);
                now = now.max(next.saturating_sub(Duration::from_nanos(rng.below(2))));
            }
            6 if rng.one_in(4) => {
                debounce.flush();
                model.flush();
            }
            _ => drained(&mut debounce, &mut model, now, rng.between(1, 4), transcript)?,
        }
        if rng.one_in(6) {
            debounce = debounce.clone();
        }
    }
    debounce.flush();
    model.flush();
    drained(&mut debounce, &mut model, now, 100, transcript)?;
    if debounce.is_empty() && debounce.next_at().is_none() {
        return Ok(());
    }
    broken(Oracle::Reference, format!("after a flush it holds {debounce:?}"))
}

/// Polls up to this number of times.
fn drained(
    debounce: &mut Debounce,
    model: &mut Model,
    now: Duration,
    most: u64,
    transcript: &mut Transcript,
) -> Result<(), Violation> {
    for _ in 0..most {
        let (found, expected) = (debounce.poll(Instant::from_origin(now)), model.poll(now));
        transcript.note(|| format!("{now:?} {found:?}"));
        hashed::optional(transcript, found.as_ref(), world::hashed::change);
        if found != expected {
            return broken(Oracle::Reference, format!("at {now:?} it returns {found:?}, not {expected:?}"));
        }
        // A change that was held has memory of its own.
        let place = |change: &Change| change.clone().applied().map(|object| object.raw().as_ptr());
        if let Some((found, expected)) = found.as_ref().and_then(place).zip(expected.as_ref().and_then(place))
            && found == expected
        {
            return broken(Oracle::Reference, "a change keeps the buffer of its object alive");
        }
        if debounce.is_empty() != (model.held.is_empty() && model.ready.is_empty()) {
            return broken(Oracle::Reference, format!("is it empty? {}", debounce.is_empty()));
        }
        if found.is_some() {
            continue;
        }
        let next = debounce.next_at().map(Instant::since_origin);
        hashed::optional(transcript, next, hashed::time);
        let expected = model.held.iter().map(|held| held.due).min();
        if next != expected {
            return broken(Oracle::Reference, format!("at {now:?} the next change is at {next:?}, not {expected:?}"));
        }
        return Ok(());
    }
    Ok(())
}

/// The documentation of `Debounce`.
#[derive(Debug)]
struct Model {
    quiet: Duration,
    longest: Duration,
    held: Vec<Held>,
    ready: Vec<Change>,
    count: u64,
}

#[derive(Clone, Debug)]
struct Held {
    key: (String, String),
    object: Object,
    is_new: bool,
    since: Duration,
    due: Duration,
    number: u64,
}

impl Held {
    fn change(self) -> Change {
        if self.is_new { Change::Added(self.object) } else { Change::Modified(self.object) }
    }
}

impl Model {
    fn handle(&mut self, change: Change, now: Duration) {
        let (object, is_new) = match change {
            Change::Added(object) => (object, true),
            Change::Modified(object) => (object, false),
            Change::Deleted(ref object) => {
                self.release(&key(object.namespace(), object.name()));
                return self.ready.push(change);
            }
            Change::Vanished(ref vanished) => {
                self.release(&key(vanished.namespace(), vanished.name()));
                return self.ready.push(change);
            }
            Change::Synced { .. } => {
                self.flush();
                return self.ready.push(change);
            }
        };
        let key = key(object.namespace(), object.name());
        match self.held.iter_mut().find(|held| held.key == key) {
            Some(held) => {
                held.object = object;
                held.due = (now + self.quiet).min(held.since + self.longest);
            }
            None => {
                let due = now + self.quiet.min(self.longest);
                self.held.push(Held { key, object, is_new, since: now, due, number: self.count });
                self.count += 1;
            }
        }
    }

    fn release(&mut self, key: &(String, String)) {
        if let Some(at) = self.held.iter().position(|held| held.key == *key) {
            self.ready.push(self.held.remove(at).change());
        }
    }

    fn flush(&mut self) {
        self.held.sort_by_key(|held| held.number);
        self.ready.extend(self.held.drain(..).map(Held::change));
    }

    fn poll(&mut self, now: Duration) -> Option<Change> {
        if !self.ready.is_empty() {
            return Some(self.ready.remove(0));
        }
        let due = |held: &Held| (held.due, held.number);
        let first = self.held.iter().min_by_key(|held| due(held)).filter(|held| held.due <= now)?.number;
        let at = self.held.iter().position(|held| held.number == first)?;
        Some(self.held.remove(at).change())
    }
}

fn key(namespace: Option<&str>, name: &str) -> (String, String) {
    (namespace.unwrap_or_default().to_owned(), name.to_owned())
}

/// Draws a change of one of a few objects, whose keys differ in the boundary between namespace and name.
fn change(rng: &mut Rng) -> Result<Change, Violation> {
    let (namespace, name) = rng.pick(&[("x", "a"), ("x", "b"), ("xa", "b"), ("x", "ab"), ("", "a")]);
    let version = rng.between(1, 30);
    let object = object(namespace, name, version)?;
    Ok(match rng.below(10) {
        0..=2 => Change::Added(object),
        3..=6 => Change::Modified(object),
        7 => Change::Deleted(object),
        8 => vanished(object)?,
        _ => Change::Synced { resource_version: parsed(version)? },
    })
}

fn object(namespace: &str, name: &str, version: u64) -> Result<Object, Violation> {
    let namespace = if namespace.is_empty() { String::new() } else { format!("\"namespace\":\"{namespace}\",") };
    let json = format!("{{\"metadata\":{{{namespace}\"name\":\"{name}\",\"resourceVersion\":\"{version}\"}}}}");
    Object::parse(json.into()).or_else(|error| broken(Oracle::Reference, error.to_string()))
}

fn parsed(version: u64) -> Result<ResourceVersion, Violation> {
    version.to_string().parse().or_else(|_| broken(Oracle::Reference, format!("{version} is no version")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_is_early_is_found() {
        let (quiet, longest) = (Duration::from_secs(2), Duration::from_secs(9));
        let mut debounce = Debounce::new(quiet, longest);
        let mut model = Model { quiet, longest, held: Vec::new(), ready: Vec::new(), count: 0 };
        let change = Change::Added(object("x", "a", 5).unwrap());
        debounce.handle(change.clone(), Instant::from_origin(Duration::ZERO));
        model.handle(change, Duration::from_secs(1));
        let transcript = &mut Transcript::new(false);
        assert!(drained(&mut debounce, &mut model, Duration::from_secs(2), 1, transcript).is_err());
    }
}
