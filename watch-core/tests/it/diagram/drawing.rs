//! Draws the transitions: a column for each state, and an arrow for each row of the table.

use std::fmt::Write;

/// In the order that keeps most arrows short.
const STATES: [&str; 8] = ["Starting", "Opening", "Refused", "Listing", "StreamingList", "Live", "BackingOff", "Done"];

const COLUMN: usize = 104;
const ROW: usize = 22;
const TOP: usize = 62;
/// Between the rows of two states.
const GAP: usize = 10;

/// Its own background, since it is shown on light and on dark pages; the colours follow the preference of the reader.
/// The names of the classes are global where the SVG is part of a page.
const HEAD: &str = r#"<style>
.ws-page { fill: #ffffff; stroke: #d0d7de; } .ws-text { fill: #1f2328; font: 13px sans-serif; } .ws-state { fill: #ddf4ff; stroke: #0969da; }
.ws-life { stroke: #d0d7de; } .ws-edge { stroke: #0969da; stroke-width: 1.5; fill: none; } .ws-tip { fill: #0969da; } .ws-name { font: bold 12px sans-serif; text-anchor: middle; }
@media (prefers-color-scheme: dark) {
.ws-page { fill: #0d1117; stroke: #30363d; } .ws-text { fill: #e6edf3; } .ws-state { fill: #0c2d6b; stroke: #58a6ff; }
.ws-life { stroke: #30363d; } .ws-edge { stroke: #58a6ff; } .ws-tip { fill: #58a6ff; }
}
</style>"#;

pub(super) fn of(table: &[[&str; 3]]) -> String {
    let column = |state: &str| {
        let index = STATES.iter().position(|other| *other == state).expect("a state");
        60 + index * COLUMN
    };
    let groups = table.windows(2).filter(|rows| rows[0][0] != rows[1][0]).count();
    let (width, height) = (60 + STATES.len() * COLUMN + 350, TOP + table.len() * ROW + groups * GAP + 16);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         style=\"max-width: 100%; height: auto\" role=\"img\" aria-label=\"The states of a watch\">\n{HEAD}\n\
         <rect class=\"ws-page\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
        width - 1,
        height - 1
    );
    for state in STATES {
        let (x, bottom) = (column(state), height - 12);
        write!(
            svg,
            "<path class=\"ws-life\" d=\"M{x} 40V{bottom}\"/>\n\
             <rect class=\"ws-state\" x=\"{}\" y=\"14\" width=\"96\" height=\"26\" rx=\"6\"/>\n\
             <text class=\"ws-text ws-name\" x=\"{x}\" y=\"31\">{state}</text>\n",
            x - 48
        )
        .expect("a string");
    }
    let mut y = TOP;
    for (index, [from, to, when]) in table.iter().enumerate() {
        if index > 0 && table[index - 1][0] != *from {
            y += GAP;
        }
        let (from, to) = (column(from), column(to));
        // The tip begins before its column, on the side from which the arrow comes.
        let back = if from < to { to - 9 } else { to + 9 };
        writeln!(
            svg,
            "<circle class=\"ws-tip\" cx=\"{from}\" cy=\"{y}\" r=\"3.5\"/>\
             <path class=\"ws-edge\" d=\"M{from} {y}H{back}\"/>\
             <path class=\"ws-tip\" d=\"M{to} {y}L{back} {}V{}z\"/>\
             <text class=\"ws-text\" x=\"{}\" y=\"{}\">{when}</text>",
            y - 4,
            y + 4,
            60 + STATES.len() * COLUMN - 30,
            y + 4
        )
        .expect("a string");
        y += ROW;
    }
    svg.push_str("</svg>\n");
    svg
}
