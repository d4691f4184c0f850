//! The way back out of trouble. Nothing else leads from trouble to [`Start`], so this is where spinning is made
//! impossible: each way is gated by time, by a watch that lasted, or by something that can happen only once.

use alloc::boxed::Box;
use core::time::Duration;

use super::backoff::Backoff;
use super::exchange::Exchange;
use super::policy::{ENOUGH, Verdict, verdict};
use super::{Finished, Start, State};
use crate::backoff::LASTING;
use crate::config::ListSemantics;
use crate::event::InitialCause;
use crate::input::TransportErrorKind;
use crate::memory::Memory;
use crate::notice::{Next, Notice};
use crate::time::Instant;
use crate::trouble::{Cause, During, Silence, Trouble};
use crate::wire::Status;

/// A watch that ended sooner and brought nothing is a failure, whatever its status says: client-go's
/// `VeryShortWatchError` (`handleAnyWatch`).
const SHORT: Duration = Duration::from_secs(1);

/// Watches are opened no more often than this, also when each brings something: client-go's `RetryWatcher` has the same
/// (`minRestartDelay`).
pub(super) const SPACING: Duration = Duration::from_secs(1);

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
    let as_promised = lasted >= SHORT && promised <= now + SPACING;
    if lasted < LASTING && !useful && !as_promised {
        if lasted < SHORT || memory.backoff.attempts() > 0 {
            return recover(memory, exchange, during, Cause::ShortWatch { lasted }, None, now);
        }
        memory.backoff.count();
    }
    State::Backoff(Backoff::new(opened + SPACING))
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
    let verdict = verdict(&trouble, memory);
    if let Verdict::End(how) = verdict {
        return State::Finished(Finished::new(how));
    }
    match verdict {
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
            let is_certain = matches!(cause, InitialCause::Expired | InitialCause::Rollback);
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
            memory.streaming.fall_back(code(&trouble).filter(|_| refuses_streaming(&trouble)));
            let asked = trouble.retry_after;
            memory.say(Notice::FellBack { trouble });
            asked.map_or(State::Start(Start), |after| State::Backoff(Backoff::new(now + after)))
        }
        Verdict::NotOlder => {
            if let Some(seen) = memory.position.seen() {
                memory.semantics = ListSemantics::NotOlderThan(seen.clone());
            }
            later(memory, trouble, Next::Relist, now)
        }
        Verdict::Rollback => {
            memory.roll_back();
            later(memory, trouble, Next::Relist, now)
        }
        Verdict::End(how) => State::Finished(Finished::new(how)),
    }
}

fn count(trouble: &Trouble, memory: &mut Memory, now: Instant) {
    let tally = &mut memory.tally;
    tally.since.get_or_insert(now);
    tally.last = Some(Box::new(trouble.clone()));
    let code = code(trouble);
    // Neither the network nor a busy server says anything about what was asked.
    let is_network = matches!(trouble.cause, Cause::Transport(_) | Cause::Silence { of: Silence::Head, .. });
    let is_answer = !is_network && !matches!(code, Some(401 | 403 | 429));
    let one = |counter: &mut u32, holds: bool| *counter = counter.saturating_add(u32::from(holds));
    one(&mut tally.unreadable, matches!(trouble.cause, Cause::Unreadable(_)));
    one(&mut tally.short, matches!(trouble.cause, Cause::ShortWatch { lasted } if lasted < SHORT));
    one(&mut tally.streaming, is_answer && trouble.during == During::StreamingList);
    one(&mut tally.server, is_answer && matches!(trouble.during, During::Watch { .. }));
    one(&mut tally.unauthorized, code == Some(401));
    one(&mut tally.expired, trouble.cause.status().is_some_and(Status::is_expired));
    let is_behind = matches!(trouble.cause, Cause::WentBack { .. })
        || trouble.cause.status().is_some_and(|status| status.is_resource_version_too_large());
    one(&mut tally.behind, is_behind && !matches!(trouble.during, During::Watch { .. }));
    memory.stale_credentials |= code == Some(401);
    // Nobody was there, and behind a load balancer it is that which answers meanwhile. Who comes back may have been
    // restored from a backup.
    memory.probe |= match &trouble.cause {
        Cause::Transport(error) if error.kind == TransportErrorKind::Refused => true,
        _ => memory.backoff.attempts() >= ENOUGH && (is_network || matches!(code, Some(500..))),
    };
    if let (Some(code), During::List { .. }) = (code, &trouble.during) {
        memory.streaming.list_refused(code);
    }
}

/// The words in which servers and proxies say that they don't know `sendInitialEvents`, or watches.
const fn refuses_streaming(trouble: &Trouble) -> bool {
    matches!(code(trouble), Some(400 | 404..=406 | 415 | 422))
}

/// The HTTP status that it amounts to.
const fn code(trouble: &Trouble) -> Option<u16> {
    match &trouble.cause {
        Cause::Status(status) => Some(status.code),
        Cause::Foreign { status, .. } => Some(*status),
        _ => None,
    }
}

/// After the backoff, and not before the server said.
fn later(memory: &mut Memory, trouble: Box<Trouble>, next: Next, now: Instant) -> State {
    let after = delay(memory, &trouble);
    wait(memory, trouble, after, next, now)
}

fn blocked(memory: &mut Memory, trouble: Box<Trouble>, now: Instant) -> State {
    let after = delay(memory, &trouble);
    if !core::mem::replace(&mut memory.tally.said_blocked, true) {
        memory.say(Notice::Blocked { trouble, after });
    }
    State::Backoff(Backoff::new(now + after))
}

fn wait(memory: &mut Memory, trouble: Box<Trouble>, after: Duration, next: Next, now: Instant) -> State {
    let attempt = memory.backoff.attempts();
    memory.say(Notice::Retrying { trouble, attempt, after, next });
    State::Backoff(Backoff::new(now + after))
}

fn delay(memory: &mut Memory, trouble: &Trouble) -> Duration {
    let backoff = memory.backoff.next(&mut memory.rng);
    trouble.retry_after.map_or(backoff, |asked| asked.max(backoff))
}
