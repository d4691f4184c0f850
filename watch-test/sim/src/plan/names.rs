//! The names and the sorts of actions, for counters.

use watch_test::fault::Fault;

use super::Action;

/// The name of a rule of watch-test that has no name here yet.
pub const UNNAMED_RULE: &str = "rule: unnamed";

impl Action {
    /// Returns its name, for counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Put { .. } => "put",
            Self::Touch { .. } => "touch",
            Self::Delete { .. } => "delete",
            Self::Mark { .. } => "mark",
            Self::SayNext { .. } => "say next",
            Self::Trickle { .. } => "trickle",
            Self::Parrot { .. } => "parrot",
            Self::FalsifyLists { .. } => "falsify lists",
            Self::Drain { .. } => "drain",
            Self::Undefine => "undefine",
            Self::Define => "define",
            Self::RestoreBehind { .. } => "restore behind",
            Self::Reselect { .. } => "reselect",
            Self::Finalize { .. } => "finalize",
            Self::Recreate { .. } => "recreate",
            Self::Burst { .. } => "burst",
            Self::Clear => "clear",
            Self::Elsewhere { .. } => "elsewhere",
            Self::Bookmarks => "bookmarks",
            Self::Expire { .. } => "expire",
            Self::EndWatches => "end watches",
            Self::Say { .. } => "say",
            Self::Restart { .. } => "restart",
            Self::Restore { .. } => "restore",
            Self::Lag { .. } => "lag",
            Self::Unready { .. } => "unready",
            Self::Rule(rule) => rule_name(&rule.fault),
            Self::Access { .. } => "access",
            Self::Cut { .. } => "cut",
            Self::Break { .. } => "break",
            Self::Damage { .. } => "damage",
            Self::Stall { .. } => "stall",
            Self::Unreachable { .. } => "unreachable",
            Self::Crash { .. } => "crash",
            Self::CrashBetween { .. } => "crash to come",
            Self::Stop { .. } => "stop",
            Self::Relist { .. } => "relist",
            Self::Pause { .. } => "pause",
            Self::LateTimers { .. } => "late timers",
            Self::ClockBack { .. } => "clock back",
            Self::Suspend { .. } => "suspend",
        }
    }
}

/// Returns the name of a rule with this fault, for counters.
pub(crate) const fn rule_name(fault: &Fault) -> &'static str {
    match fault {
        Fault::Refuse(_) => "rule: refuse",
        Fault::DelayHead { .. } => "rule: delay head",
        Fault::Cut { .. } => "rule: cut",
        Fault::Stall { .. } => "rule: stall",
        Fault::Drip { .. } => "rule: drip",
        Fault::Split { .. } => "rule: split",
        Fault::Say { .. } => "rule: say",
        Fault::Bookmarks { .. } => "rule: bookmarks",
        Fault::NoEndMarker => "rule: no end marker",
        Fault::IgnoreSendInitialEvents => "rule: ignore sendInitialEvents",
        Fault::RepeatObjects => "rule: repeat objects",
        Fault::OldDeletions => "rule: old deletions",
        Fault::SilentDepartures => "rule: silent departures",
        Fault::ContentType { .. } => "rule: content type",
        Fault::IgnoreLimit => "rule: ignore limit",
        Fault::AnswerFuture => "rule: answer future",
        Fault::Replica { .. } => "rule: replica",
        _ => UNNAMED_RULE,
    }
}
