//! The way back out of trouble. Nothing else leads from trouble to [`Starting`], so this is where spinning is made
//! impossible: each way is gated by time, by a watch that lasted, or by something that can happen only once.

use alloc::boxed::Box;
use core::time::Duration;

use super::backing_off::BackingOff;
use super::exchange::Exchange;
use super::memory::Memory;
use super::memory::backoff::LASTING;
use super::memory::streaming::Evidence;
use super::policy::{ENOUGH, Verdict, code, verdict};
use super::{Finished, State};
use crate::config::ListSemantics;
use crate::io::event::InitialCause;
use crate::io::notice::{Next, Notice};
use crate::io::time::Instant;
use crate::io::trouble::{Cause, During, Silence, Trouble};
use crate::wire::Status;

/// A watch that ended sooner and brought nothing is a failure, whatever its status says: client-go's
/// `VeryShortWatchError` (`handleAnyWatch`).
const SHORT: Duration = Duration::from_secs(1);

/// Watches are opened no more often than this, also when each brings something: client-go's `RetryWatcher` has the same
/// (`minRestartDelay`).
pub(super) const SPACING: Duration = Duration::from_secs(1);

/// And those that bring nothing new, again and again, no more often than this.
const WIDE_SPACING: Duration = Duration::from_secs(10);

/// A watch ended in good order.
pub(super) fn ended(
    memory: &mut Memory,
    exchange: Exchange,
    during: During,
    opened: Instant,
    promised: Instant,
    useful: bool,
    now: Instant,
) -> State {
    let lasted = now.since(opened);
    if lasted < SHORT && !useful {
        return recover(memory, exchange, during, Cause::ShortWatch { lasted }, None, now);
    }
    // It stood: what went wrong before is over, though no event says so.
    memory.tally.over();
    // Whatever ends quiet watches (a proxy, after 20 s of silence) is no trouble, but shall not set the pace.
    let is_early = promised > now + SPACING;
    // A driver that comes late can't say when it ended.
    memory.probe |= is_early || memory.waited.is_late() || memory.check_due(now).is_some_and(|due| due <= now);
    let is_fruitless = lasted < LASTING && !useful && is_early;
    let spacing = if is_fruitless { memory.backoff.next(&mut memory.rng).min(WIDE_SPACING) } else { SPACING };
    State::BackingOff(BackingOff::new(opened + spacing))
}

/// Something went wrong: counts it, says it, and finds the way on.
pub(super) fn recover(
    memory: &mut Memory,
    exchange: Exchange,
    during: During,
    cause: Cause,
    retry_after: Option<Duration>,
    now: Instant,
) -> State {
    exchange.close(memory);
    let trouble = memory.trouble(during, cause, retry_after);
    count(&trouble, memory, now);
    match verdict(&trouble, memory) {
        Verdict::Resume if trouble.during == During::Probe && memory.tally.behind > 0 => {
            memory.backoff.count();
            let after = confirmation(memory, &trouble);
            wait(memory, trouble, after, Next::Check, now)
        }
        Verdict::Resume => later(memory, trouble, Next::Resume, now),
        Verdict::Blocked => blocked(memory, trouble, now),
        Verdict::Relist(cause) => {
            memory.restart(cause);
            if memory.tally.expired >= ENOUGH && memory.wants_streaming_list() {
                // Streaming lists of large sets may have expired when they are complete (kubernetes#134837).
                memory.streaming.rule_out();
                memory.say(Notice::FellBack { trouble: trouble.clone() });
            }
            if memory.tally.expired >= 2 * ENOUGH {
                return blocked(memory, trouble, now);
            }
            let pause = memory.restarts.next(now, &mut memory.rng);
            let is_certain = matches!(cause, InitialCause::Expired | InitialCause::Rollback | InitialCause::OutOfOrder);
            let after = if is_certain && pause.is_zero() {
                memory.backoff.count();
                trouble.retry_after.unwrap_or_default()
            } else {
                delay(memory, &trouble).max(pause)
            };
            wait(memory, trouble, after, Next::Relist, now)
        }
        Verdict::Unpaged => {
            memory.unpaged = true;
            if matches!(trouble.cause, Cause::EndlessList { .. }) {
                // It had its requests without a wait.
                return later(memory, trouble, Next::Relist, now);
            }
            memory.backoff.count();
            let after = trouble.retry_after.unwrap_or_default();
            wait(memory, trouble, after, Next::Relist, now)
        }
        Verdict::FallBack => {
            memory.streaming.fall_back(evidence(&trouble));
            // If the LIST fails too, the waits begin small again: how often another way failed says nothing about this one.
            // Only once until there is progress, or a server on which nothing works would be asked more often for it.
            if !core::mem::replace(&mut memory.tally.fell_back, true) {
                memory.backoff.begin_again();
            }
            let asked = trouble.retry_after;
            memory.say(Notice::FellBack { trouble });
            asked.map_or(State::START, |after| State::BackingOff(BackingOff::new(now + after)))
        }
        Verdict::NotOlder => {
            if let Some(seen) = memory.position.seen() {
                memory.semantics = ListSemantics::NotOlderThan(seen.clone());
            }
            later(memory, trouble, Next::Relist, now)
        }
        Verdict::Doubt => {
            memory.probe = true;
            memory.backoff.count();
            if let (None, Some(seen)) = (memory.position.version(), memory.position.seen()) {
                // The set that follows may come from another replica than the answer to the check.
                memory.semantics = ListSemantics::NotOlderThan(seen.clone());
            }
            let after = confirmation(memory, &trouble);
            wait(memory, trouble, after, Next::Check, now)
        }
        Verdict::Rollback => {
            memory.restart(InitialCause::Rollback);
            memory.roll_back();
            memory.backoff.count();
            // It was waited for by its confirmations; only a server that goes back again and again is waited for.
            let after = memory.restarts.next(now, &mut memory.rng).max(trouble.retry_after.unwrap_or_default());
            wait(memory, trouble, after, Next::Relist, now)
        }
        Verdict::CheckByWatch => {
            memory.checks_by_watch = true;
            memory.backoff.count();
            let after = trouble.retry_after.unwrap_or_default();
            wait(memory, trouble, after, Next::Check, now)
        }
        Verdict::Unchecked => {
            // It happens once between two waits: what follows is a watch, and when that fails, a backoff.
            memory.probe = false;
            // Nothing better than what the watch brings can be had.
            memory.regressions.refute(now);
            memory.is_checked = true;
            let after = trouble.retry_after.unwrap_or_default();
            if core::mem::replace(&mut memory.tally.unchecked, true) {
                return State::BackingOff(BackingOff::new(now + after));
            }
            memory.backoff.count();
            wait(memory, trouble, after, Next::Resume, now)
        }
        Verdict::End(how) => State::Finished(Finished::new(how)),
    }
}

fn count(trouble: &Trouble, memory: &mut Memory, now: Instant) {
    let tally = &mut memory.tally;
    if tally.since.is_none() {
        (tally.since, tally.waited) = (Some(now), memory.waited.total());
    }
    tally.last = Some(Box::new(trouble.clone()));
    let code = code(&trouble.cause);
    // Neither the network nor a busy server says anything about what was asked.
    let is_network = matches!(trouble.cause, Cause::Transport(_) | Cause::Silence { of: Silence::Head, .. });
    let says_nothing = matches!(code, Some(401 | 403 | 429));
    let is_answer = !is_network && !says_nothing;
    // A connection that never came about has nothing to do with what was to be asked on it.
    let is_about_request = match &trouble.cause {
        Cause::Transport(error) => error.kind.is_behind_connecting(),
        _ => !says_nothing,
    };
    let one = |counter: &mut u32, holds: bool| *counter = counter.saturating_add(u32::from(holds));
    one(&mut tally.unreadable, matches!(trouble.cause, Cause::Unreadable(_)));
    one(&mut tally.short, matches!(trouble.cause, Cause::ShortWatch { lasted } if lasted < SHORT));
    one(&mut tally.streaming, is_about_request && trouble.during == During::StreamingList);
    one(&mut tally.server, is_answer && matches!(trouble.during, During::Watch { .. }));
    // Whatever else happens shows that it has passed.
    let is_unreachable = matches!(&trouble.cause, Cause::Transport(error) if error.kind.needs_attention());
    tally.unreachable = if is_unreachable { tally.unreachable.saturating_add(1) } else { 0 };
    one(&mut tally.unauthorized, code == Some(401));
    one(&mut tally.expired, trouble.cause.status().is_some_and(Status::is_expired));
    let is_behind = matches!(trouble.cause, Cause::WentBack { .. })
        || trouble.cause.status().is_some_and(|status| status.is_resource_version_too_large());
    one(&mut tally.behind, is_behind && !matches!(trouble.during, During::Watch { .. }));
    // Where there is no connection, or no credentials, a watch fares no better.
    let is_answered = is_behind || code == Some(401) || matches!(trouble.cause, Cause::Transport(_));
    one(&mut tally.unanswered, trouble.during == During::Probe && !is_answered);
    if is_behind {
        tally.unanswered = 0;
    }
    one(&mut tally.busy, code == Some(429) && !matches!(trouble.during, During::Watch { .. }));
    memory.stale_credentials |= code == Some(401);
    // A watch that failed, broke off or was refused: the server may have been restored from a backup meanwhile. And the
    // question stands until it is answered.
    memory.probe |= matches!(trouble.during, During::Watch { .. } | During::Probe);
    if matches!(trouble.cause, Cause::WentBack { .. } | Cause::OldEvent { .. } | Cause::OldBookmark { .. }) {
        memory.counters.regression();
    }
    if let (Some(code), During::List { .. }) = (code, &trouble.during) {
        memory.streaming.list_refused(code);
    }
}

/// What a streaming list that is given up says about others.
fn evidence(trouble: &Trouble) -> Evidence {
    match (code(&trouble.cause), &trouble.cause) {
        // The words in which servers and proxies say that they don't know `sendInitialEvents`, or watches.
        (Some(code @ (400 | 404..=406 | 415 | 422)), _) => Evidence::Refused(code),
        (_, Cause::Transport(_) | Cause::Truncated { .. } | Cause::Silence { of: Silence::Head, .. }) => Evidence::None,
        _ => Evidence::Failed,
    }
}

/// After the backoff, and not before the server said.
fn later(memory: &mut Memory, trouble: Box<Trouble>, next: Next, now: Instant) -> State {
    let after = delay(memory, &trouble);
    wait(memory, trouble, after, next, now)
}

fn blocked(memory: &mut Memory, trouble: Box<Trouble>, now: Instant) -> State {
    let after = delay(memory, &trouble);
    if memory.tally.blocks(&trouble, code(&trouble.cause)) {
        memory.say(Notice::Blocked { trouble, after });
    }
    State::BackingOff(BackingOff::new(now + after))
}

fn wait(memory: &mut Memory, trouble: Box<Trouble>, after: Duration, next: Next, now: Instant) -> State {
    let attempt = memory.backoff.attempts();
    memory.say(Notice::Retrying { trouble, attempt, after, next });
    State::BackingOff(BackingOff::new(now + after))
}

fn delay(memory: &mut Memory, trouble: &Trouble) -> Duration {
    let backoff = memory.backoff.next(&mut memory.rng);
    trouble.retry_after.map_or(backoff, |asked| asked.max(backoff))
}

/// As [`delay`], for a check that is to confirm what another showed.
fn confirmation(memory: &mut Memory, trouble: &Trouble) -> Duration {
    let after = memory.confirmations.next(&mut memory.rng);
    trouble.retry_after.map_or(after, |asked| asked.max(after))
}
