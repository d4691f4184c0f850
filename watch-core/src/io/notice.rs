//! Notices for operators.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use super::event::InitialCause;
use super::list_changes::ListChanges;
use super::trouble::Trouble;
use crate::wire::version::{InvalidResourceVersion, ResourceVersion};

/// News about the watch itself, for logs and metrics. A consumer may ignore it.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A request failed. It will be retried.
    Retrying {
        /// What failed, and why.
        trouble: Box<Trouble>,
        /// The number of failed attempts since the last progress, including this one.
        attempt: u32,
        /// The wait before the next attempt.
        after: Duration,
        /// What the next attempt does.
        next: Next,
    },
    /// A request failed, and retrying won't fix it: forbidden, not found, or an object that can't be read. After five
    /// consecutive failures, this is also reported for a name that can't be resolved, for TLS and for credentials. The
    /// request is still retried, rarely. Each kind of failure is reported once until there is progress. A kind is the
    /// operation and the HTTP status, or the kind of the transport error.
    NeedsAttention {
        /// What failed, and why.
        trouble: Box<Trouble>,
        /// The wait before the next attempt.
        after: Duration,
    },
    /// The watch relisted. The changes in the gap weren't seen as they happened.
    Relisted {
        /// Why it relisted.
        cause: InitialCause,
        /// The last version before the gap.
        from: ResourceVersion,
        /// The version of the new list.
        to: ResourceVersion,
        /// The time for which nothing was seen: since the last event, bookmark or list. `None` if there was none in
        /// this process, as after resuming from an expired checkpoint.
        gap: Option<Duration>,
        /// The number of objects in the new list. `None` if there is no list
        /// ([`OnExpired::RestartWithoutVersion`](crate::OnExpired::RestartWithoutVersion)).
        objects: Option<u64>,
        /// The changes between what was known and the new list. `None` from the watcher, which remembers no objects: a
        /// [`Diff`](crate::Diff) counts them ([`Diff::last_list`](crate::Diff::last_list)), and the stream of changes
        /// of watch-hyper fills them in.
        changes: Option<ListChanges>,
    },
    /// The streaming list was refused or failed, so the watch falls back to LIST. If the LIST succeeds, this watcher no
    /// longer uses streaming lists: after one refusal, or after two other failures.
    FellBack {
        /// Why the streaming list failed.
        trouble: Box<Trouble>,
    },
    /// Part of the stream was skipped because it carries no information. Each kind is reported once per watch.
    Skipped {
        /// What was skipped.
        what: Skipped,
    },
}

/// What the next attempt does: see [`Notice::Retrying`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Next {
    /// Resume from the last version.
    Resume,
    /// Relist.
    Relist,
    /// Repeat the version check, because the last answer was older than what was already seen.
    Check,
}

/// What was skipped: see [`Notice::Skipped`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skipped {
    /// A bookmark without a version.
    BookmarkWithoutVersion,
    /// A bookmark whose version is longer than [`LONGEST_RESOURCE_VERSION`](crate::LONGEST_RESOURCE_VERSION).
    BookmarkVersionTooLong {
        /// Its length.
        bytes: usize,
    },
    /// An event that was already returned.
    Duplicate {
        /// The version of the event.
        found: ResourceVersion,
    },
}

impl Skipped {
    /// Returns a bit that no other kind has.
    pub(crate) const fn bit(&self) -> u8 {
        match self {
            Self::BookmarkWithoutVersion => 1,
            Self::BookmarkVersionTooLong { .. } => 1 << 1,
            Self::Duplicate { .. } => 1 << 2,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retrying { trouble, attempt, after, next } => {
                let next = match next {
                    Next::Resume => "retrying",
                    Next::Relist => "retrying with a relist",
                    Next::Check => "retrying the version check",
                };
                write!(f, "{trouble}; {next} {} (attempt {attempt})", When(*after))
            }
            Self::NeedsAttention { trouble, after } => {
                write!(
                    f,
                    "{trouble}; not recoverable by retrying; next attempt {} (repeats are not logged)",
                    When(*after)
                )
            }
            Self::Relisted { cause, from, to, gap, objects, changes } => {
                let what = if objects.is_some() { "relisted" } else { "restarted without a list" };
                write!(f, "{what} ({cause}) from {from} to {to}")?;
                if let Some(gap) = gap {
                    write!(f, ", gap {gap:.1?}")?;
                }
                if let Some(objects) = objects {
                    write!(f, "; objects: {objects}")?;
                }
                if let Some(changes) = changes {
                    write!(f, "; {changes}")?;
                }
                Ok(())
            }
            Self::FellBack { trouble } => write!(f, "{trouble}; falling back to LIST"),
            Self::Skipped { what } => match what {
                Skipped::BookmarkWithoutVersion => f.write_str("skipped a bookmark without a version"),
                Skipped::BookmarkVersionTooLong { bytes } => {
                    let error = InvalidResourceVersion::TooLong { bytes: *bytes };
                    write!(f, "skipped a bookmark: {error}")
                }
                Skipped::Duplicate { found } => write!(f, "skipped a duplicate event ({found})"),
            },
        }
    }
}

/// Formats a wait: `now`, or `in 1.6s`.
struct When(Duration);

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() { f.write_str("now") } else { write!(f, "in {:.1?}", self.0) }
    }
}
