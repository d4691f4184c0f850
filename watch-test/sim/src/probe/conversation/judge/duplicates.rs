//! No event is lost: only a change that was emitted before is skipped as a duplicate. An object with another uid, in
//! another namespace or with another name is another object. Without a uid, an object that was created again at the
//! version of its deletion is a new one.

use std::collections::VecDeque;

use watch_core::{Event, Notice, Output, Skipped};

use super::received::{Change, Received};
use crate::violation::{Oracle, Violation, broken};

/// The changes that are remembered. A machine remembers fewer.
const REMEMBERED: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct Duplicates {
    emitted: VecDeque<Event>,
}

impl Duplicates {
    pub(super) fn output(&mut self, output: &Output, received: &Received) -> Result<(), Violation> {
        match output {
            Output::Event(event @ (Event::Added(_) | Event::Modified(_) | Event::Deleted(_))) => {
                self.emitted.truncate(REMEMBERED - 1);
                self.emitted.push_front(event.clone());
                Ok(())
            }
            // Each watch reports its first duplicate, so everything before that one was emitted.
            Output::Notice(Notice::Skipped { what: Skipped::Duplicate { found } }) => {
                let Some(skipped) = received.next_change() else { return Ok(()) };
                let mut emitted = self.emitted.iter().filter_map(Change::of);
                if *found.text() != *skipped.version || emitted.any(|emitted| repeats(&skipped, &emitted)) {
                    return Ok(());
                }
                broken(Oracle::Reliable, format!("{output:?}: {skipped:?} wasn't emitted before"))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether a change is the same as an emitted one, or a state before the emitted deletion.
fn repeats(change: &Change, emitted: &Change) -> bool {
    if change == emitted {
        return true;
    }
    let deletion = Change { kind: "DELETED".into(), ..change.clone() };
    !change.uid.is_empty() && deletion == *emitted
}
