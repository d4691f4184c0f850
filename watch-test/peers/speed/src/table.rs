//! The results as a table in Markdown.

use crate::clients::{Client, Group, Measures};
use crate::measure::Measured;

/// The rounds of one client.
#[derive(Clone, Debug)]
pub struct Rounds {
    /// The client.
    pub client: Client,
    /// One measurement a round.
    pub measured: Vec<Measured>,
}

/// The least, the median and the greatest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The median; of an even number, the greater of the two in the middle.
    pub median: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// Returns the spread of the numbers; `None` of none.
    pub fn of(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let median = *sorted.get(sorted.len() / 2)?;
        Some(Self { least: *sorted.first()?, median, greatest: *sorted.last()? })
    }
}

impl Rounds {
    /// Returns the CPU time per event or object, in microseconds.
    pub fn cpu(&self) -> Option<Spread> {
        Spread::of(self.measured.iter().map(|one| one.cpu_nanos as f64 / one.counted as f64 / 1e3))
    }

    fn wall(&self) -> Option<Spread> {
        Spread::of(self.measured.iter().map(|one| one.wall_nanos as f64 / one.counted as f64 / 1e3))
    }

    fn peak(&self) -> Option<Spread> {
        Spread::of(self.measured.iter().map(|one| one.peak_kib as f64 / 1024.0))
    }

    /// Returns the median memory at the end per event, object or watch, in bytes.
    fn kept_of_one(&self) -> f64 {
        let each = self.measured.iter().map(|one| one.kept_kib as f64 * 1024.0 / one.counted as f64);
        Spread::of(each).map_or(f64::NAN, |kept| kept.median)
    }

    /// Returns the median of the bytes in allocated blocks at the end, per event, object or watch, if they were counted.
    fn live_of_one(&self) -> Option<f64> {
        let each = self.measured.iter().filter_map(|one| Some(one.live_bytes? as f64 / one.counted as f64));
        Spread::of(each).map(|live| live.median)
    }

    fn anonymous(&self) -> Option<Spread> {
        Spread::of(self.measured.iter().filter_map(|one| Some(one.anonymous_kib? as f64 / 1024.0)))
    }

    fn kept(&self) -> Option<Spread> {
        Spread::of(self.measured.iter().map(|one| one.kept_kib as f64 / 1024.0))
    }
}

/// Returns the table of a group.
pub fn table(group: &Group, rounds: &[Rounds]) -> String {
    let unit = group.measures.unit();
    let base = rounds.iter().find(|rounds| rounds.client.name == group.base).and_then(Rounds::cpu);
    // No event is kept.
    let is_kept = group.measures != Measures::Events;
    let is_counted = rounds.iter().any(|one| one.live_of_one().is_some());
    let (mut kept_title, mut line) =
        if is_kept { (format!(" at the end, bytes {unit} |"), "---|".to_owned()) } else { Default::default() };
    if is_counted {
        kept_title.push_str(&format!(" of them in blocks, bytes {unit} |"));
        line.push_str("---|");
    }
    let mut table = format!(
        "| {} | CPU, µs {unit} | least–greatest | CPU relative to {} | wall, µs {unit} | peak memory, MiB | memory at the end, MiB | of it heap and stacks |{kept_title}\n|---|---|---|---|---|---|---|---|{line}\n",
        group.about, group.base
    );
    for one in rounds {
        let (Some(cpu), Some(wall), Some(peak), Some(kept)) = (one.cpu(), one.wall(), one.peak(), one.kept()) else {
            let last = " |".repeat(usize::from(is_kept) + usize::from(is_counted));
            table.push_str(&format!("| {} | not run | | | | | | |{last}\n", one.client.about));
            continue;
        };
        let anonymous = one.anonymous().map_or_else(String::new, |anonymous| format!("{:.1} ", anonymous.median));
        let ratio = base.map_or(f64::NAN, |base| cpu.median / base.median);
        let mut kept_of_one = if is_kept { format!(" {:.0} |", one.kept_of_one()) } else { String::new() };
        if is_counted {
            let live = one.live_of_one().map_or_else(|| "not counted".to_owned(), |live| format!("{live:.0}"));
            kept_of_one.push_str(&format!(" {live} |"));
        }
        table.push_str(&format!(
            "| {} | {:.1} | {:.1}–{:.1} | {ratio:.2} × | {:.1} | {:.1} | {:.1} | {anonymous}|{kept_of_one}\n",
            one.client.about, cpu.median, cpu.least, cpu.greatest, wall.median, peak.median, kept.median
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_the_sorted_numbers() {
        let spread = Spread::of([3.0, 1.0, 9.0].into_iter());
        assert_eq!(spread, Some(Spread { least: 1.0, median: 3.0, greatest: 9.0 }));
        assert_eq!(Spread::of(core::iter::empty()), None);
    }
}
