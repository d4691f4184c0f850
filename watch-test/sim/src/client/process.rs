//! The state that a process saves, and how the next one resumes from it.

use core::time::Duration;

use watch_core::{Checkpoint, Config, Diff, DiffSnapshot, Watcher};
use watch_test::check::{Position, StreamOracle};

use super::Client;
use super::config::config;
use crate::oracle::changes::Picture;
use crate::oracle::exchanges::Exchanges;
use crate::plan::{ClientSetup, Label, Saved};
use crate::violation::{Oracle, Violation, broken};

/// The state that a process saved for the next one.
#[derive(Clone, Debug)]
pub(super) struct State {
    at: Duration,
    checkpoint: Checkpoint,
    diff: DiffSnapshot,
    shadow: Diff,
    picture: Picture,
    sequence: StreamOracle,
}

impl Client {
    /// Saves the state for the next process. Of several states at one time, the last one is saved, so that the result
    /// doesn't depend on how bodies are cut.
    pub(crate) fn save(&mut self, now: Duration) {
        let (Some(checkpoint), Ok(config)) = (self.watcher.checkpoint(), config(&self.setup, self.watched)) else {
            return;
        };
        if matches!(self.sequence.position(), Position::Unknown) {
            return;
        }
        if self.saved.last().is_some_and(|last| last.checkpoint == checkpoint) {
            return;
        }
        if self.saved.last().is_some_and(|last| last.at == now) {
            self.saved.pop();
        } else if self.saved.len() >= 8 {
            self.saved.remove(4);
        }
        self.saved.push(State {
            at: now,
            checkpoint,
            diff: self.diff.snapshot(&config),
            shadow: self.diff.clone(),
            picture: self.picture.clone(),
            sequence: self.sequence.clone(),
        });
    }

    /// Changes the selection of the consumer. The saved state must then be refused.
    pub(crate) fn reselect(&mut self, label: Option<Label>) -> Result<(), Violation> {
        let is_other = label != self.setup.label;
        self.setup.label = label;
        if let Some(saved) = self.saved.last().filter(|_| is_other)
            && Watcher::resume(config(&self.setup, self.watched)?, &saved.checkpoint).is_ok()
        {
            return broken(Oracle::Resumable, "the checkpoint of another selector was accepted");
        }
        self.begin(Saved::Nothing)
    }

    /// Begins a new process.
    pub(crate) fn begin(&mut self, from: Saved) -> Result<(), Violation> {
        let index = match from {
            Saved::Newest => self.saved.len().checked_sub(1),
            Saved::Older => self.saved.len().checked_sub(2).or_else(|| self.saved.len().checked_sub(1)),
            Saved::Nothing | Saved::Foreign | Saved::Newer | Saved::Torn => None,
        };
        let own = config(&self.setup, self.watched)?;
        if let Some(saved) = self.saved.last() {
            let other = ClientSetup { label: Some(Label::Is("other".into())), ..self.setup.clone() };
            let taken = match from {
                Saved::Foreign => Watcher::resume(config(&other, self.watched)?, &saved.checkpoint).is_ok(),
                Saved::Newer => reread(&saved.checkpoint, |text| text.replace("\"format\":", "\"format\":9"))
                    .is_some_and(|checkpoint| Watcher::resume(own.clone(), &checkpoint).is_ok()),
                Saved::Torn => reread(&saved.checkpoint, |text| text[..text.len() / 2].to_owned()).is_some(),
                Saved::Newest | Saved::Older | Saved::Nothing => false,
            };
            if taken {
                return broken(Oracle::Resumable, format!("an invalid checkpoint was accepted ({from:?})"));
            }
        }
        let process = self.process + 1;
        let saved = self.saved.clone();
        let mut next = Self::new(&self.setup, self.watched, self.oddities)?;
        if let Some(state) = index.map(|index| saved[index].clone()) {
            next.watcher = resume(own.clone(), &state.checkpoint)?;
            next.diff = restore(&state.diff, &own)?;
            next.shadow = Some(state.shadow);
            next.picture = state.picture;
            next.sequence = state.sequence;
            next.was_synced = true;
            next.checks.resumed();
            next.saved = saved[..=index.unwrap_or_default()].to_vec();
        }
        next.process = process;
        next.unreachable = self.unreachable;
        next.false_lists = self.false_lists;
        next.recorded = self.recorded.take();
        next.parrots = self.parrots;
        next.damage = self.damage;
        next.timeline = self.timeline;
        *self = next;
        self.exchanges = Exchanges::default();
        Ok(())
    }
}

/// Returns a checkpoint whose file was changed.
fn reread(checkpoint: &Checkpoint, change: impl FnOnce(String) -> String) -> Option<Checkpoint> {
    let text = serde_json::to_string(checkpoint).ok()?;
    serde_json::from_str(&change(text)).ok()
}

/// Resumes through JSON, as a new process does.
fn resume(config: Config, checkpoint: &Checkpoint) -> Result<Watcher, Violation> {
    let failed = |why: String| Violation::new(Oracle::Resumable, why);
    let json = serde_json::to_string(checkpoint).map_err(|error| failed(error.to_string()))?;
    let read: Checkpoint = serde_json::from_str(&json).map_err(|error| failed(error.to_string()))?;
    Watcher::resume(config, &read).map_err(|error| failed(error.to_string()))
}

fn restore(snapshot: &DiffSnapshot, config: &Config) -> Result<Diff, Violation> {
    let failed = |why: String| Violation::new(Oracle::Resumable, why);
    let json = serde_json::to_string(snapshot).map_err(|error| failed(error.to_string()))?;
    let read: DiffSnapshot = serde_json::from_str(&json).map_err(|error| failed(error.to_string()))?;
    Diff::restore(read, config).map_err(|error| failed(error.to_string()))
}
