//! A picture of a timeline: requests and waits as bars, events, writes and faults as marks, against the clock.

mod axis;
mod lane;
mod legend;
mod svg;
mod track;

use core::time::Duration;

use self::axis::Axis;
use self::lane::lanes;
use self::svg::Svg;
use super::timeline::{Line, Mark};

const WIDTH: f64 = 960.0;
/// The names of the lanes are left of this.
const LEFT: f64 = 92.0;
const RIGHT: f64 = WIDTH - 24.0;
const MARGIN: f64 = 12.0;
/// The most lines of text for a title.
const TITLE_LINES: usize = 4;

/// Draws a timeline as SVG, with a lane for the server, one for the network, and one for each of `clients`. `end` is
/// the time when the run ended. Each line of `title` becomes a line of text.
///
/// The time axis is stretched where more happens, so that both bursts and silences are visible. A text that doesn't fit
/// is shortened or left out; the tooltips have all of them. The picture has colours for light and for dark
/// surroundings, and needs neither scripts nor fonts of its own. The same lines give the same bytes.
///
/// ```
/// use core::time::Duration;
/// use watch_test::check::{Line, Mark, Who, draw};
///
/// let second = Duration::from_secs(1);
/// let lines = [
///     Line::of_client(second, 0, Mark::Watch, "WATCH pods").drawn(Mark::Watch, "207"),
///     Line::new(2 * second, Who::Net, "the proxy restarts").drawn(Mark::Fault, "cut"),
///     Line::new(2 * second, Who::ToClient(0), "connection reset").drawn(Mark::Over, "reset"),
/// ];
/// assert!(draw("a cut", 1, &lines, 3 * second).contains("WATCH 207 → reset"));
/// ```
pub fn draw(title: &str, clients: usize, lines: &[Line], end: Duration) -> String {
    let lanes = lanes(clients, lines, end);
    let moments = lines.iter().filter(|line| matches!(line.mark, Mark::Phase | Mark::Violation));
    let moments: Vec<&Line> = moments.collect();
    let axis = Axis::new(&lanes, moments.iter().map(|line| line.at).chain([end]));

    // What is drawn first is below the rest.
    let mut header = Svg::default();
    let mut y = MARGIN;
    let title_lines = title.lines().enumerate().flat_map(|(index, line)| {
        let (class, size) = if index == 0 { ("title", 13.0) } else { ("text", 11.0) };
        svg::wrap(line, WIDTH - 2.0 * MARGIN, size).into_iter().map(move |line| (class, line))
    });
    for (class, line) in title_lines.take(TITLE_LINES) {
        y += 16.0;
        header.text(MARGIN, y, class, &line);
    }
    let top = y + 30.0;
    let mut body = Svg::default();
    y = top + 8.0;
    for lane in &lanes {
        y = lane.draw(&mut body, &axis, y);
    }
    let bottom = y;
    let mut grid = Svg::default();
    axis.draw(&mut grid, top, bottom);
    for line in moments {
        // A violation is drawn over everything, a phase below it.
        let mut marks = Svg::default();
        y = moment(&mut marks, &axis, line, (top, bottom), y);
        if line.mark == Mark::Violation { body.extend(&marks) } else { grid.extend(&marks) }
    }
    y = legend::draw(&mut body, &lanes, y + 22.0);

    let mut picture = Svg::start(WIDTH, y + MARGIN, title);
    picture.extend(&header);
    picture.extend(&grid);
    picture.extend(&body);
    picture.finish()
}

/// Draws a line through all lanes, with its text below them. Returns the bottom of the text.
fn moment(svg: &mut Svg, axis: &Axis, line: &Line, (top, bottom): (f64, f64), y: f64) -> f64 {
    let x = axis.x(line.at);
    let (class, text, y) = match line.mark {
        Mark::Violation => ("violation", line.what.as_str(), y + 16.0),
        _ => ("phase", line.label.as_str(), y + 14.0),
    };
    svg.vertical(x, top, y - 10.0_f64.min(y - bottom), class, &line.to_string());
    // The text is on the side that has more room.
    let is_left = x > f64::midpoint(MARGIN, WIDTH);
    let room = if is_left { x - MARGIN } else { WIDTH - MARGIN - x };
    if let Some(text) = svg::fit(text, room, 11.0) {
        let class = format!("{class}-text{}", if is_left { " end" } else { "" });
        svg.text(x, y, &class, &text);
    }
    y
}

/// Returns a time in seconds, for a label.
fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        _ if seconds < 10.0 => format!("{} s", (seconds * 10.0).round() / 10.0),
        _ if seconds < 120.0 => format!("{} s", seconds.round()),
        _ => format!("{} min", (seconds / 6.0).round() / 10.0),
    }
}
