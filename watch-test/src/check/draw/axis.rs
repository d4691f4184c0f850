//! The time axis.

use core::time::Duration;

use super::lane::Lane;
use super::svg::{self, Svg};
use super::{LEFT, RIGHT, WIDTH};

/// The distances between ticks, in milliseconds, from large to small.
const STEPS: [u64; 17] = [
    24 * HOUR,
    6 * HOUR,
    HOUR,
    30 * MINUTE,
    10 * MINUTE,
    5 * MINUTE,
    MINUTE,
    30_000,
    10_000,
    5_000,
    1_000,
    500,
    100,
    50,
    10,
    5,
    1,
];
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// The space between the labels of two ticks.
const GAP: f64 = 14.0;
/// The most ticks of one distance that are tried in one interval between ticks of a larger distance.
const MOST_TRIED: u64 = 200;
/// The largest share of the width that the labels of bars may take.
const CLAIMED: f64 = 0.85;
/// The number of passes that adapt the widths to the labels.
const ROUNDS: usize = 8;

/// Maps times to positions. The scale is constant between two consecutive events. The width of an interval is
/// proportional to the square root of its length. It is larger if the label of a bar needs more.
#[derive(Debug)]
pub(super) struct Axis {
    times: Vec<Duration>,
    positions: Vec<f64>,
}

impl Axis {
    pub(super) fn new(lanes: &[Lane], others: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<Duration> = lanes.iter().flat_map(Lane::times).chain(others).collect();
        times.push(Duration::ZERO);
        times.sort_unstable();
        times.dedup();
        if times.len() == 1 {
            times.push(times[0] + Duration::from_secs(1));
        }
        let index = |at: Duration| times.partition_point(|time| *time < at);
        let mut needs: Vec<(usize, usize, f64)> = Vec::new();
        for lane in lanes {
            for row in &lane.rows {
                let claimed: f64 = row.iter().map(|bar| bar.wanted_width()).sum();
                let share = (CLAIMED * (RIGHT - LEFT) / claimed.max(1.0)).min(1.0);
                needs.extend(row.iter().map(|bar| (index(bar.from), index(bar.to), bar.wanted_width() * share)));
            }
        }
        let mut weights: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64().sqrt()).collect();
        let mut positions = positions(&weights);
        for _ in 0..ROUNDS {
            for (from, to, need) in &needs {
                let width = positions[*to] - positions[*from];
                if to > from && width < *need {
                    let factor = (need / width.max(0.1)).min(4.0);
                    weights[*from..*to].iter_mut().for_each(|weight| *weight *= factor);
                }
            }
            positions = self::positions(&weights);
        }
        Self { times, positions }
    }

    /// Returns the position of a time, which is within the axis.
    pub(super) fn x(&self, at: Duration) -> f64 {
        let last = self.times.len() - 1;
        let after = self.times.partition_point(|time| *time < at).clamp(1, last);
        let (from, to) = (self.times[after - 1], self.times[after]);
        let part = at.saturating_sub(from).as_secs_f64() / (to - from).as_secs_f64();
        let (left, right) = (self.positions[after - 1], self.positions[after]);
        left + (right - left) * part.min(1.0)
    }

    /// Draws ticks at round times, as many as have room for their labels, and lines down from them.
    pub(super) fn draw(&self, svg: &mut Svg, top: f64, bottom: f64) {
        let end = self.times.last().copied().unwrap_or_default();
        let last = u64::try_from(end.as_millis()).unwrap_or(u64::MAX);
        // Sorted: the time in milliseconds, and the left and the right end of its label.
        let mut ticks: Vec<(u64, f64, f64)> = Vec::new();
        for step in STEPS {
            let mut from = 0_u64;
            let fences: Vec<u64> = ticks.iter().map(|tick| tick.0).chain([last]).collect();
            for fence in fences {
                let first = from.div_ceil(step);
                if (fence / step).saturating_sub(first) <= MOST_TRIED {
                    for at in (first..=fence / step).map(|number| number * step) {
                        self.place(&mut ticks, at);
                    }
                }
                from = fence;
            }
        }
        for (at, ..) in ticks {
            let x = self.x(Duration::from_millis(at));
            svg.vertical(x, top, bottom, "grid", "");
            svg.text(x, top - 6.0, "tick middle", &label(at));
        }
    }

    /// Adds a tick, if its label has room between the others.
    fn place(&self, ticks: &mut Vec<(u64, f64, f64)>, at: u64) {
        let half = svg::width(&label(at), 10.0) / 2.0;
        let x = self.x(Duration::from_millis(at));
        let (left, right) = (x - half, x + half);
        let index = ticks.partition_point(|tick| tick.0 < at);
        let is_free = right < WIDTH - 4.0
            && index.checked_sub(1).is_none_or(|before| ticks[before].2 + GAP <= left)
            && ticks.get(index).is_none_or(|after| right + GAP <= after.1);
        if is_free {
            ticks.insert(index, (at, left, right));
        }
    }
}

fn positions(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut positions = vec![LEFT];
    positions.extend(weights.iter().map(|weight| {
        sum += weight;
        LEFT + (RIGHT - LEFT) * sum / total
    }));
    positions
}

/// Returns the label of a tick: `0`, `0.5 s`, `1 min 30 s`, `2 h`.
fn label(millis: u64) -> String {
    if millis == 0 {
        return "0".into();
    }
    let (hours, minutes, rest) = (millis / HOUR, millis % HOUR / MINUTE, millis % MINUTE);
    let mut parts = Vec::new();
    if hours > 0 {
        parts.push(format!("{hours} h"));
    }
    if minutes > 0 {
        parts.push(format!("{minutes} min"));
    }
    if rest > 0 {
        parts.push(format!("{} s", rest as f64 / 1000.0));
    }
    parts.join(" ")
}
