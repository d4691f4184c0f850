//! The bars of one participant: its exchanges, and the waits between them.

use core::time::Duration;

use watch_core::RequestId;

use super::svg;
use crate::check::timeline::{Line, Mark};

/// Space beside the text of a bar.
pub(super) const PADDING: f64 = 5.0;
/// The longest version that is shown.
const LONGEST_VERSION: usize = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    List,
    StreamingList,
    Watch,
    Wait,
}

/// An exchange or a wait.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) kind: Kind,
    pub(super) from: Duration,
    pub(super) to: Duration,
    /// The possible labels, the longest first. The first one that fits is drawn.
    pub(super) labels: Vec<String>,
    pub(super) title: String,
    /// Whether it continues after the end of the picture.
    pub(super) is_open: bool,
    pub(super) has_failed: bool,
}

impl Bar {
    /// Returns the width that the longest label needs.
    pub(super) fn wanted_width(&self) -> f64 {
        self.labels.first().map_or(0.0, |label| svg::width(label, 11.0) + 2.0 * PADDING + 4.0)
    }
}

/// Collects bars from lines, which must be in order.
#[derive(Debug, Default)]
pub(super) struct Track<'a> {
    bars: Vec<Bar>,
    open: Option<Open<'a>>,
    wait: Option<&'a Line>,
    retry_after: Option<Duration>,
}

/// An exchange whose bar isn't finished.
#[derive(Debug)]
struct Open<'a> {
    line: &'a Line,
    version: &'a str,
    status: &'a str,
    over: Option<(Duration, &'a str)>,
    has_failed: bool,
}

impl Open<'_> {
    fn is(&self, exchange: Option<RequestId>) -> bool {
        exchange.is_none() || self.line.exchange.is_none() || self.line.exchange == exchange
    }
}

impl<'a> Track<'a> {
    pub(super) fn line(&mut self, line: &'a Line) {
        match line.mark {
            Mark::List | Mark::StreamingList | Mark::Watch => {
                self.end_exchange(line.at);
                self.end_wait(line.at);
                let version = line.label.as_str();
                self.open = Some(Open { line, version, status: "", over: None, has_failed: false });
            }
            Mark::Answer => {
                if let Some(open) = self.open.as_mut().filter(|open| open.is(line.exchange)) {
                    open.status = &line.label;
                    open.has_failed |= !line.label.starts_with('2');
                }
            }
            Mark::Over => {
                if let Some(open) = self.open.as_mut().filter(|open| open.is(line.exchange)) {
                    open.has_failed |= !["end", "aborted", "client left"].contains(&line.label.as_str());
                    open.over.get_or_insert((line.at, &line.label));
                }
            }
            Mark::Initial => {
                if let Some(open) = self.open.as_mut().filter(|open| open.line.mark == Mark::StreamingList)
                    && !line.label.is_empty()
                {
                    open.version = &line.label;
                }
            }
            Mark::Problem { retry_after } => {
                self.retry_after = retry_after;
                if let Some(open) = &mut self.open {
                    let at = open.over.map_or(line.at, |(at, _)| at);
                    open.over = Some((at, &line.label));
                    open.has_failed = true;
                }
            }
            Mark::Backoff => {
                self.end_exchange(line.at);
                self.wait.get_or_insert(line);
            }
            Mark::Done => {
                self.end_exchange(line.at);
                self.end_wait(line.at);
            }
            Mark::Note | Mark::Event | Mark::Write | Mark::Fault | Mark::Phase | Mark::Violation => {}
        }
    }

    /// Returns the bars. The picture ends at `end`.
    pub(super) fn finish(mut self, end: Duration) -> Vec<Bar> {
        let is_open = self.open.as_ref().is_some_and(|open| open.over.is_none()) || self.wait.is_some();
        self.end_exchange(end);
        self.end_wait(end);
        if let Some(last) = self.bars.last_mut() {
            last.is_open = is_open;
        }
        self.bars
    }

    fn end_exchange(&mut self, now: Duration) {
        let Some(open) = self.open.take() else { return };
        let (to, how) = open.over.unwrap_or((now, ""));
        let (kind, labels) = match open.line.mark {
            Mark::List => {
                let tail = if open.has_failed && !how.is_empty() && how != "end" { how } else { open.status };
                (Kind::List, [format!("LIST {tail}"), tail.to_owned()].to_vec())
            }
            Mark::StreamingList => (Kind::StreamingList, watch_labels("WatchList", open.version, open.status, how)),
            _ => (Kind::Watch, watch_labels("WATCH", open.version, open.status, how)),
        };
        let tail = if how.is_empty() { String::new() } else { format!(" → {how}") };
        let title = format!("{} to {} s: {}{tail}", open.line.at.as_secs_f64(), to.as_secs_f64(), open.line.what);
        let (from, has_failed) = (open.line.at, open.has_failed);
        self.bars.push(Bar { kind, from, to, labels: tidy(labels), title, is_open: false, has_failed });
    }

    fn end_wait(&mut self, now: Duration) {
        let retry_after = self.retry_after.take();
        let Some(line) = self.wait.take() else { return };
        let lasted = now.saturating_sub(line.at);
        let text = super::seconds(lasted);
        let name = if retry_after.is_some_and(|asked| lasted >= asked) { "Retry-After" } else { "backoff" };
        self.bars.push(Bar {
            kind: Kind::Wait,
            from: line.at,
            to: now,
            labels: vec![format!("{name} {text}"), text],
            title: format!("{} to {} s: {name}", line.at.as_secs_f64(), now.as_secs_f64()),
            is_open: false,
            has_failed: false,
        });
    }
}

/// Returns the labels of a watch, for example `WATCH 207 → 410`.
fn watch_labels(name: &str, version: &str, status: &str, how: &str) -> Vec<String> {
    let version: String = match version.char_indices().nth(LONGEST_VERSION) {
        None => version.to_owned(),
        Some(_) => version.chars().take(LONGEST_VERSION - 1).chain(['…']).collect(),
    };
    let how = match how {
        "" if !status.is_empty() && !status.starts_with('2') => status,
        "end" if !status.is_empty() && !status.starts_with('2') => status,
        how => how,
    };
    if how.is_empty() {
        return vec![format!("{name} {version}"), version, name.to_owned()];
    }
    vec![format!("{name} {version} → {how}"), format!("{version} → {how}"), format!("→ {how}"), how.to_owned()]
}

/// Removes the gaps that empty parts leave.
fn tidy(labels: Vec<String>) -> Vec<String> {
    let words = |label: String| label.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    labels.into_iter().map(words).filter(|label| !label.is_empty()).collect()
}
