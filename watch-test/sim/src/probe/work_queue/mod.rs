//! `WorkQueue`: each operation has the result that the documentation states, whatever came before it.

mod model;

use core::time::Duration;

use watch_core::{Instant, WorkQueue};
use watch_test::check::Rng;

use self::model::Model;
use super::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// The number of different keys. There are few, so that several operations concern the same one.
const KEYS: u64 = 4;

/// An operation, and its arguments.
#[derive(Clone, Copy, Debug)]
enum Op {
    Start,
    Add(u8),
    /// Adds a key for this long after now; if negative, for a time before now.
    AddAt(u8, i64),
    Take,
    Succeeded(u8),
    Failed(u8),
    /// Defers a key for this long after now.
    Defer(u8, u64),
    Forget(u8),
    ShutDown,
    /// Advances the time.
    Pass(Duration),
    /// Advances the time to that of the next key.
    PassUntilDue,
}

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let (mut queue, mut model) = drawn(rng);
    let mut now = Duration::from_secs(rng.pick(&[0, 1, 1_000_000]));
    // A queue is shut down once in some runs, mostly late.
    let ends = rng.one_in(3);
    let steps = rng.between(5, 120);
    if !rng.one_in(6) {
        queue.start();
        model.start();
    }
    for step in 0..steps {
        let op = op(rng, ends && step * 4 > steps);
        transcript.note(|| format!("{now:?} {op:?}"));
        let at = Instant::from_origin(now);
        match op {
            Op::Start => {
                queue.start();
                model.start();
            }
            Op::Add(key) => {
                queue.add(key, at);
                model.add(key, now);
            }
            Op::AddAt(key, millis) => {
                let later = Duration::from_millis(millis.unsigned_abs());
                let time = if millis < 0 { now.saturating_sub(later) } else { now.saturating_add(later) };
                queue.add_at(key, Instant::from_origin(time));
                model.add(key, time);
            }
            Op::Take => {
                let (taken, expected) = (queue.take(at), model.take(now));
                hashed::optional(transcript, taken, |transcript, key| transcript.number(key.into()));
                if taken != expected {
                    return broken(Oracle::Reference, format!("at {now:?} {taken:?} is taken, not {expected:?}"));
                }
            }
            Op::Succeeded(key) => {
                queue.succeeded(&key);
                model.succeeded(key);
            }
            Op::Failed(key) => {
                queue.failed(&key, at);
                model.failed(key, now);
            }
            Op::Defer(key, millis) => {
                let time = now.saturating_add(Duration::from_millis(millis));
                queue.defer(&key, Instant::from_origin(time));
                model.defer(key, time);
            }
            Op::Forget(key) => {
                queue.forget(&key);
                model.forget(key);
            }
            Op::ShutDown => {
                queue.shut_down(at);
                model.shut_down(now);
            }
            Op::Pass(time) => now = now.saturating_add(time),
            Op::PassUntilDue => now = now.max(queue.next_at().map_or(now, Instant::since_origin)),
        }
        observe(&queue, transcript);
        agree(&queue, &model).or_else(|what| broken(Oracle::Reference, format!("after {op:?} at {now:?}: {what}")))?;
    }
    Ok(())
}

/// Draws the delays of a queue: often ones that grow past their limit within a few failures.
fn drawn(rng: &mut Rng) -> (WorkQueue<u8>, Model) {
    if rng.one_in(3) {
        // "By 5 ms at first, and by 1,000 s at most."
        return (WorkQueue::new(), Model::new(Duration::from_millis(5), Duration::from_secs(1000)));
    }
    let first = rng.pick(&[
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_millis(100),
        Duration::from_secs(1),
        Duration::from_secs(1 << 40),
        Duration::MAX,
    ]);
    let longest = rng.pick(&[
        Duration::ZERO,
        Duration::from_millis(50),
        Duration::from_secs(7),
        Duration::from_secs(8),
        Duration::from_secs(1 << 41),
        Duration::MAX,
    ]);
    (WorkQueue::with_retry(first, longest), Model::new(first, longest))
}

fn op(rng: &mut Rng, may_end: bool) -> Op {
    let key = rng.below(KEYS) as u8;
    match rng.below(35) {
        0..5 => Op::Add(key),
        5..9 => Op::AddAt(key, rng.pick(&[-2000, -1, 0, 1, 4, 5, 6, 1000, 1000, 3_600_000])),
        9..17 => Op::Take,
        17..20 => Op::Succeeded(key),
        20..26 => Op::Failed(key),
        26 => Op::Forget(key),
        27 => Op::Start,
        28 if may_end => Op::ShutDown,
        30..33 => Op::Defer(key, rng.pick(&[0, 1, 1000, 3_600_000])),
        28 | 29 => Op::Pass(Duration::from_millis(rng.pick(&[1, 5, 999, 1000, 8000, 3_600_000]))),
        _ => Op::PassUntilDue,
    }
}

fn observe(queue: &WorkQueue<u8>, transcript: &mut Transcript) {
    transcript.number(queue.len() as u64);
    hashed::flag(transcript, queue.is_finished());
    hashed::optional(transcript, queue.next_at(), |transcript, at| hashed::time(transcript, at.since_origin()));
    (0..KEYS).for_each(|key| transcript.number(queue.failures(&(key as u8)).into()));
}

/// Compares what the queue's getters return with the model.
fn agree(queue: &WorkQueue<u8>, model: &Model) -> Result<(), String> {
    let (next, expected) = (queue.next_at().map(Instant::since_origin), model.next_at());
    if next != expected {
        return Err(format!("the next key is due at {next:?}, not at {expected:?}"));
    }
    if queue.len() != model.len() || queue.is_empty() != (model.len() == 0) {
        return Err(format!("{} keys wait, not {}", queue.len(), model.len()));
    }
    if queue.is_finished() != model.is_finished() {
        return Err(format!("whether it is finished: {}, not {}", queue.is_finished(), model.is_finished()));
    }
    for key in (0..KEYS).map(|key| key as u8) {
        let (failures, expected) = (queue.failures(&key), model.failures(key));
        if failures != expected {
            return Err(format!("the key {key} has {failures} failures, not {expected}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_in_another_state_is_found() {
        let first = Duration::from_secs(1);
        let (queue, model) = (WorkQueue::with_retry(first, first), Model::new(first, first));
        assert_eq!(agree(&queue, &model), Ok(()));
        let altered = |change: fn(&mut WorkQueue<u8>)| {
            let mut queue = queue.clone();
            change(&mut queue);
            agree(&queue, &model)
        };
        assert!(altered(|queue| queue.add(1, Instant::ORIGIN)).is_err());
        assert!(altered(|queue| queue.shut_down(Instant::ORIGIN)).is_err());
        let failed = |queue: &mut WorkQueue<u8>| {
            queue.start();
            queue.add(1, Instant::ORIGIN);
            queue.take(Instant::ORIGIN);
            queue.failed(&1, Instant::ORIGIN);
        };
        assert!(altered(failed).is_err());
    }
}
