//! What to ask for next.

use core::mem;

use super::streaming::{Evidence, StreamingLists};
use super::version_check::VersionCheck;
use crate::config::{InitialList, ListSemantics, OnExpired, Parts, Start};
use crate::io::event::InitialCause;
use crate::io::time::Instant;
use crate::wire::version::ResourceVersion;

/// How the next request is made, as far as what happened says so.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    aim: Aim,
    /// What follows an expired version.
    on_expired: OnExpired,
    /// The configuration lets sets be asked for by streaming lists. Their end is a bookmark, so without bookmarks they
    /// have none.
    may_stream: bool,
    streaming: StreamingLists,
    /// The list is asked for in one page, since paging it failed.
    unpaged: bool,
    /// Lists are asked for uncompressed, since what had been compressed couldn't be read: an object that can't be read either
    /// way isn't the transport's fault.
    uncompressed: bool,
    /// How recent the next set must be.
    semantics: ListSemantics,
    pub(crate) check: VersionCheck,
    /// The last answer was 401.
    stale_credentials: bool,
}

/// What to ask for when there is no version to resume from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The complete set.
    Set,
    /// Just the present version.
    Version,
    /// A watch without one: the ancestor's way.
    Unversioned,
}

impl Intent {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            aim: if parts.start == Start::Now { Aim::Version } else { Aim::Set },
            on_expired: parts.on_expired,
            may_stream: parts.bookmarks && parts.start != Start::InitialList(InitialList::List),
            streaming: StreamingLists::default(),
            unpaged: false,
            uncompressed: false,
            semantics: parts.list_semantics.clone(),
            check: VersionCheck::new(),
            stale_credentials: false,
        }
    }

    /// To go on from a checkpoint. What happened to the server since then isn't known.
    pub(crate) fn resumed(parts: &Parts, no_streaming_list: bool) -> Self {
        let mut intent = Self { aim: Aim::Set, ..Self::new(parts) };
        intent.check.want();
        if no_streaming_list {
            intent.rule_out_streaming_lists();
        }
        intent
    }

    pub(crate) const fn aim(&self) -> Aim {
        self.aim
    }

    pub(crate) const fn on_expired(&self) -> OnExpired {
        self.on_expired
    }

    pub(crate) const fn is_unpaged(&self) -> bool {
        self.unpaged
    }

    pub(crate) const fn is_uncompressed(&self) -> bool {
        self.uncompressed
    }

    pub(crate) const fn semantics(&self) -> &ListSemantics {
        &self.semantics
    }

    pub(crate) fn is_consistent(&self) -> bool {
        self.semantics == ListSemantics::Consistent
    }

    /// Whether the set is to be asked for by a streaming list.
    pub(crate) fn wants_streaming_list(&self) -> bool {
        self.may_stream && self.streaming.are_used()
    }

    /// Whether the server has shown that it can't do streaming lists.
    pub(crate) fn are_streaming_lists_ruled_out(&self) -> bool {
        self.streaming.are_ruled_out()
    }

    /// Whether the version check can be a WATCH instead of a LIST, and isn't yet.
    pub(crate) fn can_check_by_watch(&self) -> bool {
        !self.check.is_by_watch() && self.wants_streaming_list()
    }

    /// What a set must not be older than: the newest version that was seen, or that the set is asked for with. Servers that
    /// ignore `resourceVersion` answer 200 with what they have (kmock), where kube-apiserver says "Too large resource
    /// version" (`waitUntilFreshAndBlock`).
    pub(crate) fn set_must_have<'a>(&'a self, seen: Option<&'a ResourceVersion>) -> Option<&'a ResourceVersion> {
        match &self.semantics {
            ListSemantics::NotOlderThan(asked) if seen.is_none_or(|seen| seen.is_before(asked)) => Some(asked),
            _ => seen,
        }
    }

    /// Asks for the set, or for what the configuration wants in its place.
    pub(crate) fn restart(&mut self, cause: InitialCause) {
        self.aim = match self.on_expired {
            OnExpired::RestartWithoutVersion if cause == InitialCause::Expired => Aim::Unversioned,
            _ => Aim::Set,
        };
    }

    /// Only the newest set will do.
    pub(crate) fn be_consistent(&mut self) {
        self.semantics = ListSemantics::Consistent;
    }

    /// A set that isn't older than this will do.
    pub(crate) fn be_not_older_than(&mut self, version: &ResourceVersion) {
        self.semantics = ListSemantics::NotOlderThan(version.clone());
    }

    /// A set is complete, and was handed out.
    pub(crate) fn synced(&mut self, now: Instant) {
        self.unpaged = false;
        self.uncompressed = false;
        // From now on there is something seen that a set from the past would contradict.
        self.be_consistent();
        self.check.listed(now);
    }

    /// The list is asked for in one page.
    pub(crate) const fn unpage(&mut self) {
        self.unpaged = true;
    }

    /// The list is asked for uncompressed.
    pub(crate) const fn uncompress(&mut self) {
        self.uncompressed = true;
    }

    /// A streaming list was given up: the set is asked for by LIST.
    pub(crate) const fn fall_back(&mut self, evidence: Evidence) {
        self.streaming.fall_back(evidence);
    }

    pub(crate) const fn rule_out_streaming_lists(&mut self) {
        self.streaming.rule_out();
    }

    /// A LIST was refused with this HTTP status.
    pub(crate) fn list_refused(&mut self, with: u16) {
        self.streaming.list_refused(with);
    }

    /// A LIST brought the complete set.
    pub(crate) const fn listed(&mut self) {
        self.streaming.listed();
    }

    /// The answer was 401: the next request needs fresh credentials.
    pub(crate) const fn refresh_credentials(&mut self) {
        self.stale_credentials = true;
    }

    pub(crate) const fn take_stale_credentials(&mut self) -> bool {
        mem::replace(&mut self.stale_credentials, false)
    }
}
