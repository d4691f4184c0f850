//! The only way out of trouble. A state that fails returns [`Step::Fail`](super::Step::Fail), which leads here. Each
//! way back to a request is gated by time, by a watch that lasted, or by something that can happen only once, so no
//! server can make the machine spin. A watch that ended without an error isn't trouble: `watching/end.rs` chooses the
//! time before the next one.

use alloc::boxed::Box;
use core::time::Duration;

use super::backing_off::BackingOff;
use super::failure::Failure;
use super::memory::Memory;
use super::memory::streaming::Evidence;
use super::memory::tally::ENOUGH;
use super::policy::{Verdict, verdict};
use super::{Finished, State};
use crate::io::cause::{Cause, TimedOut};
use crate::io::event::InitialCause;
use crate::io::notice::{Next, Notice};
use crate::io::time::Instant;
use crate::io::trouble::{During, Trouble};

/// Handles a failure: counts it, reports it, and finds the next state.
pub(super) fn recover(failure: Failure, memory: &mut Memory, now: Instant) -> State {
    let Failure { exchange, during, cause, retry_after } = failure;
    let was_open = exchange.was_open();
    let is_doubtful = exchange.is_decompressed() && matches!(cause, Cause::Unreadable(_));
    exchange.close(&mut memory.outbox);
    let mut trouble = Trouble::new(&memory.config, during, cause, retry_after);
    if is_doubtful {
        trouble.cause = trouble.cause.of_decompressed();
        memory.intent.uncompress();
    }
    count(&trouble, memory, now);
    match verdict(&trouble, was_open, &memory.health, &memory.intent, &memory.progress) {
        Verdict::Resume if trouble.during == During::VersionCheck && memory.health.tally().outdated > 0 => {
            memory.health.attempt_at_once();
            let after = confirmation(memory, &trouble);
            wait(memory, trouble, after, Next::Check, now)
        }
        Verdict::Resume => later(memory, trouble, Next::Resume, now),
        Verdict::Reconnect => {
            let Memory { config, rng, health, .. } = memory;
            let after = health.reconnect(&config.parts().timing, rng, now);
            wait(memory, trouble, after, Next::Resume, now)
        }
        Verdict::Blocked => blocked(memory, trouble, now),
        Verdict::Relist(cause) => {
            memory.restart(cause);
            if memory.health.tally().expired >= ENOUGH && memory.intent.wants_streaming_list() {
                // A large streaming list may have expired when it is complete (kubernetes#134837).
                memory.intent.rule_out_streaming_lists();
                memory.outbox.notify(Notice::FellBack { trouble: trouble.clone() });
            }
            if memory.health.tally().expired >= 2 * ENOUGH {
                return blocked(memory, trouble, now);
            }
            let pause = pause(memory, now);
            let is_certain = matches!(cause, InitialCause::Expired | InitialCause::Rollback | InitialCause::OutOfOrder);
            let after = if is_certain && pause.is_zero() {
                memory.health.attempt_at_once();
                trouble.retry_after.unwrap_or_default()
            } else {
                delay(memory, &trouble).max(pause)
            };
            wait(memory, trouble, after, Next::Relist, now)
        }
        Verdict::Unpaged => {
            memory.intent.unpage();
            if matches!(trouble.cause, Cause::EndlessList { .. }) {
                // The pages were requested without a wait.
                return later(memory, trouble, Next::Relist, now);
            }
            memory.health.attempt_at_once();
            let after = trouble.retry_after.unwrap_or_default();
            wait(memory, trouble, after, Next::Relist, now)
        }
        Verdict::FallBack => {
            memory.intent.fall_back(evidence(&trouble));
            memory.health.fall_back();
            let asked = trouble.retry_after;
            memory.outbox.notify(Notice::FellBack { trouble });
            asked.map_or(State::START, |after| State::BackingOff(BackingOff::new(now + after)))
        }
        Verdict::NotOlder => {
            if let Some(seen) = memory.progress.seen() {
                memory.intent.be_not_older_than(seen);
            }
            later(memory, trouble, Next::Relist, now)
        }
        Verdict::Doubt => {
            memory.intent.check.want();
            if matches!(trouble.during, During::List { .. }) {
                // LIST isn't forbidden any more. A server that ignores `sendInitialEvents` and repeats its objects
                // would answer each check by WATCH, and so refute each older list.
                memory.intent.check.ask_by_list();
            }
            memory.health.attempt_at_once();
            if let (None, Some(seen)) = (memory.progress.version(), memory.progress.seen()) {
                // The list that follows may come from another replica than the answer to the check.
                memory.intent.be_not_older_than(seen);
            }
            let after = confirmation(memory, &trouble);
            wait(memory, trouble, after, Next::Check, now)
        }
        Verdict::Rollback => {
            memory.restart(InitialCause::Rollback);
            memory.roll_back();
            memory.health.attempt_at_once();
            // The confirmations already took time. There is a further wait only if the server rolls back repeatedly.
            let after = pause(memory, now).max(trouble.retry_after.unwrap_or_default());
            wait(memory, trouble, after, Next::Relist, now)
        }
        Verdict::CheckByWatch => {
            memory.intent.check.ask_by_watch();
            memory.health.attempt_at_once();
            let after = trouble.retry_after.unwrap_or_default();
            wait(memory, trouble, after, Next::Check, now)
        }
        Verdict::Unchecked => {
            // This happens once between two waits: a watch follows, and if that fails, a backoff.
            memory.intent.check.skip();
            memory.intent.check.ask_by_list();
            // The watch is now the only source, so its old events count as repeats.
            memory.health.refute(now);
            memory.intent.check.settle();
            let after = trouble.retry_after.unwrap_or_default();
            if memory.health.report_unchecked() {
                return State::BackingOff(BackingOff::new(now + after));
            }
            memory.health.attempt_at_once();
            wait(memory, trouble, after, Next::Resume, now)
        }
        Verdict::End(how) => State::Finished(Finished::new(how)),
    }
}

fn count(trouble: &Trouble, memory: &mut Memory, now: Instant) {
    let Memory { intent, health, waited, deadline, .. } = memory;
    health.count(trouble, waited, now);
    deadline.fails();
    // After a watch that failed, broke or was refused, the server may have been restored from a backup. A failed check
    // is repeated.
    intent.check.want_if(matches!(trouble.during, During::Watch { .. } | During::VersionCheck));
    let code = trouble.cause.http_status();
    if code == Some(401) {
        intent.refresh_credentials();
    }
    if let (Some(code), During::List { .. }) = (code, &trouble.during) {
        intent.list_refused(code);
    }
}

/// What an abandoned streaming list shows about later ones.
fn evidence(trouble: &Trouble) -> Evidence {
    match (trouble.cause.http_status(), &trouble.cause) {
        // The statuses by which servers and proxies report that they don't support `sendInitialEvents`, or watches.
        (Some(code @ (400 | 404..=406 | 415 | 422)), _) => Evidence::Refused(code),
        (_, Cause::Transport(_) | Cause::Truncated { .. } | Cause::Timeout { of: TimedOut::Head, .. }) => {
            Evidence::None
        }
        _ => Evidence::Failed,
    }
}

/// Waits for the backoff, or for the `Retry-After` if that is longer.
fn later(memory: &mut Memory, trouble: Box<Trouble>, next: Next, now: Instant) -> State {
    let after = delay(memory, &trouble);
    wait(memory, trouble, after, next, now)
}

fn blocked(memory: &mut Memory, trouble: Box<Trouble>, now: Instant) -> State {
    let after = delay(memory, &trouble);
    if memory.health.blocks(&trouble) {
        memory.outbox.notify(Notice::NeedsAttention { trouble, after });
    }
    State::BackingOff(BackingOff::new(now + after))
}

fn wait(memory: &mut Memory, trouble: Box<Trouble>, after: Duration, next: Next, now: Instant) -> State {
    let attempt = memory.health.attempts();
    memory.outbox.notify(Notice::Retrying { trouble, attempt, after, next });
    State::BackingOff(BackingOff::new(now + after))
}

fn delay(memory: &mut Memory, trouble: &Trouble) -> Duration {
    let backoff = memory.backoff();
    trouble.retry_after.map_or(backoff, |asked| asked.max(backoff))
}

/// Returns how long to wait before a version check that confirms another.
fn confirmation(memory: &mut Memory, trouble: &Trouble) -> Duration {
    let Memory { config, rng, health, .. } = memory;
    let after = health.confirmation(&config.parts().timing, rng);
    trouble.retry_after.map_or(after, |asked| asked.max(after))
}

/// Returns how long to wait before a relist: zero if the last one was long ago.
fn pause(memory: &mut Memory, now: Instant) -> Duration {
    let Memory { config, rng, health, .. } = memory;
    health.restart(&config.parts().timing, rng, now)
}
