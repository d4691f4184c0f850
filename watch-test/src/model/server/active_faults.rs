//! Faults, done.

use core::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};
use watch_core::wire::{ListOptions, Status};

use super::exchange::End;
use crate::fault::{Fault, Refusal, Requests, Rule, Shape};
use crate::model::ApiServer;
use crate::model::endpoints::reply::Reply;
use crate::model::endpoints::route::{Route, Target};

/// What befalls one request, all rules taken together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Befalls {
    pub(crate) refusal: Option<Refusal>,
    pub(crate) shaping: Shaping,
    pub(crate) says: Vec<Saying>,
    pub(crate) bookmarks: Option<Option<Duration>>,
    pub(crate) no_end_marker: bool,
    pub(crate) ignores_send_initial_events: bool,
    pub(crate) repeats_objects: bool,
    pub(crate) has_old_deletions: bool,
    pub(crate) departs_silently: bool,
    pub(crate) ignores_limit: bool,
    pub(crate) answers_future: bool,
    /// What replies in JSON are called instead; `Some(None)`: nothing.
    pub(crate) content_type: Option<Option<HeaderValue>>,
    pub(crate) replica: usize,
}

/// What is done to a body on its way out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shaping {
    pub(crate) head_delay: Duration,
    /// Behind how many bytes it ends, and how.
    pub(crate) cut: Option<(u64, End)>,
    /// Behind how many bytes it stalls, and for how long.
    pub(crate) stall: Option<(u64, Option<Duration>)>,
    /// The greatest piece, and the pause behind each.
    pub(crate) pieces: Option<(usize, Duration)>,
}

/// Something to say behind so many events.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    pub(crate) after_events: u64,
    pub(crate) text: Bytes,
    pub(crate) then_end: bool,
}

impl ApiServer {
    /// Has something go wrong with the requests to come. Of several rules that hold for a request, all apply; a refusal
    /// makes the others unseen.
    ///
    /// # Panics
    /// If a field of the rule is out of its range; [`Rule::check`] says beforehand.
    pub fn inject(&mut self, rule: impl Into<Rule>) {
        let rule = rule.into();
        if let Err(error) = rule.check() {
            panic!("{error}");
        }
        self.rules.push(rule);
    }

    /// The rules that can still apply.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Nothing goes wrong any more with the requests to come.
    pub fn clear_rules(&mut self) {
        self.rules.clear();
    }

    /// Finds what befalls a request, and counts it.
    pub(crate) fn befall(&mut self, method: &Method, uri: &http::Uri, route: &Route) -> (Befalls, Option<String>) {
        let mut befalls = Befalls::default();
        let mut names: Vec<String> = Vec::new();
        for rule in &mut self.rules {
            if rule.times == Some(0) || !matches(&rule.on, method, uri, route) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if let Some(times) = &mut rule.times {
                *times -= 1;
            }
            names.push(Rule::from(rule.fault.clone()).to_string());
            befalls.add(&rule.fault);
        }
        self.rules.retain(|rule| rule.times != Some(0));
        self.add_replicas_up_to(befalls.replica);
        (befalls, (!names.is_empty()).then(|| names.join(" ")))
    }
}

impl Befalls {
    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::Refuse(refusal) => self.refusal = Some(refusal.clone()),
            Fault::DelayHead { by } => self.shaping.head_delay = *by,
            Fault::Cut { after_bytes, end } => self.shaping.cut = Some((*after_bytes, *end)),
            Fault::Stall { after_bytes, lasts } => self.shaping.stall = Some((*after_bytes, *lasts)),
            Fault::Drip { bytes, every } => self.shaping.pieces = Some((*bytes, *every)),
            Fault::Split { bytes } => self.shaping.pieces = Some((*bytes, Duration::ZERO)),
            Fault::Say { text, after_events, then_end } => {
                let text = Bytes::copy_from_slice(text.as_bytes());
                self.says.push(Saying { after_events: *after_events, text, then_end: *then_end });
            }
            Fault::Bookmarks { every } => self.bookmarks = Some(*every),
            Fault::NoEndMarker => self.no_end_marker = true,
            Fault::IgnoreSendInitialEvents => self.ignores_send_initial_events = true,
            Fault::RepeatObjects => self.repeats_objects = true,
            Fault::OldDeletions => self.has_old_deletions = true,
            Fault::SilentDepartures => self.departs_silently = true,
            Fault::IgnoreLimit => self.ignores_limit = true,
            Fault::AnswerFuture => self.answers_future = true,
            // It was checked when the rule was put in.
            Fault::ContentType { value } => {
                self.content_type = Some(value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()));
            }
            Fault::Replica { number } => self.replica = *number,
        }
    }
}

/// The verb of a request, as authorization knows it.
pub(crate) fn verb(method: &Method, target: &Target, query: &str) -> &'static str {
    let is_watch = || ListOptions::from_query(query).is_ok_and(|options| options.watch);
    match (method.as_str(), &target.name) {
        ("GET", _) if target.is_watch_path => "watch",
        ("GET", None) if is_watch() => "watch",
        ("GET", None) => "list",
        ("GET", Some(_)) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", None) => "deletecollection",
        _ => "delete",
    }
}

fn matches(on: &Requests, method: &Method, uri: &http::Uri, route: &Route) -> bool {
    let target = match route {
        Route::Resource(target) => Some(target),
        _ => None,
    };
    let query = uri.query().unwrap_or_default();
    let is_verb = |wanted: &str| target.is_some_and(|target| verb(method, target, query) == wanted);
    let is_resource = |wanted: &str| target.is_some_and(|target| target.resource.is_called(wanted));
    let contains = |wanted: &str| uri.path_and_query().is_some_and(|path| path.as_str().contains(wanted));
    on.verb.as_deref().is_none_or(is_verb)
        && on.resource.as_deref().is_none_or(is_resource)
        && on.contains.as_deref().is_none_or(contains)
}

/// The reply that a refusal is.
pub(crate) fn refuse(refusal: &Refusal) -> Reply {
    let message = refusal.message.clone();
    let mut status =
        Status::from_response(refusal.status, message.as_deref().unwrap_or("refused by a fault rule").as_bytes());
    if let Some(reason) = &refusal.reason {
        status.reason.clone_from(reason);
    }
    if refusal.shape != Shape::Text {
        status.details.retry_after_seconds = refusal.retry_after.unwrap_or(0);
    }
    let code = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = |body: String, content_type: &'static str| {
        let mut reply = Reply::text(code, body);
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply
    };
    let mut reply = match refusal.shape {
        Shape::Json => Reply::status(&status, false),
        Shape::Pretty => Reply::status(&status, true),
        Shape::Bare => {
            let json = String::from_utf8_lossy(&status.to_json()).replacen(
                "\"kind\":\"Status\",\"apiVersion\":\"v1\",",
                "",
                1,
            );
            text(json, "text/plain; charset=utf-8")
        }
        Shape::Text => text(message.unwrap_or_else(|| text_of(refusal.status).into()), "text/plain; charset=utf-8"),
        Shape::Yaml => text(yaml(&status), "application/yaml"),
        Shape::Html => text(format!("<html><body><h1>{code}</h1></body></html>\n"), "text/html"),
        Shape::Empty => text(String::new(), "text/plain; charset=utf-8"),
    };
    reply.status = code;
    reply.headers.remove(RETRY_AFTER);
    if let Some(seconds) = refusal.retry_after {
        reply.headers.insert(RETRY_AFTER, seconds.into());
    }
    if !matches!(refusal.shape, Shape::Text | Shape::Bare) && refusal.status != 403 {
        reply.headers.remove(X_CONTENT_TYPE_OPTIONS);
    }
    reply
}

/// What kube-apiserver's filters say in plain text.
const fn text_of(status: u16) -> &'static str {
    match status {
        // Priority and fairness.
        429 => "Too many requests, please try again later.\n",
        404 => "404 page not found\n",
        500 => "This request caused apiserver to panic. Look in the logs for details.\n",
        // The aggregator.
        503 => "service unavailable\n",
        _ => "refused by a fault rule\n",
    }
}

/// A `Status` in YAML, keys sorted, as `sigs.k8s.io/yaml` writes it. JSON strings are YAML strings.
fn yaml(status: &Status) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "apiVersion: v1\ncode: {}\nkind: Status\nmessage: {}\nmetadata: {{}}\nreason: {}\nstatus: Failure\n",
        status.code,
        quoted(&status.message),
        quoted(&status.reason)
    )
}
