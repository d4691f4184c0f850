//! Generates a fault of each kind.

use core::time::Duration;

use watch_test::check::Rng;
use watch_test::fault::{Fault, Requests, Shape};
use watch_test::model::End;

use super::kinds::Kind;
use crate::plan::{Action, Breaking, Damage, Falsification, InjectedLine, Saved, Setup};

pub(super) fn fault(kind: Kind, chance: &mut Rng, setup: &Setup) -> Action {
    let client = chance.below(setup.clients.len() as u64) as u8;
    match kind {
        Kind::Cut => Action::Cut { client, after: offset(chance), end: end(chance) },
        Kind::Break => {
            let how = chance.pick(&[
                Breaking::ResetStream,
                Breaking::ResetStream,
                Breaking::GoAway,
                Breaking::Ping,
                Breaking::Alert,
                Breaking::Other,
            ]);
            Action::Break { client, after: offset(chance), how, loses: chance.one_in(2) }
        }
        Kind::Damage => {
            let how = damage(chance);
            // The same event comes again, with the same bytes, this number of times.
            Action::Damage { client, how, after: chance.below(4), times: chance.skewed(12) }
        }
        Kind::Stall => {
            let lasts = if chance.one_in(2) { None } else { Some(chance.skewed(400_000)) };
            Action::Stall { client, lasts }
        }
        Kind::Drip => {
            let every = Duration::from_millis(chance.skewed(20_000));
            let bytes = 1 + offset(chance) as usize;
            rule(chance, Fault::Drip { bytes, every })
        }
        Kind::DelayHead => {
            let by = Duration::from_millis(chance.skewed(120_000));
            rule(chance, Fault::DelayHead { by })
        }
        Kind::Unreachable => Action::Unreachable { client, times: chance.skewed(12), how: chance.below(7) as u8 },
        Kind::CutNext => {
            let after_bytes = offset(chance);
            if chance.one_in(4) {
                rule(chance, Fault::stall(after_bytes))
            } else {
                let end = end(chance);
                rule(chance, Fault::Cut { after_bytes, end })
            }
        }
        Kind::Refuse => refuse(chance),
        Kind::Say => Action::Say { what: injected_line(chance), then_end: chance.one_in(2) },
        Kind::BookmarkPolicy => {
            let every = chance.pick(&[None, Some(1_000), Some(200), Some(30_000)]);
            if chance.one_in(2) {
                return Action::Bookmarks;
            }
            rule(chance, Fault::Bookmarks { every: every.map(Duration::from_millis) })
        }
        Kind::EndMarker => {
            let fault = chance.pick(&[Fault::NoEndMarker, Fault::IgnoreSendInitialEvents]);
            rule(chance, fault)
        }
        Kind::EndWatches => Action::EndWatches,
        Kind::Empty => rule(chance, Fault::Cut { after_bytes: 0, end: End::Complete }),
        Kind::ExpireAtOnce => {
            let fault = Fault::error(410, "Expired", "too old resource version: 1 (2)", chance.below(4));
            rule(chance, fault)
        }
        Kind::Expire => Action::Expire { keep: if chance.one_in(2) { 0 } else { chance.skewed(20) } },
        Kind::Unready => Action::Unready { lasts: chance.skewed(60_000) },
        Kind::Restart => Action::Restart { gap: if chance.one_in(2) { 0 } else { chance.skewed(1000) } },
        Kind::RestoreBehind => Action::RestoreBehind { back: chance.skewed(20) },
        Kind::FalsifyLists => {
            if chance.one_in(2) {
                return Action::Relist { client };
            }
            let how = chance.pick(&[
                Falsification::TokenLoops,
                Falsification::OtherVersion,
                Falsification::OtherVersion,
                Falsification::NullItems,
                Falsification::Pretty,
                Falsification::OtherOrder,
                Falsification::ItemWithoutVersion,
                Falsification::ItemWithoutName,
                Falsification::NullItem,
                Falsification::ItemNotUtf8,
                Falsification::NoMetadata,
            ]);
            Action::FalsifyLists { client, how, times: chance.skewed(8) }
        }
        Kind::Define => chance.pick(&[Action::Undefine, Action::Define]),
        Kind::Drain => Action::Drain { lasts: chance.pick(&[100, 10_000, 60_000]), beside: chance.one_in(2) },
        Kind::SayNext => {
            let what = chance.pick(&[
                InjectedLine::BareBookmark,
                InjectedLine::BareEndMarker,
                InjectedLine::FalseEndMarker,
                InjectedLine::OldBookmark,
                InjectedLine::Expired,
                InjectedLine::UnknownError,
                InjectedLine::ZeroEndMarker,
                InjectedLine::NoPreviousValue,
            ]);
            Action::SayNext { what, after: chance.below(4), then_end: chance.one_in(2), times: chance.skewed(60) }
        }
        Kind::Trickle => Action::Trickle { watches: chance.skewed(60), writes: chance.skewed(60) },
        Kind::Parrot => Action::Parrot { client, watches: chance.skewed(60) },
        Kind::Reselect => Action::Reselect { client, label: chance.below(3) as u8 },
        Kind::Restore => {
            let late = if chance.one_in(2) { 0 } else { chance.skewed(20_000) };
            Action::Restore { back: chance.skewed(20), late }
        }
        Kind::Lag => match chance.below(3) {
            0 => Action::Lag { replica: chance.below(2) as usize, lags: true },
            1 => Action::Lag { replica: chance.below(2) as usize, lags: false },
            _ => rule(chance, Fault::Replica { number: 1 }),
        },
        Kind::Access => Action::Access { status: chance.pick(&[401, 403, 200, 200]) },
        Kind::Clock => {
            if chance.one_in(2) {
                Action::LateTimers { client, by: chance.skewed(100_000) }
            } else {
                Action::ClockBack { client, by: chance.skewed(100_000) }
            }
        }
        Kind::Suspend => Action::Suspend { client, minutes: chance.pick(&[1, 8 * 60]) },
        Kind::Stop => Action::Stop { client },
        Kind::Pause => Action::Pause { client, lasts: chance.skewed(600_000), hands_in: chance.one_in(2) },
        Kind::Crash => {
            let from = chance.pick(&[
                Saved::Newest,
                Saved::Newest,
                Saved::Older,
                Saved::Nothing,
                Saved::Foreign,
                Saved::Newer,
                Saved::Torn,
            ]);
            if chance.one_in(2) {
                return Action::CrashBetween { client, outputs: chance.skewed(40), from };
            }
            Action::Crash { client, from }
        }
        Kind::Relist => Action::Relist { client },
    }
}

fn damage(chance: &mut Rng) -> Damage {
    let at = chance.below(1000);
    chance.pick(&Damage::all(at))
}

fn end(chance: &mut Rng) -> End {
    chance.pick(&[End::Complete, End::Cut, End::Reset])
}

fn requests(chance: &mut Rng) -> Requests {
    match chance.below(8) {
        0 | 1 => Requests::default(),
        2 => Requests::verb("list"),
        3 => Requests::verb("watch"),
        4 => Requests::verb("list").containing("continue="),
        5 => Requests::verb("list").containing("limit=1"),
        _ => Requests::verb("watch").containing("sendInitialEvents"),
    }
}

fn rule(chance: &mut Rng, fault: Fault) -> Action {
    let times = if chance.one_in(3) { chance.skewed(30) } else { 1 };
    Action::Rule(fault.times(times).after(chance.below(2)).on(requests(chance)))
}

/// Returns where a body is cut: at its beginning, within the first event, or anywhere.
fn offset(chance: &mut Rng) -> u64 {
    match chance.below(4) {
        0 => 0,
        1 => chance.below(40),
        2 => chance.below(500),
        _ => chance.below(4000),
    }
}

fn injected_line(chance: &mut Rng) -> InjectedLine {
    chance.pick(&[
        InjectedLine::Expired,
        InjectedLine::Gone,
        InjectedLine::Bare410,
        InjectedLine::TooLarge,
        InjectedLine::InternalError,
        InjectedLine::TooMany,
        InjectedLine::ErrorThenEvent,
        InjectedLine::Malformed,
        InjectedLine::TooLargeByCause,
        InjectedLine::StorageError,
        InjectedLine::DeadlineExceeded,
        InjectedLine::Forbidden,
        InjectedLine::UnknownError,
        InjectedLine::BareEndMarker,
        InjectedLine::NoVersion,
        InjectedLine::UnknownType,
        InjectedLine::OldBookmark,
        InjectedLine::BareBookmark,
        InjectedLine::EndMarker,
        InjectedLine::FalseEndMarker,
        InjectedLine::FalseEndMarker,
        InjectedLine::Again,
        InjectedLine::Past,
        InjectedLine::TooLong,
        InjectedLine::Half,
        InjectedLine::ManyBookmarks,
        InjectedLine::ZeroBookmark,
        InjectedLine::LongBookmark,
        InjectedLine::ZeroEndMarker,
        InjectedLine::NoPreviousValue,
    ])
}

fn refuse(chance: &mut Rng) -> Action {
    let status = chance.pick(&[
        400, 401, 403, 404, 405, 406, 409, 410, 410, 415, 422, 429, 429, 500, 500, 502, 503, 503, 504, 302, 204, 200,
        206, 304, 307, 407, 413, 414, 431,
    ]);
    let shape = chance.pick(&[
        Shape::Json,
        Shape::Json,
        Shape::Pretty,
        Shape::Bare,
        Shape::Text,
        Shape::Yaml,
        Shape::Html,
        Shape::Empty,
    ]);
    let mut fault = Fault::refuse(status).shape(shape);
    if chance.one_in(8) {
        fault = fault.message(&"long ".repeat(1_000));
    }
    if chance.one_in(3) {
        fault = fault.retry_after(chance.pick(&[0, 1, 5, 32, 400, 1_000_000_000, -1]));
    }
    rule(chance, fault)
}
