//! The results as a picture: the time of a unit for each size. A line that doesn't rise is linear growth.

use std::fmt::Write as _;

use peer_speed::plot::{STYLE, escape};

use crate::Measured;

const COLUMNS: usize = 2;
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 34.0;

/// Returns the picture.
pub(crate) fn svg(all: &[Measured]) -> String {
    let (width, height) = (WIDTH * COLUMNS as f64, HEIGHT * all.len().div_ceil(COLUMNS) as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"CPU time per unit for inputs of growing size\">\n<style>{STYLE}</style>\n\
         <rect class=\"back\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    for (index, measured) in all.iter().enumerate() {
        draw(&mut svg, measured, (index % COLUMNS) as f64 * WIDTH, (index / COLUMNS) as f64 * HEIGHT);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, Measured { input, points }: &Measured, x: f64, y: f64) {
    let most = points.iter().map(|(_, nanos)| *nanos).fold(f64::MIN_POSITIVE, f64::max);
    let (left, right) = (x + LEFT, x + WIDTH - RIGHT);
    let (top, bottom) = (y + TOP, y + HEIGHT - BOTTOM);
    let (Some((least, _)), Some((greatest, _))) = (points.first(), points.last()) else { return };
    let logarithms = (*least as f64).ln()..(*greatest as f64).ln();
    let at = |size: u64, nanos: f64| {
        let along =
            ((size as f64).ln() - logarithms.start) / (logarithms.end - logarithms.start).max(f64::MIN_POSITIVE);
        (left + along * (right - left), bottom - nanos / most * (bottom - top))
    };
    let (scale, time) = if most >= 1_000.0 { (1_000.0, "µs") } else { (1.0, "ns") };
    // Writing to a string can't fail.
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{left}\" y=\"{}\">{}</text>\
         <text class=\"note\" x=\"{left}\" y=\"{}\">CPU time, {time} {}</text>\
         <line class=\"axis\" x1=\"{left}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>\
         <text class=\"note\" x=\"{}\" y=\"{}\" text-anchor=\"end\">0</text>",
        y + 20.0,
        escape(input.about),
        y + 37.0,
        input.unit,
        left - 8.0,
        bottom + 4.5
    );
    let mut path = String::new();
    for &(size, nanos) in points {
        let (x, y) = at(size, nanos);
        let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { " L" });
        let _ = writeln!(
            svg,
            "<circle class=\"ours\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>\
             <text class=\"note\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            size_of(size),
            y - 7.0,
            time_of(nanos / scale)
        );
    }
    let _ = writeln!(svg, "<path class=\"curve\" d=\"{path}\"/>");
}

fn size_of(size: u64) -> String {
    match size {
        0..1_000 => size.to_string(),
        1_000..1_000_000 if size % 1_024 == 0 => format!("{} Ki", size >> 10),
        1_000..1_000_000 => format!("{} k", size as f64 / 1e3),
        _ if size % (1 << 20) == 0 => format!("{} Mi", size >> 20),
        _ => format!("{} M", size as f64 / 1e6),
    }
}

fn time_of(time: f64) -> String {
    if time < 10.0 { format!("{time:.2}") } else { format!("{time:.0}") }
}
