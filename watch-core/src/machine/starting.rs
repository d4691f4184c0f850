//! Deciding what to ask for.

use super::ask::send;
use super::asked::{Asked, AskedWatch};
use super::memory::{Aim, Memory};
use super::page::{Listed, Page};
use super::{Finished, State, Step};
use crate::io::output::Done;
use crate::io::time::Instant;

/// Nothing is open. What is asked for follows from what is remembered: with a version, what came after it; without one,
/// the set.
#[derive(Clone, Debug)]
pub(crate) struct Starting;

impl Starting {
    pub(super) fn step(self, memory: &mut Memory, now: Instant) -> Step {
        let is_final = memory.final_read_at().is_some_and(|at| at <= now);
        if is_final {
            memory.ask_finally(now);
        } else if memory.deadline.is_some_and(|deadline| deadline <= now) {
            return Step::Go(State::Finished(Finished::new(Done::DeadlineReached)));
        }
        let is_check = memory.takes_probe(now);
        let asked = match (memory.position.version(), memory.aim) {
            _ if is_final => Asked::List(Page::first(Listed::Set)),
            _ if is_check => match memory.position.seen().filter(|_| memory.checks_by_watch) {
                Some(seen) => Asked::Watch(AskedWatch::check(seen.clone())),
                None => Asked::List(Page::first(Listed::Probe)),
            },
            (Some(version), _) => Asked::Watch(AskedWatch::after(version.clone())),
            (None, Aim::Unversioned) => {
                memory.position.unordered();
                Asked::Watch(AskedWatch::unversioned())
            }
            (None, Aim::Set) if memory.wants_streaming_list() => Asked::Watch(AskedWatch::streaming_list()),
            (None, Aim::Set) => Asked::List(Page::first(Listed::Set)),
            (None, Aim::Version) => Asked::List(Page::first(Listed::Version)),
        };
        send(asked, memory, now)
    }
}
