//! The legend: what the colours and symbols of this picture mean.

use super::lane::{Lane, Symbol};
use super::svg::{self, Svg};
use super::track::Kind;
use super::{MARGIN, WIDTH};

const AXIS: &str = "The time axis is stretched where more happens.";

/// Draws the legend of what occurs in the lanes, and returns its bottom.
pub(super) fn draw(svg: &mut Svg, lanes: &[Lane<'_>], top: f64) -> f64 {
    let has_bar = |kind: Kind| lanes.iter().flat_map(|lane| lane.rows.iter().flatten()).any(|bar| bar.kind == kind);
    let has_failed = lanes.iter().flat_map(|lane| lane.rows.iter().flatten()).any(|bar| bar.has_failed);
    let has_sign = |symbol: Symbol| {
        lanes.iter().flat_map(|lane| lane.above.iter().chain(&lane.below)).any(|sign| sign.symbol == symbol)
    };
    let entries = [
        (has_bar(Kind::List), "list", "LIST"),
        (has_bar(Kind::StreamingList), "streaming", "WatchList (streaming list, then watch)"),
        (has_bar(Kind::Watch), "watch", "WATCH after → how it ended"),
        (has_bar(Kind::Wait), "wait", "wait before the next request"),
        (has_failed, "failed", "failed"),
        (has_sign(Symbol::Write), "write", "write"),
        (has_sign(Symbol::Initial), "initial", "object of a list"),
        (has_sign(Symbol::Event), "event", "event"),
        (has_sign(Symbol::Problem), "problem", "problem"),
        (has_sign(Symbol::Fault), "fault", "fault"),
        (has_sign(Symbol::Done), "done", "end of the watch"),
    ];
    let (mut x, mut y) = (MARGIN, top);
    for (_, class, text) in entries.into_iter().filter(|(is_used, ..)| *is_used) {
        let width = 18.0 + svg::width(text, 10.0) + 16.0;
        if x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 16.0);
        }
        match class {
            "fault" => svg.diamond(x + 6.0, y - 4.0, class),
            "problem" => svg.triangle(x + 6.0, y - 4.0, class),
            "done" => svg.square(x + 6.0, y - 4.0, class),
            "write" | "initial" | "event" => svg.rect(x + 5.0, y - 8.0, 2.0, 8.0, class),
            "failed" => svg.rect(x + 4.0, y - 9.0, 3.0, 10.0, class),
            _ => svg.rect(x, y - 9.0, 12.0, 10.0, class),
        }
        svg.text(x + 18.0, y, "tick", text);
        x += width;
    }
    svg.text(MARGIN, y + 16.0, "tick", AXIS);
    y + 16.0
}
