//! The table, in Markdown.

use core::fmt::Display;

use crate::trial::Outcome;

/// Returns the table: one column for each client, one row for each scenario.
pub fn markdown(clients: &[&str], rows: &[(&str, Vec<Vec<Outcome>>)]) -> String {
    let mut lines = vec![line("trouble", clients), line("---", &vec!["---"; clients.len()])];
    for (trouble, outcomes) in rows {
        let cells: Vec<String> = outcomes.iter().map(|outcomes| cell(outcomes)).collect();
        lines.push(line(trouble, &cells));
    }
    lines.join("\n")
}

/// Returns a cell: how often the client was right (if not always), the range of the times, and the range of the number
/// of requests.
pub fn cell(outcomes: &[Outcome]) -> String {
    let mut times = Vec::new();
    let mut requests = Vec::new();
    let mut limits = Vec::new();
    for outcome in outcomes {
        match outcome {
            Outcome::Equal { after, requests: sent } => {
                times.push(format!("{:.1}", after.as_secs_f64()));
                requests.push(*sent);
            }
            Outcome::NotEqual { limit, requests: sent } => {
                limits.push(limit.as_secs());
                requests.push(*sent);
            }
            Outcome::Failed(why) => return format!("**failed**: {why}"),
        }
    }
    times.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    requests.sort_unstable();
    let sent = range(&requests);
    match limits.first() {
        None => format!("equal, {} s, {sent} sent", range(&times)),
        Some(limit) if times.is_empty() => format!("**not equal** in {limit} s, {sent} sent"),
        Some(limit) => format!(
            "**not equal** in {limit} s {} of {} times, else {} s, {sent} sent",
            limits.len(),
            outcomes.len(),
            range(&times)
        ),
    }
}

/// Returns the range from the least to the greatest, or one value if they are equal.
fn range<T: Display + PartialEq>(sorted: &[T]) -> String {
    match (sorted.first(), sorted.last()) {
        (Some(least), Some(greatest)) if least != greatest => format!("{least}–{greatest}"),
        (Some(only), _) => only.to_string(),
        (None, _) => String::new(),
    }
}

fn line<T: AsRef<str>>(first: &str, others: &[T]) -> String {
    let cells = core::iter::once(first).chain(others.iter().map(AsRef::as_ref));
    // A bar would begin another cell.
    let cells: Vec<String> = cells.map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{cell, markdown};
    use crate::trial::Outcome;

    fn equal(millis: u64, requests: usize) -> Outcome {
        Outcome::Equal { after: Duration::from_millis(millis), requests }
    }

    fn not_equal(requests: usize) -> Outcome {
        Outcome::NotEqual { limit: Duration::from_secs(60), requests }
    }

    #[test]
    fn a_row_for_each_trouble() {
        let failed = || vec![Outcome::Failed("a|b".into())];
        let table = markdown(&["one", "other"], &[("410", vec![failed(), failed()])]);
        let expected =
            "| trouble | one | other |\n| --- | --- | --- |\n| 410 | **failed**: a\\|b | **failed**: a\\|b |";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_cell_has_the_least_and_the_greatest() {
        assert_eq!(cell(&[equal(1_240, 3)]), "equal, 1.2 s, 3 sent");
        assert_eq!(cell(&[equal(10_000, 3), equal(9_000, 12), equal(9_500, 4)]), "equal, 9.0–10.0 s, 3–12 sent");
        assert_eq!(cell(&[not_equal(0), not_equal(0)]), "**not equal** in 60 s, 0 sent");
        let mixed = cell(&[equal(1_000, 2), not_equal(9), equal(2_000, 2)]);
        assert_eq!(mixed, "**not equal** in 60 s 1 of 3 times, else 1.0–2.0 s, 2–9 sent");
    }
}
