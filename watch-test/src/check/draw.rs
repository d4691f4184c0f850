//! A picture of a timeline: requests as bars, events as ticks, faults as marks, against the clock.

use core::time::Duration;

use super::timeline::{Line, Mark, Who};

const WIDTH: f64 = 1400.0;
const LEFT: f64 = 90.0;

/// Draws a timeline as SVG, with a lane for the server, one for the network, and one for each of `clients`. `end` is
/// the time when the run ended. Busy periods get more space than idle ones, so that both bursts and silences are
/// visible.
///
/// ```
/// use core::time::Duration;
/// use watch_test::check::{Line, Mark, Who, draw};
///
/// let second = Duration::from_secs(1);
/// let lines = [
///     Line::of_client(second, 0, Mark::Watch, "WATCH pods"),
///     Line::new(2 * second, Who::Net, "cut"),
///     Line::of_client(2 * second, 0, Mark::Problem, "the connection was reset"),
/// ];
/// assert!(draw("a cut", 1, &lines, 3 * second).starts_with("<svg"));
/// ```
pub fn draw(title: &str, clients: usize, lines: &[Line], end: Duration) -> String {
    let times = Times::new(lines);
    let lane = |client: usize| 90.0 + 110.0 * client as f64;
    let height = lane(clients) + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"16\">{}</text>\n",
        WIDTH + LEFT + 20.0,
        escape(title),
    );
    for (label, y) in [("server", 46.0), ("network", 66.0)] {
        svg.push_str(&format!("<text x=\"8\" y=\"{y}\">{label}</text>\n"));
    }
    let mut open: Vec<Option<&Line>> = vec![None; clients];
    for line in lines {
        let x = times.x(line.at);
        match line.who {
            Who::Server => tick(&mut svg, x, 38.0, 10.0, "#888", line),
            Who::Net => tick(&mut svg, x, 58.0, 10.0, "#c22", line),
            Who::Phase => tick(&mut svg, x, 24.0, height - 30.0, "#2a2", line),
            Who::ToClient(client) => tick(&mut svg, x, lane(client) + 44.0, 8.0, "#bbb", line),
            Who::Client(client) => {
                let Some(open) = open.get_mut(client) else { continue };
                match line.mark {
                    Mark::List | Mark::StreamingList | Mark::Watch => {
                        close(&mut svg, &times, open, line.at, lane(client));
                        *open = Some(line);
                    }
                    Mark::Initial => tick(&mut svg, x, lane(client) + 26.0, 14.0, "#27c", line),
                    Mark::Event => tick(&mut svg, x, lane(client) + 26.0, 14.0, "#083", line),
                    Mark::Problem => {
                        close(&mut svg, &times, open, line.at, lane(client));
                        tick(&mut svg, x, lane(client) - 14.0, 12.0, "#e80", line);
                    }
                    Mark::Note => {}
                }
            }
        }
    }
    for (client, open) in open.iter_mut().enumerate() {
        close(&mut svg, &times, open, end, lane(client));
        svg.push_str(&format!("<text x=\"8\" y=\"{}\">client {client}</text>\n", lane(client) + 16.0));
    }
    svg.push_str("</svg>\n");
    svg
}

/// Returns the position of a time on the axis: half by time, half by the number of lines before it.
#[derive(Debug)]
struct Times {
    at: Vec<Duration>,
}

impl Times {
    fn new(lines: &[Line]) -> Self {
        Self { at: lines.iter().map(|line| line.at).collect() }
    }

    fn x(&self, at: Duration) -> f64 {
        let last = self.at.last().copied().unwrap_or_default().as_secs_f64().max(0.001);
        let before = self.at.partition_point(|other| *other < at) as f64 / self.at.len().max(1) as f64;
        LEFT + WIDTH * f64::midpoint(at.as_secs_f64() / last, before).min(1.0)
    }
}

fn close(svg: &mut String, times: &Times, open: &mut Option<&Line>, at: Duration, y: f64) {
    let Some(line) = open.take() else { return };
    let (x, end) = (times.x(line.at), times.x(at));
    let color = match line.mark {
        Mark::StreamingList => "#cdf",
        Mark::List => "#aae",
        _ => "#cec",
    };
    svg.push_str(&format!(
        "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"20\" fill=\"{color}\" stroke=\"#777\" \
         stroke-width=\"0.5\"><title>{}</title></rect>\n",
        (end - x).max(1.0),
        escape(&format!("{:.3}s–{:.3}s {}", line.at.as_secs_f64(), at.as_secs_f64(), line.what)),
    ));
}

fn tick(svg: &mut String, x: f64, y: f64, height: f64, color: &str, line: &Line) {
    svg.push_str(&format!(
        "<rect x=\"{x:.1}\" y=\"{y}\" width=\"1.5\" height=\"{height}\" fill=\"{color}\"><title>{}</title></rect>\n",
        escape(&line.to_string())
    ));
}

fn escape(text: &str) -> String {
    let short: String = text.chars().take(300).filter(|c| !c.is_control()).collect();
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
