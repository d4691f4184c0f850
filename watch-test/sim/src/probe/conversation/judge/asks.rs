//! Checks requests against the configuration and the answers so far.

use watch_core::{
    Event, ListSemantics, Notice, OnExpired, Output, Representation, Request, RequestId, RequestKind, ResponseHead,
    Watcher,
};

use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Debug, Default)]
pub(super) struct Asks {
    open: Option<RequestId>,
    /// Whether the last response was reported as 401, or may have been 401.
    may_refresh: bool,
    must_refresh: bool,
    /// The number of pages of the list in progress.
    pages: u32,
    /// Whether a list was complete, or may have been complete.
    has_list: bool,
}

impl Asks {
    pub(super) fn is_open(&self, id: RequestId) -> bool {
        self.open == Some(id)
    }

    pub(super) fn closed(&mut self) {
        self.open = None;
    }

    pub(super) const fn head(&mut self, head: &ResponseHead) {
        self.may_refresh |= head.status == 401;
    }

    pub(super) fn output(&mut self, output: &Output, setup: &Setup, watcher: &Watcher) -> Result<(), Violation> {
        match output {
            Output::Send(request) => {
                self.open = Some(request.id);
                let is_resuming = watcher.freshness().resource_version.map(|version| version.text().into_owned());
                self.request(request, setup, is_resuming.as_deref())
            }
            Output::Abort(id) => {
                if self.open == Some(*id) {
                    self.open = None;
                }
                Ok(())
            }
            Output::Notice(notice) => {
                let (Notice::Retrying { trouble, .. }
                | Notice::NeedsAttention { trouble, .. }
                | Notice::FellBack { trouble }) = notice
                else {
                    return Ok(());
                };
                self.must_refresh |= trouble.cause.http_status() == Some(401);
                Ok(())
            }
            Output::Event(Event::InitialEnd { .. }) => {
                self.has_list = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn request(&mut self, request: &Request, setup: &Setup, place: Option<&str>) -> Result<(), Violation> {
        let uri = request.uri();
        let broken = |what: &str| broken(Oracle::Requests, format!("{what}: {uri}"));
        let asked = Asked::read(request);
        if let Some(strange) = &asked.strange {
            return broken(&format!("{strange} can't be"));
        }
        if uri.split('?').next() != Some(setup.path.as_str()) {
            return broken("the path isn't that of the resource");
        }
        if asked.labels != setup.labels || asked.fields != setup.fields {
            return broken("the selectors aren't those of the configuration");
        }
        let is_watch = asked.class.is_watch();
        if is_watch != (request.kind == RequestKind::Watch) || is_watch != asked.seconds.is_some() {
            return broken("its kind contradicts its URI");
        }
        self.headers(request, setup)?;
        match asked.class {
            Class::Page => {
                self.pages += 1;
                if self.pages > setup.limits.pages {
                    return broken(&format!("{} pages; {} are allowed", self.pages, setup.limits.pages));
                }
                let token = asked.token.clone().unwrap_or_default();
                if token.is_empty() || token.len() > setup.limits.continue_token {
                    return broken("the token is empty, or longer than allowed");
                }
                if asked.version.is_some() || asked.matching.is_some() {
                    return broken("a page has a version");
                }
                if asked.limit != setup.page.map(u64::from) {
                    return broken("the page has another size");
                }
            }
            Class::List => {
                self.pages = 1;
                if asked.version.is_some() != asked.matching.is_some() {
                    return broken("a version without resourceVersionMatch");
                }
                if asked.version.as_deref() == Some("0") && (self.has_list || setup.semantics != ListSemantics::Any) {
                    return broken("the list may come from the past");
                }
                if asked.limit.is_some() && (asked.limit != setup.page.map(u64::from) || asked.version.is_some()) {
                    return broken("the list has another size");
                }
            }
            Class::Version => {}
            Class::StreamingList => {
                if !setup.bookmarks || asked.matching.as_deref() != Some("NotOlderThan") {
                    return broken("a streaming list needs allowWatchBookmarks and resourceVersionMatch");
                }
                if asked.version.as_deref() == Some("0") && (self.has_list || setup.semantics != ListSemantics::Any) {
                    return broken("the list may come from the past");
                }
            }
            Class::Watch => {
                if asked.matching.is_some() || asked.version.as_deref() != place {
                    return broken(&format!("it doesn't resume from {place:?}"));
                }
            }
            Class::Unversioned => {
                if setup.on_expired != OnExpired::RestartWithoutVersion {
                    return broken("a watch has no version");
                }
            }
        }
        if is_watch {
            let seconds = asked.seconds.unwrap_or_default();
            let most = setup.timing.watch.as_secs() + u64::from(setup.timing.watch.subsec_nanos() > 0);
            let least = (setup.timing.watch * 3 / 4).as_secs();
            if !(1..=most).contains(&seconds) || seconds < least && setup.deadline.is_none() {
                return broken(&format!("timeoutSeconds isn't between {least} and {most}"));
            }
            if asked.bookmarks != setup.bookmarks || asked.limit.is_some() || asked.token.is_some() {
                return broken("its bookmarks or pages aren't as configured");
            }
        } else if asked.bookmarks {
            return broken("a list has bookmarks");
        }
        Ok(())
    }

    fn headers(&mut self, request: &Request, setup: &Setup) -> Result<(), Violation> {
        let uri = request.uri();
        let broken = |what: &str| broken(Oracle::Requests, format!("{what}: {uri}"));
        let (may, must) = (core::mem::take(&mut self.may_refresh), core::mem::take(&mut self.must_refresh));
        if request.refresh_credentials && !may && !must {
            return broken("it asks for fresh credentials, although the last response wasn't 401");
        }
        if must && !request.refresh_credentials {
            return broken("the last response was 401, but it doesn't ask for fresh credentials");
        }
        let header = |name: &str| request.headers().find(|(other, _)| *other == name).map(|(_, value)| value);
        let accept = header("accept").unwrap_or_default();
        let is_right = match (setup.is_metadata, request.kind) {
            (false, _) => accept == "application/json",
            (true, kind) => {
                let list =
                    if kind == RequestKind::List { "PartialObjectMetadataList" } else { "PartialObjectMetadata" };
                accept == format!("application/json;as={list};g=meta.k8s.io;v=v1,application/json")
            }
        };
        if !is_right || setup.is_metadata != (setup.config.representation() == Representation::Metadata) {
            return broken(&format!("it accepts {accept}"));
        }
        let is_plain = header("accept-encoding") == Some("identity");
        if request.kind == RequestKind::Watch && !is_plain {
            return broken("a watch may be compressed");
        }
        for (name, value) in request.headers() {
            if request.http.headers().get(name).is_none_or(|header| header != value) {
                return broken(&format!("the header {name} isn't in the request"));
            }
        }
        Ok(())
    }
}
