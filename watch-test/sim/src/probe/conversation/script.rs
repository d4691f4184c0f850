//! Repeats the operations on a machine in other manners, which must have the same results.

use core::time::Duration;

use bytes::Bytes;
use watch_core::trace::{self, Traced};
use watch_core::{Input, Instant, Machine, Output, Watcher};
use watch_test::check::Rng;

use super::setup::Setup;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

/// A step of a conversation.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Handle(Input),
    /// Polls until the machine waits or is done.
    Drain(Duration),
    /// A new watcher resumes from the checkpoint of the present one.
    Resume,
}

/// How a conversation is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Without a change.
    Same,
    /// With bodies cut into bytes.
    Bytes,
    /// With all pieces that are handed in before one poll joined.
    Joined,
    /// With a poll after each input.
    OneAPoll,
    /// With a clone in place of the machine after each poll.
    Clones,
}

/// The longest piece that is cut into single bytes.
const LONG: usize = 2000;

/// Repeats a conversation in another manner, and compares the outputs. `was_late`: the driver handed in an input late.
pub(super) fn compare(rng: &mut Rng, setup: &Setup, ops: &[Op], was_late: bool) -> Result<(), Violation> {
    match rng.below(8) {
        0 | 1 => same(setup, ops, Manner::Bytes, Oracle::Cuts),
        2 => same(setup, ops, Manner::Joined, Oracle::Cuts),
        // A late driver doesn't know when a body ended, so the result depends on which input is late.
        3 if !was_late => same(setup, ops, Manner::OneAPoll, Oracle::Cuts),
        4 => same(setup, ops, Manner::Clones, Oracle::Clones),
        5 => replayed(setup, ops),
        _ => Ok(()),
    }
}

fn same(setup: &Setup, ops: &[Op], manner: Manner, oracle: Oracle) -> Result<(), Violation> {
    let is_one = manner == Manner::OneAPoll;
    let (first, second) = (repeat(setup, ops, Manner::Same, is_one)?, repeat(setup, ops, manner, is_one)?);
    let differs = first.iter().zip(&second).position(|(one, other)| one != other);
    match differs {
        None if first.len() == second.len() => Ok(()),
        at => {
            broken(oracle, format!("{manner:?}: output {at:?} of {} differs, of {} in all", first.len(), second.len()))
        }
    }
}

/// Returns a hash of each output except waits and the end. `but_aborts`: aborts are excluded too, because they depend
/// on whether the end was handed in.
fn repeat(setup: &Setup, ops: &[Op], manner: Manner, but_aborts: bool) -> Result<Vec<u64>, Violation> {
    let mut watcher = Watcher::new(setup.config.clone());
    let mut hashes = Vec::new();
    let mut pieces: Vec<Input> = Vec::new();
    let mut now = Duration::ZERO;
    for (index, op) in ops.iter().enumerate() {
        match op {
            Op::Handle(input) => match manner {
                Manner::Same | Manner::Clones => handle(&mut watcher, input.clone())?,
                Manner::Bytes => cut(input).try_for_each(|piece| handle(&mut watcher, piece))?,
                Manner::Joined => join(&mut pieces, input.clone()),
                Manner::OneAPoll => {
                    handle(&mut watcher, input.clone())?;
                    let next = ops[index..].iter().find_map(|op| if let Op::Drain(at) = op { Some(*at) } else { None });
                    drain(&mut watcher, next.unwrap_or(now), but_aborts, &mut hashes);
                }
            },
            Op::Drain(at) => {
                now = *at;
                pieces.drain(..).try_for_each(|input| handle(&mut watcher, input))?;
                drain(&mut watcher, now, but_aborts, &mut hashes);
                if manner == Manner::Clones {
                    watcher = watcher.clone();
                }
            }
            Op::Resume => {
                let Some(checkpoint) = watcher.checkpoint() else { continue };
                let resumed = Watcher::resume(setup.config.clone(), &checkpoint);
                watcher = resumed.or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
            }
        }
    }
    Ok(hashes)
}

fn handle(machine: &mut impl Machine, input: Input) -> Result<(), Violation> {
    machine.handle(input).or_else(|misuse| broken(Oracle::Cuts, misuse.to_string()))
}

/// Returns whether the driver has nothing to do after this output. Inputs that are ignored don't end a wait that is
/// over; the next poll does.
fn is_last(output: &Output, now: Duration) -> bool {
    match output {
        Output::Wait(wait) => wait.until.is_none_or(|until| until.since_origin() > now),
        output => matches!(output, Output::Done(_)),
    }
}

fn drain(watcher: &mut Watcher, now: Duration, but_aborts: bool, hashes: &mut Vec<u64>) {
    loop {
        let output = watcher.poll(Instant::from_origin(now));
        let is_wait = matches!(output, Output::Wait(_));
        let is_last = is_last(&output, now);
        // The number of waits, and of polls after the end, depends on how inputs are handed in.
        if !(is_wait || is_last || but_aborts && matches!(output, Output::Abort(_))) {
            let mut hash = Transcript::new(false);
            hashed::output(&mut hash, now, &output);
            hashed::watcher(&mut hash, watcher);
            hashes.push(hash.hash());
        }
        if is_last {
            return;
        }
    }
}

fn cut(input: &Input) -> Box<dyn Iterator<Item = Input> + '_> {
    match input {
        // An empty piece is an input too. It changes nothing, so it doesn't end a wait.
        Input::Body { id, bytes } if (1..=LONG).contains(&bytes.len()) => {
            Box::new((0..bytes.len()).map(|at| Input::Body { id: *id, bytes: bytes.slice(at..=at) }))
        }
        other => Box::new(core::iter::once(other.clone())),
    }
}

fn join(pieces: &mut Vec<Input>, input: Input) {
    if let (Some(Input::Body { id: last, bytes }), Input::Body { id, bytes: more }) = (pieces.last_mut(), &input)
        && last == id
    {
        *bytes = Bytes::from([&bytes[..], &more[..]].concat());
        return;
    }
    pieces.push(input);
}

/// Records the first process of a conversation, and replays it.
fn replayed(setup: &Setup, ops: &[Op]) -> Result<(), Violation> {
    let mut lines = String::new();
    let mut traced = Traced::new(Watcher::new(setup.config.clone()), |entry| {
        lines += &serde_json::to_string(&entry).unwrap_or_default();
        lines += "\n";
    });
    for op in ops {
        match op {
            Op::Handle(input) => handle(&mut traced, input.clone())?,
            Op::Drain(now) => loop {
                let output = traced.poll(Instant::from_origin(*now));
                if is_last(&output, *now) {
                    break;
                }
            },
            Op::Resume => break,
        }
    }
    drop(traced);
    let entries = trace::read(&lines).or_else(|error| broken(Oracle::Determinism, error.to_string()))?;
    trace::replay(entries).or_else(|error| broken(Oracle::Determinism, error.to_string()))
}
