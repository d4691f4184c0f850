//! A watcher in conversation with a random server.
//!
//! The simulator's model behaves like an API server, so rare paths of the machine need rare chains of answers. Here a
//! server draws a random answer to each request. The server reads the request. Mostly its answer is sensible; sometimes
//! it deviates. Conversations are short. The judges need no model of a server: they know the configuration, the
//! requests, the answers and the outputs, and the time of each.

mod answer;
mod asked;
mod cutter;
mod decoding;
mod diffs;
mod documents;
mod drive;
mod judge;
mod lists;
mod outcome;
mod outcome_of_many;
mod refusal;
mod script;
mod server;
mod setup;
mod store;
#[cfg(test)]
mod tests;
mod texts;
mod versions;
pub(super) mod wait_for;
pub(super) mod wait_for_many;
mod watch_oddity;
mod watches;

use watch_core::{Checkpoint, Input, Watcher};
use watch_test::check::Rng;

use self::drive::{Conversation, Stepped};
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
    let mut conversation = Conversation::new(watcher, rng, &setup, server, transcript);
    conversation.drain()?;
    for _ in 0..rng.between(10, 140) {
        if conversation.intervenes() {
            intervene(&mut conversation, &setup)?;
        }
        if conversation.done.is_some() || conversation.step()? == Stepped::Ended {
            break;
        }
    }
    if conversation.done.is_none() && rng.one_in(2) {
        conversation.handle(Input::Stop)?;
    }
    conversation.drain()?;
    after_the_end(&mut conversation)?;
    // After its end, the machine must return the same end again.
    conversation.drain()?;
    let (ops, was_late) = (core::mem::take(&mut conversation.ops), conversation.was_late);
    let outputs = core::mem::take(&mut conversation.outputs);
    diffs::check(rng, &setup.config, &outputs, transcript)?;
    script::compare(rng, &setup, &ops, was_late)
}

/// The consumer or the driver intervenes.
fn intervene(conversation: &mut Conversation<'_, Watcher>, setup: &Setup) -> Result<(), Violation> {
    match conversation.rng.below(20) {
        0..=6 => conversation.handle(Input::Relist)?,
        7 => conversation.handle(Input::Stop)?,
        8..=10 => conversation.hand_in_stale()?,
        11 | 12 => conversation.misuse()?,
        _ => return resume(conversation, setup),
    }
    conversation.drain()
}

/// The consumer or the driver intervenes at last. After the end of the watch, that must change nothing.
fn after_the_end(conversation: &mut Conversation<'_, Watcher>) -> Result<(), Violation> {
    // An intervention may also end a watch that hasn't ended.
    let (was_done, before) = (conversation.done.is_some(), conversation.machine.checkpoint());
    match conversation.rng.below(4) {
        0 => conversation.handle(Input::Relist)?,
        1 => conversation.handle(Input::Stop)?,
        2 => conversation.hand_in_stale()?,
        _ => {}
    }
    conversation.drain()?;
    let after = conversation.machine.checkpoint();
    if was_done && before != after {
        return broken(Oracle::Silence, format!("after the end the checkpoint {before:?} became {after:?}"));
    }
    Ok(())
}

/// Replaces the watcher by one that resumes from its checkpoint, as another process does.
fn resume(conversation: &mut Conversation<'_, Watcher>, setup: &Setup) -> Result<(), Violation> {
    let Some(checkpoint) = conversation.machine.checkpoint() else { return Ok(()) };
    let text = serde_json::to_string(&checkpoint).or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
    conversation.transcript.count(text.as_bytes());
    let stored: Checkpoint =
        serde_json::from_str(&text).or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
    let watcher = Watcher::resume(setup.config.clone(), &stored);
    let watcher = watcher.or_else(|error| broken(Oracle::Resumable, error.to_string()))?;
    if watcher.checkpoint().as_ref() != Some(&checkpoint) {
        return broken(Oracle::Resumable, "the checkpoint of a resumed watcher isn't the one that it resumed from");
    }
    conversation.ops.push(Op::Resume);
    conversation.judge.resumed(&checkpoint)?;
    conversation.replace(watcher);
    conversation.drain()
}
