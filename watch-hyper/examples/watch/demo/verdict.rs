//! The check at the end of the demonstration.

use watch_test::TestServer;

use super::super::printer::Printer;
use super::super::session::Seen;
use super::story::Chapters;

/// Prints the summary.
pub(super) fn summarize(server: &TestServer, chapters: &Chapters, seen: &Seen, printer: &mut Printer) {
    let tally = &seen.tally;
    let counts = |counts: &std::collections::BTreeMap<&str, usize>| {
        counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    printer.chapter("Summary");
    printer.row("events", &counts(&tally.events));
    printer.row("changes", &counts(&tally.changes));
    for request in server.requests() {
        printer.row("request", request.to_string().trim_start());
    }
    printer.row("retried", &format!("{} time(s); resumed, as long as the server had the version", tally.resumed));
    for restart in tally.restarts() {
        printer.row("relisted", &restart);
    }
    for (what, was_seen) in chapters {
        printer.row(if *was_seen { "seen" } else { "NOT SEEN" }, what);
    }
}

/// Compares the mirror with the server. Returns whether they are equal and every step was seen.
pub(super) fn judge(server: &TestServer, chapters: &Chapters, seen: &Seen, printer: &mut Printer) -> bool {
    let truth = server.objects("pods");
    let differences = seen.mirror.differences(&truth);
    if differences.is_empty() {
        printer.row("nothing lost", &format!("the mirror equals the server: {} pods", truth.len()));
    }
    for difference in &differences {
        printer.row("LOST", difference);
    }
    differences.is_empty() && chapters.iter().all(|(_, was_seen)| *was_seen)
}
