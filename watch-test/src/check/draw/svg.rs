//! SVG elements, and the widths of texts.

use super::{MARGIN, WIDTH};

/// Colours for light and for dark surroundings. The picture has a background of its own, so it is readable in a viewer
/// that ignores the preference.
const STYLE: &str = "\
text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}\
.title{font-size:13px;font-weight:bold}.tick{font-size:10px;fill:#57606a}\
.middle{text-anchor:middle}.end{text-anchor:end}\
.background{fill:#ffffff}.grid{fill:#d0d7de}.rule{fill:#eaeef2}\
.list{fill:#cfe4ff;stroke:#4a86c8}.streaming{fill:#c9eeee;stroke:#2f8f8f}.watch{fill:#d5efcf;stroke:#4f9a45}\
.wait{fill:#f6f8fa;stroke:#8c959f;stroke-dasharray:3 2}.failed{fill:#cf222e;stroke:none}\
.write{fill:#1f2328}.initial{fill:#0969da}.event{fill:#1a7f37}.problem{fill:#d4700a}.fault{fill:#8250df}.done{fill:#57606a}\
.phase{fill:#8c959f}.phase-text{fill:#57606a}.violation{fill:#cf222e}.violation-text{fill:#cf222e;font-weight:bold}\
@media(prefers-color-scheme:dark){\
text{fill:#e6edf3}.tick{fill:#9ea7b1}\
.background{fill:#0d1117}.grid{fill:#30363d}.rule{fill:#21262d}\
.list{fill:#12365f;stroke:#4a86c8}.streaming{fill:#0f4547;stroke:#3aa3a3}.watch{fill:#173f1f;stroke:#4f9a45}\
.wait{fill:#161b22;stroke:#7d8590}.failed{fill:#ff6b6b}\
.write{fill:#e6edf3}.initial{fill:#58a6ff}.event{fill:#4ac26b}.problem{fill:#f0a04b}.fault{fill:#b392f0}.done{fill:#9ea7b1}\
.phase{fill:#7d8590}.phase-text{fill:#9ea7b1}.violation{fill:#ff6b6b}.violation-text{fill:#ff6b6b}}";

/// The most characters of a tooltip.
const LONGEST_TITLE: usize = 1_500;

/// A sequence of elements.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

impl Svg {
    /// Starts a picture.
    pub(super) fn start(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self::default();
        svg.write(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"background\" width=\"{width}\" height=\"{height}\"/>\n",
            escape(title)
        ));
        svg
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }

    /// Starts a group with a tooltip.
    pub(super) fn open_group(&mut self, title: &str) {
        self.write(format_args!("<g><title>{}</title>", escape(title)));
    }

    pub(super) fn close_group(&mut self) {
        self.0.push_str("</g>\n");
    }

    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        if !text.is_empty() {
            self.write(format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escape(text)));
        }
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, class: &str) {
        self.write(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>\n"
        ));
    }

    /// A line from top to bottom, with a tooltip if there is a text.
    pub(super) fn vertical(&mut self, x: f64, top: f64, bottom: f64, class: &str, title: &str) {
        let width = if class == "violation" { 2.0 } else { 1.0 };
        if title.is_empty() {
            return self.rect(x - width / 2.0, top, width, bottom - top, class);
        }
        self.open_group(title);
        self.rect(x - width / 2.0, top, width, bottom - top, class);
        self.close_group();
    }

    /// The line between two lanes.
    pub(super) fn horizontal(&mut self, y: f64) {
        self.rect(MARGIN, y, WIDTH - 2.0 * MARGIN, 1.0, "rule");
    }

    /// The right end of a bar that continues.
    pub(super) fn arrow(&mut self, x: f64, y: f64, height: f64, class: &str) {
        let (middle, bottom, tip) = (y + height / 2.0, y + height, x + 7.0);
        self.write(format_args!(
            "<path class=\"{class}\" d=\"M{x:.1} {y:.1}L{tip:.1} {middle:.1}L{x:.1} {bottom:.1}\"/>\n"
        ));
    }

    pub(super) fn diamond(&mut self, x: f64, y: f64, class: &str) {
        self.write(format_args!("<path class=\"{class}\" d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5z\"/>\n", y - 5.0));
    }

    pub(super) fn triangle(&mut self, x: f64, y: f64, class: &str) {
        self.write(format_args!("<path class=\"{class}\" d=\"M{x:.1} {:.1}l5 9h-10z\"/>\n", y - 5.0));
    }

    pub(super) fn square(&mut self, x: f64, y: f64, class: &str) {
        self.rect(x - 4.0, y - 4.0, 8.0, 8.0, class);
    }

    fn write(&mut self, elements: core::fmt::Arguments<'_>) {
        self.0.push_str(&std::fmt::format(elements));
    }
}

/// Returns the width of a text in a font with a fixed width; other scripts are estimated at the size of the font.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if is_narrow(c) { 0.602 * size } else { size }).sum()
}

const fn is_narrow(c: char) -> bool {
    c.is_ascii() || matches!(c, '→' | '…' | '–' | '\u{a0}'..='\u{24f}')
}

/// Shortens a text to a width. Returns `None` if there is no room for it or for a few characters of it.
pub(super) fn fit(text: &str, room: f64, size: f64) -> Option<String> {
    if width(text, size) <= room {
        return Some(text.to_owned());
    }
    let mut short = String::new();
    let mut used = width("…", size);
    for c in text.chars() {
        used += width(c.encode_utf8(&mut [0; 4]), size);
        if used > room {
            break;
        }
        short.push(c);
    }
    (short.chars().count() >= 4).then(|| short + "…")
}

/// Breaks a text into lines, at spaces where possible.
pub(super) fn wrap(text: &str, room: f64, size: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let word = fit(word, room, size).unwrap_or_default();
        let Some(line) = lines.last_mut() else { continue };
        if line.is_empty() {
            line.push_str(&word);
        } else if width(line, size) + width(&word, size) + size <= room {
            line.push(' ');
            line.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}

/// Makes a text safe inside an element: no markup, nothing that XML forbids, no change of the direction of writing.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST_TITLE) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
