//! A lane of the picture: marks, bars in rows, and marks below them.

use core::time::Duration;

use super::axis::Axis;
use super::svg::{self, Svg};
use super::track::{Bar, Kind, PADDING, Track};
use super::{MARGIN, RIGHT};
use crate::check::timeline::{Line, Mark, Who};

const BAR: f64 = 20.0;
/// The most rows of bars. Requests that need more aren't drawn.
const MOST_ROWS: usize = 6;
/// Marks nearer than this are drawn as one.
const NEAR: f64 = 2.5;
/// The most lines in the tooltip of marks that are drawn as one.
const MOST_TITLES: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Symbol {
    Write,
    Initial,
    Event,
    Problem,
    Fault,
    Done,
}

impl Symbol {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Initial => "initial",
            Self::Event => "event",
            Self::Problem => "problem",
            Self::Fault => "fault",
            Self::Done => "done",
        }
    }
}

#[derive(Debug)]
pub(super) struct Sign<'a> {
    pub(super) symbol: Symbol,
    line: &'a Line,
}

#[derive(Debug, Default)]
pub(super) struct Lane<'a> {
    name: String,
    /// Faults and problems.
    pub(super) above: Vec<Sign<'a>>,
    pub(super) rows: Vec<Vec<Bar>>,
    /// Writes and events.
    pub(super) below: Vec<Sign<'a>>,
}

/// Returns the lanes from top to bottom.
pub(super) fn lanes<'a>(clients: usize, lines: &'a [Line], end: Duration) -> Vec<Lane<'a>> {
    let mut server = Lane { name: "API server".into(), ..Lane::default() };
    let mut network = Lane { name: "network".into(), ..Lane::default() };
    let name = |client: usize| if clients == 1 { "client".to_owned() } else { format!("client {client}") };
    let mut lanes: Vec<Lane<'a>> = (0..clients).map(|client| Lane { name: name(client), ..Lane::default() }).collect();
    let mut tracks: Vec<Track<'a>> = (0..clients).map(|_| Track::default()).collect();
    let mut requests: Vec<Track<'a>> = Vec::new();
    for line in lines {
        match line.who {
            Who::Server => server.sign(line),
            Who::Net => network.sign(line),
            Who::Request(number) => {
                if requests.len() <= number {
                    requests.resize_with(number + 1, Track::default);
                }
                requests[number].line(line);
            }
            Who::Client(client) | Who::ToClient(client) => {
                if let (Some(lane), Some(track)) = (lanes.get_mut(client), tracks.get_mut(client)) {
                    lane.sign(line);
                    track.line(line);
                }
            }
            Who::Phase => {}
        }
    }
    server.rows = packed(requests.into_iter().flat_map(|track| track.finish(end)));
    for (lane, track) in lanes.iter_mut().zip(tracks) {
        lane.rows = vec![track.finish(end)];
    }
    let others = [server, network].into_iter().filter(|lane| !lane.is_empty());
    others.chain(lanes).collect()
}

/// Puts bars into rows in which none overlaps another.
fn packed(bars: impl Iterator<Item = Bar>) -> Vec<Vec<Bar>> {
    let mut rows: Vec<Vec<Bar>> = Vec::new();
    for bar in bars {
        let is_free = |row: &Vec<Bar>| row.last().is_none_or(|last| last.to <= bar.from);
        match rows.iter().position(is_free) {
            Some(row) => rows[row].push(bar),
            None if rows.len() < MOST_ROWS => rows.push(vec![bar]),
            None => {}
        }
    }
    rows
}

impl<'a> Lane<'a> {
    const fn is_empty(&self) -> bool {
        self.above.is_empty() && self.rows.is_empty() && self.below.is_empty()
    }

    fn sign(&mut self, line: &'a Line) {
        match line.mark {
            Mark::Write => self.below.push(Sign { symbol: Symbol::Write, line }),
            Mark::Initial => self.below.push(Sign { symbol: Symbol::Initial, line }),
            Mark::Event => self.below.push(Sign { symbol: Symbol::Event, line }),
            Mark::Problem { .. } => self.above.push(Sign { symbol: Symbol::Problem, line }),
            Mark::Fault => self.above.push(Sign { symbol: Symbol::Fault, line }),
            Mark::Done => self.above.push(Sign { symbol: Symbol::Done, line }),
            _ => {}
        }
    }

    /// Returns the times that are drawn.
    pub(super) fn times(&self) -> impl Iterator<Item = Duration> {
        let signs = self.above.iter().chain(&self.below).map(|sign| sign.line.at);
        signs.chain(self.rows.iter().flatten().flat_map(|bar| [bar.from, bar.to]))
    }

    /// Draws the lane, and returns its bottom.
    pub(super) fn draw(&self, svg: &mut Svg, axis: &Axis, top: f64) -> f64 {
        let mut y = top + 6.0;
        if !self.above.is_empty() {
            signs(svg, axis, &self.above, y);
            y += 17.0;
        }
        let middle = match (self.rows.is_empty(), self.above.is_empty()) {
            (true, false) => y - 6.0,
            (true, true) => y + 9.0,
            (false, _) => y + 14.0,
        };
        svg.text(MARGIN, middle, "text", &svg::fit(&self.name, super::LEFT - 2.0 * MARGIN, 11.0).unwrap_or_default());
        for row in &self.rows {
            for (index, bar) in row.iter().enumerate() {
                let until = row.get(index + 1).map_or(RIGHT + MARGIN, |next| axis.x(next.from));
                bar.draw(svg, axis, y, until);
            }
            y += BAR + 3.0;
        }
        if !self.below.is_empty() {
            ticks(svg, axis, &self.below, y);
            y += 22.0;
        }
        svg.horizontal(y + 5.0);
        y + 6.0
    }
}

impl Bar {
    /// `until`: where the next bar begins.
    fn draw(&self, svg: &mut Svg, axis: &Axis, y: f64, until: f64) {
        let (from, to) = (axis.x(self.from), axis.x(self.to));
        let width = (to - from).max(1.5);
        let class = match self.kind {
            Kind::List => "list",
            Kind::StreamingList => "streaming",
            Kind::Watch => "watch",
            Kind::Wait => "wait",
        };
        let fits = |room: f64| move |label: &&String| svg::width(label, 11.0) + 2.0 * PADDING <= room;
        let inside = self.labels.iter().find(fits(width)).map(|label| (from, label));
        // A bar that is too short has its label beside it.
        let right = from + width;
        let label = inside.or_else(|| self.labels.iter().find(fits(until - right)).map(|label| (right, label)));
        svg.open_group(&self.title);
        svg.rect(from, y, width, BAR, class);
        if self.has_failed {
            svg.rect(from + (width - 3.0).max(0.0), y, width.min(3.0), BAR, "failed");
        }
        if self.is_open {
            svg.arrow(from + width, y, BAR, class);
        }
        if let Some((x, label)) = label {
            svg.text(x + PADDING, y + 14.0, "text", label);
        }
        svg.close_group();
    }
}

/// Draws faults and problems as symbols, with labels beside them where there is room.
fn signs(svg: &mut Svg, axis: &Axis, signs: &[Sign<'_>], y: f64) {
    let groups = grouped(axis, signs);
    for (index, (x, group)) in groups.iter().enumerate() {
        svg.open_group(&titles(group));
        let symbol = group[0].symbol;
        match symbol {
            Symbol::Fault => svg.diamond(*x, y + 6.0, symbol.class()),
            Symbol::Problem => svg.triangle(*x, y + 6.0, symbol.class()),
            _ => svg.square(*x, y + 6.0, symbol.class()),
        }
        let until = groups.get(index + 1).map_or(RIGHT + MARGIN, |next| next.0 - 8.0);
        if let Some(label) = svg::fit(&label(group), until - x - 8.0, 10.0) {
            svg.text(x + 8.0, y + 10.0, "tick", &label);
        }
        svg.close_group();
    }
}

/// Draws events and writes as ticks, with versions below them where there is room.
fn ticks(svg: &mut Svg, axis: &Axis, signs: &[Sign<'_>], y: f64) {
    let mut free = f64::MIN;
    for (x, group) in grouped(axis, signs) {
        svg.open_group(&titles(&group));
        svg.rect(x - 1.0, y, 2.0, 8.0, group[0].symbol.class());
        let label = label(&group);
        let half = svg::width(&label, 10.0) / 2.0;
        let left = (x - half).max(super::LEFT - MARGIN).min(RIGHT + MARGIN - 2.0 * half);
        if !label.is_empty() && left >= free && half < 60.0 {
            svg.text(left, y + 18.0, "tick", &label);
            free = left + 2.0 * half + 6.0;
        }
        svg.close_group();
    }
}

/// Combines signs of one symbol that would be drawn over each other.
fn grouped<'a, 'b>(axis: &Axis, signs: &'b [Sign<'a>]) -> Vec<(f64, Vec<&'b Sign<'a>>)> {
    let mut groups: Vec<(f64, Vec<&Sign<'_>>)> = Vec::new();
    for sign in signs {
        let x = axis.x(sign.line.at);
        match groups.last_mut() {
            Some((last, group)) if group[0].symbol == sign.symbol && x - *last < NEAR => group.push(sign),
            _ => groups.push((x, vec![sign])),
        }
    }
    groups
}

/// Returns the label of a group: its distinct labels. Of versions, only the first and the last are shown.
fn label(group: &[&Sign<'_>]) -> String {
    let mut labels = group.iter().map(|sign| sign.line.label.as_str()).filter(|label| !label.is_empty());
    if matches!(group[0].symbol, Symbol::Fault | Symbol::Problem | Symbol::Done) {
        let mut different: Vec<&str> = Vec::new();
        for label in labels {
            if !different.contains(&label) {
                different.push(label);
            }
        }
        return different.join(", ");
    }
    let Some(first) = labels.next() else { return String::new() };
    match labels.next_back() {
        Some(last) if last != first => format!("{first}…{last}"),
        _ => first.to_owned(),
    }
}

/// Returns the tooltip of a group.
fn titles(group: &[&Sign<'_>]) -> String {
    let mut lines: Vec<String> = group.iter().take(MOST_TITLES).map(|sign| sign.line.to_string()).collect();
    if group.len() > MOST_TITLES {
        lines.push(format!("… and {} more", group.len() - MOST_TITLES));
    }
    lines.join("\n")
}
