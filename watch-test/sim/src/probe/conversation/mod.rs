//! A watcher in conversation with a drawn server.
//!
//! The simulator's model behaves like an API server, so rare paths of the machine need rare chains of answers. Here each
//! request gets an answer that is drawn: from a server that knows what was asked, mostly makes sense, and then deviates.
//! Conversations are short. The judges need no model of a server: they know what was configured, asked, answered and
//! put out, and when.

mod answer;
mod asked;
mod cutter;
mod diffs;
mod documents;
mod drive;
mod judge;
mod lists;
mod refusal;
mod script;
mod server;
mod setup;
mod store;
#[cfg(test)]
mod tests;
mod versions;
pub(super) mod wait_for;
mod watches;

use watch_core::{Checkpoint, Input, Watcher};
use watch_test::check::Rng;

use self::drive::{Stepped, Talk};
use self::script::Op;
use self::server::Server;
use self::setup::{Purpose, Setup};
use self::store::KEYS;
use self::versions::Versions;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let versions = Versions::draw(rng);
    let setup = Setup::draw(rng, &versions, Purpose::Watch)?;
    let server = Server::draw(rng, versions, KEYS.len());
    let watcher = Watcher::new(setup.config.clone());
    let mut talk = Talk::new(watcher, rng, &setup, server, transcript);
    talk.drain()?;
    for _ in 0..rng.between(10, 140) {
        if talk.meddles() {
            meddle(&mut talk, &setup)?;
        }
        if talk.done.is_some() || talk.step()? == Stepped::Ended {
            break;
        }
    }
    if talk.done.is_none() && rng.one_in(2) {
        talk.handle(Input::Stop)?;
    }
    talk.drain()?;
    come_late(&mut talk)?;
    // What is said once it is over is said again.
    talk.drain()?;
    let (ops, was_late) = (core::mem::take(&mut talk.ops), talk.was_late);
    let outputs = core::mem::take(&mut talk.outputs);
    diffs::check(rng, &setup.config, &outputs, transcript)?;
    script::compare(rng, &setup, &ops, was_late)
}

/// The consumer, or the driver, does something.
fn meddle(talk: &mut Talk<'_, Watcher>, setup: &Setup) -> Result<(), Violation> {
    match talk.rng.below(20) {
        0..=6 => talk.handle(Input::Relist)?,
        7 => talk.handle(Input::Stop)?,
        8..=10 => talk.hand_in_stale()?,
        11 | 12 => talk.misuse()?,
        _ => return resume(talk, setup),
    }
    talk.drain()
}

/// After the end of the watch, the consumer or the driver does something. It changes nothing.
fn come_late(talk: &mut Talk<'_, Watcher>) -> Result<(), Violation> {
    let before = talk.machine.checkpoint();
    match talk.rng.below(4) {
        0 => talk.handle(Input::Relist)?,
        1 => talk.handle(Input::Stop)?,
        2 => talk.hand_in_stale()?,
        _ => {}
    }
    talk.drain()?;
    let after = talk.machine.checkpoint();
    if talk.done.is_some() && before != after {
        return broken(Oracle::Silence, format!("after the end the checkpoint {before:?} became {after:?}"));
    }
    Ok(())
}

/// Another process resumes from the checkpoint.
fn resume(talk: &mut Talk<'_, Watcher>, setup: &Setup) -> Result<(), Violation> {
    let Some(checkpoint) = talk.machine.checkpoint() else { return Ok(()) };
    let text = serde_json::to_string(&checkpoint).or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
    talk.transcript.count(text.as_bytes());
    let stored: Checkpoint =
        serde_json::from_str(&text).or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
    let watcher = Watcher::resume(setup.config.clone(), &stored);
    let watcher = watcher.or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
    if watcher.checkpoint().as_ref() != Some(&checkpoint) {
        return broken(Oracle::Resumable, "the checkpoint of a resumed watcher isn't the one that it resumed from");
    }
    talk.ops.push(Op::Resume);
    talk.judge.resumed(&checkpoint);
    talk.replace(watcher);
    talk.drain()
}
