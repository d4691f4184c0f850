//! The results as a picture: a bar for the median CPU time of each client, and a line from the least to the greatest.

use std::fmt::Write as _;

use crate::clients::Group;
use crate::table::Rounds;

const WIDTH: f64 = 960.0;
const LABELS: f64 = 320.0;
const RIGHT: f64 = 90.0;
const ROW: f64 = 24.0;
const TITLE: f64 = 48.0;

/// The style. Its colours follow the reader's system. Other clients are grey, so that watch-hyper stands out.
pub const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.note{fill:#59636e}\
     .back{fill:#fff}.ours{fill:#2f6fde}.peer{fill:#9aa4af}.line{stroke:#1f2328;stroke-width:1.5}.curve{fill:none;stroke:#2f6fde;stroke-width:2}.axis{stroke:#9aa4af}\
     @media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#9198a1}.back{fill:#0d1117}.ours{fill:#5a93f5}\
     .peer{fill:#6b7480}.line{stroke:#e6edf3}.curve{stroke:#5a93f5}.axis{stroke:#6b7480}}";

/// Returns the picture of the groups, each with a scale of its own.
pub fn svg(groups: &[(&Group, Vec<Rounds>)]) -> String {
    let rows: usize = groups.iter().map(|(_, rounds)| rounds.len()).sum();
    let height = groups.len() as f64 * TITLE + rows as f64 * ROW + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"CPU time of each client\">\n<style>{STYLE}</style>\n<rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\"/>\n"
    );
    let mut y = 10.0;
    for (group, rounds) in groups {
        y = draw(&mut svg, group, rounds, y);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, group: &Group, rounds: &[Rounds], top: f64) -> f64 {
    let unit = group.measures.unit();
    let title = top + 24.0;
    // Writing to a string can't fail.
    let _ = writeln!(svg, "<text class=\"title\" x=\"16\" y=\"{title}\">{}</text>", escape(group.about));
    let _ = writeln!(
        svg,
        "<text class=\"note\" x=\"{}\" y=\"{title}\" text-anchor=\"end\">CPU time of the client, µs {unit}; less is better</text>",
        WIDTH - 16.0
    );
    let most = rounds.iter().filter_map(Rounds::cpu).map(|cpu| cpu.greatest).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - LABELS - RIGHT) / most;
    let mut y = top + TITLE - 10.0;
    for one in rounds {
        let middle = y + ROW / 2.0;
        let about = one.client.about.replace('`', "");
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LABELS - 10.0,
            middle + 4.5,
            escape(&about)
        );
        let Some(cpu) = one.cpu() else {
            let _ = writeln!(svg, "<text class=\"note\" x=\"{LABELS}\" y=\"{}\">not run</text>", middle + 4.5);
            y += ROW;
            continue;
        };
        let class = if one.client.name.starts_with("ours") { "ours" } else { "peer" };
        let at = |value: f64| LABELS + value * scale;
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{LABELS}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" rx=\"2\"/>\
             <line class=\"line\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{:.1}</text>",
            y + 4.0,
            cpu.median * scale,
            ROW - 8.0,
            at(cpu.least),
            at(cpu.greatest),
            at(cpu.greatest) + 8.0,
            middle + 4.5,
            cpu.median
        );
        y += ROW;
    }
    y + 10.0
}

/// Escapes the characters that have a meaning in XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
