//! What to request next.

use core::mem;

use super::streaming::{Evidence, StreamingLists};
use super::version_check::VersionCheck;
use crate::config::{InitialList, ListSemantics, OnExpired, Parts, Start};
use crate::io::event::InitialCause;
use crate::io::time::Instant;
use crate::wire::version::ResourceVersion;

/// How to make the next request, given what happened so far.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    aim: Aim,
    /// What to do when the version expires.
    on_expired: OnExpired,
    /// The configuration allows streaming lists. A bookmark marks their end, so without bookmarks they aren't possible.
    may_stream: bool,
    streaming: StreamingLists,
    /// Lists are requested in one page, because paging failed.
    unpaged: bool,
    /// Lists are requested without compression, because a compressed body couldn't be read. If an object is unreadable
    /// both ways, the transport isn't the reason.
    uncompressed: bool,
    /// How recent the next list must be.
    semantics: ListSemantics,
    pub(crate) check: VersionCheck,
    /// The last response was 401.
    stale_credentials: bool,
}

/// What to request without a version to resume from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The complete list.
    List,
    /// Only the present version.
    Version,
    /// A watch without a version, as the Python `KubernetesWatcher` does.
    Unversioned,
}

impl Intent {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            aim: if parts.start == Start::Now { Aim::Version } else { Aim::List },
            on_expired: parts.on_expired,
            may_stream: parts.bookmarks && parts.start != Start::InitialList(InitialList::List),
            streaming: StreamingLists::default(),
            unpaged: false,
            uncompressed: false,
            semantics: parts.list_semantics.clone(),
            check: VersionCheck::new(parts.check_every),
            stale_credentials: false,
        }
    }

    /// Resumes from a checkpoint. What happened to the server since then isn't known.
    pub(crate) fn resumed(parts: &Parts, no_streaming_list: bool) -> Self {
        let mut intent = Self { aim: Aim::List, ..Self::new(parts) };
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

    /// Returns whether to request the list as a streaming list.
    pub(crate) fn wants_streaming_list(&self) -> bool {
        self.may_stream && self.streaming.are_used()
    }

    /// Returns whether the server has shown that it doesn't support streaming lists.
    pub(crate) fn are_streaming_lists_ruled_out(&self) -> bool {
        self.streaming.are_ruled_out()
    }

    /// Returns whether the version check can become a WATCH instead of a LIST.
    pub(crate) fn can_check_by_watch(&self) -> bool {
        !self.check.is_by_watch() && self.wants_streaming_list()
    }

    /// Returns the version that a list must not be older than: the newest that was seen, or the one in the request.
    /// Servers that ignore `resourceVersion` answer 200 with what they have (kmock), where kube-apiserver returns "Too
    /// large resource version" (`waitUntilFreshAndBlock`).
    pub(crate) fn least_version<'a>(&'a self, seen: Option<&'a ResourceVersion>) -> Option<&'a ResourceVersion> {
        match &self.semantics {
            ListSemantics::NotOlderThan(asked) if seen.is_none_or(|seen| seen.is_before(asked)) => Some(asked),
            _ => seen,
        }
    }

    /// Requests the list, or what the configuration has in its place.
    pub(crate) fn restart(&mut self, cause: InitialCause) {
        self.aim = match self.on_expired {
            OnExpired::RestartWithoutVersion if cause == InitialCause::Expired => Aim::Unversioned,
            _ => Aim::List,
        };
    }

    /// Only the newest list is acceptable.
    pub(crate) fn be_consistent(&mut self) {
        self.semantics = ListSemantics::Consistent;
    }

    /// A list that isn't older than this is acceptable.
    pub(crate) fn be_not_older_than(&mut self, version: &ResourceVersion) {
        self.semantics = ListSemantics::NotOlderThan(version.clone());
    }

    /// A complete list was handed out.
    pub(crate) fn synced(&mut self, now: Instant) {
        self.unpaged = false;
        self.uncompressed = false;
        // From now on, an old list would contradict what was seen.
        self.be_consistent();
        self.check.listed(now);
    }

    /// Requests lists in one page.
    pub(crate) const fn unpage(&mut self) {
        self.unpaged = true;
    }

    /// Requests lists without compression.
    pub(crate) const fn uncompress(&mut self) {
        self.uncompressed = true;
    }

    /// A streaming list was abandoned. The list is requested by LIST.
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

    /// A LIST returned the complete list.
    pub(crate) const fn listed(&mut self) {
        self.streaming.listed();
        self.check.ask_by_list();
    }

    /// The response was 401: the next request needs fresh credentials.
    pub(crate) const fn refresh_credentials(&mut self) {
        self.stale_credentials = true;
    }

    pub(crate) const fn take_stale_credentials(&mut self) -> bool {
        mem::replace(&mut self.stale_credentials, false)
    }
}
