//! What those who run it may want to know.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use super::event::InitialCause;
use super::set_changes::SetChanges;
use super::trouble::Trouble;
use crate::wire::version::{InvalidResourceVersion, ResourceVersion};

/// News about the watch itself, for logs and metrics. A consumer can do without.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// There was trouble; it will be tried again.
    Retrying {
        /// What it was.
        trouble: Box<Trouble>,
        /// How many attempts failed since the last progress, this one included.
        attempt: u32,
        /// How long until the next.
        after: Duration,
        /// What the next attempt will do.
        next: Next,
    },
    /// There was trouble that doesn't go away by itself (forbidden, not found, an object that can't be read; a name that
    /// can't be resolved, TLS or credentials that failed five times in a row). It is still tried again, rarely. Of each kind
    /// (what was being done and the HTTP status, or the kind of the transport's error) it is said once, until there is
    /// progress.
    NeedsAttention {
        /// What it was.
        trouble: Box<Trouble>,
        /// How long until the next attempt.
        after: Duration,
    },
    /// The set was had anew: what happened meanwhile wasn't seen as it happened.
    Relisted {
        /// Why.
        cause: InitialCause,
        /// The last version before.
        from: ResourceVersion,
        /// The version of the new set.
        to: ResourceVersion,
        /// For how long nothing was seen: since the last event, bookmark or set. `None` if there was none in this
        /// process, as after resuming from a checkpoint that is too old.
        gap: Option<Duration>,
        /// How many objects the new set has; `None` if there is no set
        /// ([`OnExpired::RestartWithoutVersion`](crate::OnExpired::RestartWithoutVersion)).
        objects: Option<u64>,
        /// How many changes the new set made to what was known before it. `None` from the watcher, which remembers no
        /// objects: a [`Diff`](crate::Diff) counts them ([`Diff::last_set`](crate::Diff::last_set)), and the stream of
        /// changes of watch-hyper fills them in.
        changes: Option<SetChanges>,
    },
    /// The set is asked for by LIST, since the streaming list was refused or failed. If the LIST then succeeds, one that
    /// was refused isn't tried again, and neither is one that failed if another did before.
    FellBack {
        /// What the streaming list came to.
        trouble: Box<Trouble>,
    },
    /// Something in the stream was left out, since it says nothing. Said once a watch of each kind.
    Skipped {
        /// What.
        what: Skipped,
    },
}

/// See [`Notice::Retrying`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Next {
    /// Go on from where it was.
    Resume,
    /// Ask for the whole set.
    Relist,
    /// Ask again how far the server is, since it has shown less than was seen.
    Check,
}

/// See [`Notice::Skipped`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skipped {
    /// A bookmark without a version.
    BookmarkWithoutVersion,
    /// A bookmark whose version is longer than [`LONGEST_RESOURCE_VERSION`](crate::LONGEST_RESOURCE_VERSION).
    BookmarkVersionTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// An event that came before.
    Duplicate {
        /// Its version.
        found: ResourceVersion,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retrying { trouble, attempt, after, next } => {
                let next = match next {
                    Next::Resume => "resuming",
                    Next::Relist => "asking for the whole set",
                    Next::Check => "asking again how far the server is",
                };
                write!(f, "{trouble}; {next} {} (attempt {attempt})", When(*after))
            }
            Self::NeedsAttention { trouble, after } => {
                write!(f, "{trouble}; this needs somebody to mend it; next attempt {}, then quietly on", When(*after))
            }
            Self::Relisted { cause, from, to, gap, objects, changes } => {
                write!(f, "restarted ({cause}) from {from} to {to}")?;
                if let Some(gap) = gap {
                    write!(f, ", blind for {gap:.1?}")?;
                }
                if let Some(objects) = objects {
                    write!(f, "; objects: {objects}")?;
                }
                if let Some(changes) = changes {
                    write!(f, "; {changes}")?;
                }
                Ok(())
            }
            Self::FellBack { trouble } => write!(f, "{trouble}; asking by LIST instead"),
            Self::Skipped { what } => match what {
                Skipped::BookmarkWithoutVersion => f.write_str("skipped a bookmark without a version"),
                Skipped::BookmarkVersionTooLong { bytes } => {
                    let error = InvalidResourceVersion::TooLong { bytes: *bytes };
                    write!(f, "skipped a bookmark, whose version is {error}")
                }
                Skipped::Duplicate { found } => write!(f, "skipped an event that came before ({found})"),
            },
        }
    }
}

/// `now`, or `in 1.6s`.
struct When(Duration);

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() { f.write_str("now") } else { write!(f, "in {:.1?}", self.0) }
    }
}
