//! Pictures of timelines.

use std::time::Duration;

use watch_test::check::{Line, Mark, Who, draw};

const SECOND: Duration = Duration::from_secs(1);

/// Two clients: one is cut, waits twice and relists after a 410; the other watches until an oracle objects.
fn lines() -> Vec<Line> {
    let at = |millis: u64| Duration::from_millis(millis);
    let client = |millis, mark, label: &str| Line::new(at(millis), Who::Client(0), "text").drawn(mark, label);
    let to_client = |millis, mark, label: &str| Line::new(at(millis), Who::ToClient(0), "text").drawn(mark, label);
    let problem = |retry_after| Mark::Problem { retry_after };
    vec![
        client(0, Mark::List, ""),
        Line::new(at(0), Who::Client(1), "text").drawn(Mark::StreamingList, ""),
        to_client(40, Mark::Answer, "200"),
        to_client(40, Mark::Over, "end"),
        client(40, Mark::Watch, "207"),
        Line::new(at(1_000), Who::Server, "a write").drawn(Mark::Write, "208"),
        client(1_040, Mark::Event, "208"),
        Line::new(at(1_040), Who::Client(1), "text").drawn(Mark::Initial, "208"),
        Line::new(at(2_000), Who::Net, "cut").drawn(Mark::Fault, "cut"),
        to_client(2_000, Mark::Over, "reset"),
        client(2_000, problem(None), "reset"),
        client(2_000, Mark::Backoff, ""),
        client(3_300, Mark::Watch, "208"),
        to_client(3_340, Mark::Answer, "429"),
        client(3_340, problem(Some(5 * SECOND)), "429"),
        client(3_340, Mark::Backoff, ""),
        client(8_340, Mark::Watch, "208"),
        to_client(8_380, Mark::Answer, "200"),
        client(8_380, Mark::Over, "aborted"),
        client(8_380, problem(None), "410"),
        client(8_380, Mark::List, ""),
        Line::new(at(9_000), Who::Phase, "all faults have ended").drawn(Mark::Phase, "all faults have ended"),
        Line::new(at(64_000), Who::Phase, "FAIL Reliable: version 209 is missing").drawn(Mark::Violation, ""),
    ]
}

#[test]
fn bars_show_what_was_sent_and_how_it_ended() {
    let picture = draw("a title\nFAIL Reliable: version 209 is missing", 2, &lines(), 65 * SECOND);
    for text in [
        "LIST 200",
        "WATCH 207 → reset",
        "backoff 1.3 s",
        "WATCH 208 → 429",
        "Retry-After 5 s",
        "WATCH 208 → 410",
        "WatchList 208",
        "API server",
        "network",
        "client 1",
        "all faults have ended",
        "prefers-color-scheme:dark",
        ">1 min<",
    ] {
        assert!(picture.contains(text), "{text} is missing in {picture}");
    }
    assert_eq!(picture.matches("class=\"violation\"").count(), 1, "{picture}");
    let violation = picture.matches(">FAIL Reliable: version 209 is missing<").count();
    assert_eq!(violation, 2, "in the title, and where it happened: {picture}");
}

#[test]
fn the_same_lines_give_the_same_picture() {
    assert_eq!(draw("t", 2, &lines(), 65 * SECOND), draw("t", 2, &lines(), 65 * SECOND));
}

#[test]
fn texts_of_one_row_do_not_overlap() {
    let mut crowded = lines();
    for number in 0..400_u64 {
        let at = Duration::from_millis(9_000 + 70 * number);
        crowded.push(Line::new(at, Who::Client(1), "an event").drawn(Mark::Event, format!("{}", 1_000_000 + number)));
        crowded.push(Line::new(at, Who::Net, "a fault").drawn(Mark::Fault, "stall"));
    }
    for lines in [lines(), crowded] {
        let picture = draw("a title", 2, &lines, 65 * SECOND);
        // (y, left, right) of each text. All texts but those in the middle of a tick and at the end begin at x.
        let mut texts: Vec<(String, f64, f64)> = picture.lines().filter_map(text).collect();
        assert!(texts.len() > 20, "{picture}");
        texts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for pair in texts.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{pair:?} overlap in {picture}");
            assert!(pair[0].2 <= 960.0 && pair[0].1 >= 0.0, "{:?} is outside of {picture}", pair[0]);
        }
    }
}

/// Returns the position of a text: its y, its left and its right end.
fn text(line: &str) -> Option<(String, f64, f64)> {
    let start = line.find("<text class=\"")?;
    let value = |name: &str| {
        let begin = line[start..].find(name)? + start + name.len();
        Some(&line[begin..begin + line[begin..].find('"')?])
    };
    let (class, x, y) = (value("class=\"")?, value(" x=\"")?.parse::<f64>().ok()?, value(" y=\"")?);
    let content = line[start..].split_once('>')?.1.split_once("</text>")?.0;
    let size = if class.starts_with("tick") { 10.0 } else { 11.0 };
    let width = content.chars().count() as f64 * 0.602 * size;
    let left = match class {
        class if class.contains("middle") => x - width / 2.0,
        class if class.contains("end") => x - width,
        _ => x,
    };
    Some((y.to_owned(), left, left + width))
}

#[test]
fn hostile_texts_stay_texts() {
    let hostile = "</title><script>alert(1)</script>&\"'\u{0}\u{1b}[31m\u{202e}\u{ffff}]]>";
    let long = hostile.repeat(200);
    for text in [hostile, &long] {
        let marks = [Mark::Watch, Mark::Answer, Mark::Initial, Mark::Event, Mark::Over, Mark::Done, Mark::Fault];
        let mut lines: Vec<Line> =
            marks.iter().map(|mark| Line::new(SECOND, Who::Client(0), text).drawn(*mark, text)).collect();
        lines.push(Line::new(SECOND, Who::Server, text).drawn(Mark::Write, text));
        lines.push(Line::new(SECOND, Who::Phase, text).drawn(Mark::Phase, text));
        lines.push(Line::new(SECOND, Who::Phase, text).drawn(Mark::Violation, text));
        let picture = draw(text, 1, &lines, 2 * SECOND);
        assert!(!picture.contains("<script") && !picture.contains("</title></"), "{picture}");
        let is_bad = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{ffff}');
        assert!(!picture.contains(is_bad), "{picture:?}");
        assert!(picture.len() < 60_000, "{} bytes", picture.len());
        // Each element is closed, and nothing else looks like one.
        assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
        assert_eq!(picture.matches('<').count(), picture.matches('>').count(), "{picture}");
    }
}

#[test]
fn odd_timelines_are_drawn_too() {
    let far = Duration::from_secs(400 * 24 * 3600);
    for (lines, end) in [
        (vec![], Duration::ZERO),
        (lines(), Duration::ZERO),
        (vec![Line::of_client(SECOND, 7, Mark::Watch, "of a client that doesn't exist")], SECOND),
        (lines(), far),
        (lines(), Duration::MAX),
    ] {
        let picture = draw("", 2, &lines, end);
        assert!(picture.ends_with("</svg>\n") && !picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    }
}
