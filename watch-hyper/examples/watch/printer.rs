//! The output, as text or for programs.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Instant;

use anstyle::Style;
use serde_json::{Value, json};
use watch_hyper::watch_core::{Change, Event, Notice, Object};

use super::args::Format;
use super::hint::hint;
use super::style;
use super::tally::change_name;

/// Prints events, changes and notices. Changes go to stdout; in the formats for programs everything else goes to
/// stderr.
#[derive(Debug)]
pub(crate) struct Printer {
    format: Format,
    /// Whether to use colours.
    is_coloured: bool,
    since: Instant,
    /// The last advice, so that it isn't repeated every minute.
    advised: Option<&'static str>,
    /// The first error of stdout.
    failed: Option<io::Error>,
}

impl Printer {
    pub(crate) fn new(format: Format) -> Self {
        let is_coloured = format == Format::Text && style::is_coloured();
        Self { format, is_coloured, since: Instant::now(), advised: None, failed: None }
    }

    /// Takes the first error of stdout.
    pub(crate) const fn failure(&mut self) -> Option<io::Error> {
        self.failed.take()
    }

    /// Prints the begin and the end of a list, and bookmarks. The changes of an event are printed by `change`.
    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::InitialBegin { cause } => self.news("INITIAL", format_args!("a list follows ({cause})")),
            Event::InitialEnd { resource_version } => {
                self.news("COMPLETE", format_args!("synced as of {resource_version}"));
            }
            Event::Bookmark { resource_version } => match self.format {
                Format::Json => self.json("BOOKMARK", "resourceVersion", &json!(resource_version.text())),
                _ => self.news("BOOKMARK", format_args!("no other event up to {resource_version}")),
            },
            _ => {}
        }
    }

    pub(crate) fn change(&mut self, change: &Change) {
        match self.format {
            Format::Text => self.change_as_text(change),
            Format::Json => self.change_as_json(change),
            Format::Name => self.change_as_name(change),
        }
    }

    fn change_as_text(&mut self, change: &Change) {
        let (name, version, more) = match change {
            Change::Added(object) | Change::Modified(object) | Change::Deleted(object) => {
                (full_name(object.namespace(), object.name()), object.resource_version(), summary(object))
            }
            Change::Vanished(gone) => {
                let more = "deleted during a gap; this version was seen last".into();
                (full_name(gone.namespace(), gone.name()), gone.last(), more)
            }
            Change::Synced { .. } => return,
        };
        self.line(change_name(change), format_args!("{name:<28} @{version:<8} {more}"));
    }

    fn change_as_json(&mut self, change: &Change) {
        let kind = change_name(change);
        match change {
            Change::Added(object) | Change::Modified(object) | Change::Deleted(object) => {
                self.json(kind, "object", &one_line(object));
            }
            Change::Vanished(gone) => {
                let metadata = json!({
                    "namespace": gone.namespace(),
                    "name": gone.name(),
                    "uid": gone.uid(),
                    "resourceVersion": gone.last().text(),
                });
                self.json(kind, "object", &json!({ "metadata": metadata }));
            }
            Change::Synced { resource_version } => self.json(kind, "resourceVersion", &json!(resource_version.text())),
        }
    }

    fn change_as_name(&mut self, change: &Change) {
        let name = match change {
            Change::Added(object) | Change::Modified(object) | Change::Deleted(object) => {
                full_name(object.namespace(), object.name())
            }
            Change::Vanished(gone) => full_name(gone.namespace(), gone.name()),
            Change::Synced { .. } => return,
        };
        self.out(format_args!("{name}"));
    }

    pub(crate) fn notice(&mut self, notice: &Notice) {
        let trouble = match notice {
            Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } => Some(trouble),
            _ => None,
        };
        let what = match notice {
            Notice::Retrying { .. } => "TROUBLE",
            Notice::NeedsAttention { .. } => "BLOCKED",
            Notice::Relisted { .. } => "RELISTED",
            Notice::FellBack { .. } => "FALLBACK",
            _ => "NOTE",
        };
        self.news(what, format_args!("{notice}"));
        let Some(advice) = trouble.and_then(|trouble| hint(trouble)) else { return };
        if self.advised.replace(advice) == Some(advice) {
            return;
        }
        self.news("HINT", format_args!("{advice}"));
    }

    /// A line that isn't about an object.
    pub(crate) fn news(&mut self, what: &str, text: core::fmt::Arguments<'_>) {
        match self.format {
            Format::Text => self.line(what, text),
            Format::Json | Format::Name => complain(format_args!("{what:<10} {text}")),
        }
    }

    /// A headline.
    pub(crate) fn chapter(&mut self, title: &str) {
        let title = self.styled(style::HEADLINE, format!("── {title}"));
        self.out(format_args!("\n{title}"));
    }

    /// A row of a summary.
    pub(crate) fn row(&mut self, name: &str, value: &str) {
        let padded = self.styled(style::of(name), format!("{name:>12}"));
        self.out(format_args!("{padded}  {value}"));
    }

    fn line(&mut self, what: &str, text: core::fmt::Arguments<'_>) {
        let padded = self.styled(style::of(what), format!("{what:<10}"));
        let line = format!("{:>8.3}s  {padded} {text}", self.since.elapsed().as_secs_f64());
        self.out(format_args!("{}", line.trim_end()));
    }

    fn styled(&self, style: Style, text: String) -> String {
        if self.is_coloured { format!("{style}{text}{style:#}") } else { text }
    }

    /// `println!` would panic when the reader of stdout is gone.
    fn out(&mut self, line: core::fmt::Arguments<'_>) {
        if let Err(error) = writeln!(io::stdout().lock(), "{line}") {
            self.failed.get_or_insert(error);
        }
    }

    /// `value` is JSON already.
    fn json(&mut self, kind: &str, field: &str, value: &dyn core::fmt::Display) {
        self.out(format_args!("{{\"type\":\"{kind}\",\"{field}\":{value}}}"));
    }
}

/// Prints a line to stderr, and ignores errors.
pub(crate) fn complain(line: core::fmt::Arguments<'_>) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

pub(crate) fn full_name(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// Returns the raw JSON, or its compact form if it has several lines.
fn one_line(object: &Object) -> Cow<'_, str> {
    let raw = String::from_utf8_lossy(object.raw());
    match object.decode::<Value>() {
        Ok(json) if raw.contains(['\n', '\r']) => json.to_string().into(),
        _ => raw,
    }
}

/// Returns the main fields of common resources.
fn summary(object: &Object) -> String {
    let Ok(json) = object.decode::<Value>() else { return "can't be decoded".into() };
    let mut facts = Vec::new();
    if json.pointer("/metadata/deletionTimestamp").is_some() {
        facts.push("terminating".to_owned());
    }
    for (label, field) in [
        ("phase", "/status/phase"),
        ("node", "/spec/nodeName"),
        ("replicas", "/status/replicas"),
        ("ready", "/status/readyReplicas"),
        ("reason", "/reason"),
        ("message", "/message"),
    ] {
        match json.pointer(field) {
            // A terminal would obey the control characters in it.
            Some(Value::String(text)) => facts.push(format!("{label}={}", text.replace(char::is_control, " "))),
            Some(Value::Number(number)) => facts.push(format!("{label}={number}")),
            _ => {}
        }
    }
    facts.join(" ")
}
