//! What exceeds a limit is reported with that limit, and never emitted.

use bytes::Bytes;
use watch_core::{
    Cause, Event, FrameError, FrameErrorKind, Notice, Object, Output, Phase, Request, ResponseHead, Trouble, Watcher,
    WireError,
};

use super::sizes::{Body, Sizes};
use crate::oracle::limits::depth;
use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// The most bytes of `kind` and `apiVersion`, which list items may lack. They are added to an item.
const HEADER: usize = 128;

/// The most bytes of an unexpected body that are quoted.
const EXCERPT: usize = 120;

#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    /// The objects of a list that are read.
    is_list: bool,
    /// Only the version of the list is used, so its objects are counted and not emitted.
    is_check: bool,
    status: Option<u16>,
    /// The part of the open body that arrived: its objects, its size, and its beginning.
    sizes: Sizes,
    body: usize,
    begins: Vec<u8>,
    /// The objects of the list that is under way.
    objects: u64,
}

impl Limits {
    fn sent(&mut self, request: &Request) {
        let class = Asked::read(request).class;
        let body = if class.is_watch() { Body::Documents } else { Body::List };
        *self = Self {
            is_list: !class.is_watch(),
            is_check: class == Class::Version,
            sizes: Sizes::of(body),
            objects: self.objects,
            ..Self::default()
        };
    }

    pub(super) fn head(&mut self, head: &ResponseHead) {
        self.status = Some(head.status);
        if head.status != 200 {
            // The document of an error, whatever was requested.
            self.sizes = Sizes::of(Body::Documents);
        }
    }

    pub(super) fn body(&mut self, bytes: &Bytes) {
        self.sizes.follow(bytes);
        self.body += bytes.len();
        let room = EXCERPT - self.begins.len();
        self.begins.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    pub(super) fn output(&mut self, output: &Output, setup: &Setup, watcher: &Watcher) -> Result<(), Violation> {
        match output {
            Output::Send(request) => self.sent(request),
            Output::Event(event) => return self.event(event, setup),
            Output::Wait(_) => return self.wait(setup, watcher),
            Output::Notice(
                Notice::Retrying { trouble, .. }
                | Notice::NeedsAttention { trouble, .. }
                | Notice::FellBack { trouble },
            ) => return self.trouble(trouble, setup),
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, setup: &Setup) -> Result<(), Violation> {
        let limits = &setup.limits;
        match event {
            Event::InitialBegin { .. } => self.objects = 0,
            Event::Initial(_) => self.objects += 1,
            _ => {}
        }
        if self.objects > limits.objects {
            return broken(Oracle::Resources, format!("{event}: more than {} objects in a list", limits.objects));
        }
        let Some(object) = object(event) else { return Ok(()) };
        // An event of a watch has an envelope, which counts, too.
        let (larger, envelope) = if self.is_list { (HEADER, 0) } else { (0, 1) };
        let (size, levels) = (object.raw().len(), depth(object.raw()) + envelope);
        if size > limits.object + larger || levels > limits.nesting {
            let message = format!("{event} has {size} bytes and {levels} levels, which is more than {limits:?} allow");
            return broken(Oracle::Resources, message);
        }
        Ok(())
    }

    /// When the machine waits, it has read everything that was handed in.
    fn wait(&self, setup: &Setup, watcher: &Watcher) -> Result<(), Violation> {
        let is_reading = matches!(watcher.phase(), Phase::Listing | Phase::StreamingList | Phase::Live);
        let (size, levels) = (self.sizes.largest(), self.sizes.deepest());
        if is_reading && !self.is_check && (size > setup.limits.object || levels > setup.limits.nesting) {
            let message = format!("it waits after {size} bytes and {levels} levels of an object; {:?}", setup.limits);
            return broken(Oracle::Resources, message);
        }
        if watcher.phase() == Phase::Refused && self.body >= setup.limits.error_body.max(1) {
            return broken(Oracle::Resources, format!("it waits for more of an error after {} bytes", self.body));
        }
        Ok(())
    }

    fn trouble(&self, trouble: &Trouble, setup: &Setup) -> Result<(), Violation> {
        let limits = &setup.limits;
        let broken = |what: &str| broken(Oracle::Resources, format!("{trouble}: {what}; {limits:?}"));
        let text = trouble.to_string();
        match &trouble.cause {
            Cause::Unreadable(WireError::Frame(FrameError { kind: FrameErrorKind::TooLarge { limit }, .. }))
                if *limit != limits.object || self.sizes.largest() <= *limit || !text.contains("`limits.object`") =>
            {
                broken("no object is that large, or the limit isn't named")
            }
            Cause::Unreadable(WireError::Frame(FrameError { kind: FrameErrorKind::TooDeep, .. }))
                if self.sizes.deepest() <= limits.nesting || !text.contains("`limits.nesting`") =>
            {
                broken("no object is that deep, or the limit isn't named")
            }
            Cause::TooManyObjects { limit }
                if *limit != limits.objects
                    || !(self.is_check || self.objects == *limit)
                    || !text.contains("`limits.objects`") =>
            {
                broken("the list doesn't have as many objects, or the limit isn't named")
            }
            Cause::Status(_)
                if self.status.is_some_and(|status| status != 200)
                    && self.sizes.first().is_some_and(|size| size > limits.error_body) =>
            {
                broken("the status is longer than what is read")
            }
            Cause::UnexpectedResponse { excerpt, cut_at, .. } => {
                let is_cut = self.body >= limits.error_body.max(1);
                let begins = String::from_utf8_lossy(&self.begins[..self.begins.len().min(limits.error_body)]);
                if *cut_at != is_cut.then_some(limits.error_body) || text.contains("`limits.error_body`") != is_cut {
                    return broken(&format!("{} bytes came, and what is read isn't cut at that", self.body));
                }
                if !setup.is_secrets && **excerpt != *begins.trim() {
                    return broken(&format!("the body begins with {begins:?}"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

const fn object(event: &Event) -> Option<&Object> {
    match event {
        Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
            Some(object)
        }
        Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. } => None,
    }
}
