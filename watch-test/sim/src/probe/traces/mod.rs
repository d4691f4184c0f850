//! Traces: a recorded watcher replays, and an error names the line of the file that has the problem.

mod session;

use watch_core::trace::{self, Difference, Entry, TraceError, Traced};
use watch_core::{Config, Instant, Watcher};
use watch_test::check::Rng;

use super::hashed;
use super::rig::Rig;
use super::settings::Settings;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let settings = Settings::drawn(rng, 0);
    let Ok(config) = settings.builder().build() else { return Ok(()) };
    let config = settings.or_seed.map_or_else(|| config.clone(), |seed| config.clone().or_seed(seed));
    transcript.note(|| format!("{settings:?}"));
    let lines = recorded(rng, Watcher::new(config.clone()), transcript)?;
    lines.iter().for_each(|line| hashed::text(transcript, line));
    checked(rng, &lines)?;
    check_settings(&lines, &config)?;
    begun_late(rng, &config)?;
    from_a_checkpoint(rng, &config, &lines, transcript)
}

/// Records a watcher through a few steps of a drawn server, one entry a line.
fn recorded(rng: &mut Rng, watcher: Watcher, transcript: &mut Transcript) -> Result<Vec<String>, Violation> {
    let mut lines = Vec::new();
    let traced = Traced::new(watcher, |entry: Entry| lines.push(serde_json::to_string(&entry).unwrap_or_default()));
    let mut rig = Rig::new(traced);
    session::run(rng, &mut rig, transcript)?;
    drop(rig);
    Ok(lines)
}

fn checked(rng: &mut Rng, lines: &[String]) -> Result<(), Violation> {
    expect("a trace as it was recorded", &replayed(&lines.join("\n")), &Ok(()))?;
    let (text, numbers) = with_empty_lines(rng, lines);
    expect("a trace with empty lines", &replayed(&text), &Ok(()))?;
    let file: Vec<&str> = text.lines().collect();
    // One line of the file is damaged.
    let index = rng.below(lines.len() as u64) as usize;
    let at = numbers[index];
    let mut damaged = file.clone();
    let half = &file[at][..cut(file[at], rng)];
    damaged[at] = if half.trim().is_empty() { "x" } else { half };
    let expected = if index == 0 { Wrong::Beginning } else { Wrong::Line(at + 1) };
    named(&replayed(&damaged.join("\n")), &expected)?;
    // One output is changed.
    if let Some(index) = polled(rng, lines) {
        let mut changed = file.clone();
        let other = another_output(&lines[index]);
        changed[numbers[index]] = &other;
        named(&replayed(&changed.join("\n")), &Wrong::Entry(index))?;
    }
    named(&replayed(&lines[1..].join("\n")), if lines.len() == 1 { &Wrong::Empty } else { &Wrong::Beginning })?;
    let twice: Vec<&str> = lines.iter().chain(lines.first()).map(String::as_str).collect();
    named(&replayed(&twice.join("\n")), &Wrong::SecondBeginning(lines.len()))?;
    let other = rng.pick(&[0, 1, 3, u32::MAX]);
    let format = lines.join("\n").replacen("\"format\":2", &format!("\"format\":{other}"), 1);
    named(&replayed(&format), &Wrong::Format(other))?;
    if rng.one_in(4) { entries(lines) } else { Ok(()) }
}

/// Checks entries that weren't read from a text: the same problems are found.
fn entries(lines: &[String]) -> Result<(), Violation> {
    let read = || trace::read(&lines.join("\n")).unwrap_or_default();
    named(&trace::replay([]), &Wrong::Empty)?;
    let rest: Vec<Entry> = read().into_iter().skip(1).collect();
    let wrong = if rest.is_empty() { Wrong::Empty } else { Wrong::Beginning };
    named(&trace::replay(rest), &wrong)?;
    // Without its requests, a watcher refuses the answers.
    let sent = |entry: &Entry| !matches!(entry, Entry::Polled { .. });
    let handled: Vec<Entry> = read().into_iter().filter(sent).collect();
    let has_answer = lines.iter().any(|line| line.starts_with("{\"handled\"") && line.contains("\"id\""));
    match trace::replay(handled) {
        Ok(()) if !has_answer => {}
        Err(TraceError::Difference(_)) if has_answer => {}
        found => return broken(Oracle::Reference, format!("a trace without requests: {found:?}")),
    }
    let again = read().into_iter().take(1);
    named(&trace::replay(read().into_iter().chain(again)), &Wrong::SecondBeginning(lines.len()))
}

/// Returns the place of a character within the line, so that what is before it isn't an entry.
fn cut(line: &str, rng: &mut Rng) -> usize {
    let place = rng.below(line.len() as u64) as usize;
    (0..=place).rev().find(|place| line.is_char_boundary(*place)).unwrap_or(0)
}

/// Puts empty lines between the entries. Returns also the number of each entry's line, from 0.
fn with_empty_lines(rng: &mut Rng, lines: &[String]) -> (String, Vec<usize>) {
    let (mut file, mut numbers) = (Vec::new(), Vec::new());
    for line in lines {
        for _ in 0..rng.below(4).saturating_sub(2) {
            file.push(rng.pick(&["", " ", "\t"]).to_owned());
        }
        numbers.push(file.len());
        file.push(line.clone());
    }
    let line_break = rng.pick(&["\n", "\r\n"]);
    (file.join(line_break) + line_break, numbers)
}

/// Returns the index of an entry with an output.
fn polled(rng: &mut Rng, lines: &[String]) -> Option<usize> {
    let polled: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].starts_with("{\"polled\"")).collect();
    (!polled.is_empty()).then(|| rng.pick(&polled))
}

fn another_output(line: &str) -> String {
    let Ok(mut entry) = serde_json::from_str::<serde_json::Value>(line) else { return line.into() };
    entry["polled"]["output"] = "another".into();
    entry.to_string()
}

fn replayed(text: &str) -> Result<(), TraceError> {
    trace::replay(trace::read(text)?)
}

fn expect(what: &str, found: &Result<(), TraceError>, expected: &Result<(), TraceError>) -> Result<(), Violation> {
    if found == expected {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{what}: {found:?}, not {expected:?}"))
}

/// The problem of a trace.
#[derive(Debug)]
enum Wrong {
    Empty,
    Beginning,
    Format(u32),
    /// The number of the line, from 1.
    Line(usize),
    SecondBeginning(usize),
    /// The index of an entry that differs.
    Entry(usize),
}

fn named(found: &Result<(), TraceError>, expected: &Wrong) -> Result<(), Violation> {
    let is_right = match (expected, found) {
        (Wrong::Empty, Err(TraceError::Empty))
        | (Wrong::Beginning, Err(TraceError::NoBeginning | TraceError::Line { line: 1.., .. })) => true,
        (Wrong::Format(expected), Err(TraceError::Format { found })) => expected == found,
        (Wrong::Line(expected), Err(TraceError::Line { line, .. })) => expected == line,
        (Wrong::SecondBeginning(expected), Err(TraceError::SecondBeginning { index })) => expected == index,
        (Wrong::Entry(expected), Err(TraceError::Difference(Difference { index, .. }))) => expected == index,
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("a trace with {expected:?} wrong: {found:?}"))
}

/// Checks that the first entry has all settings, and that it is the same after it is read and written.
fn check_settings(lines: &[String], config: &Config) -> Result<(), Violation> {
    let first = lines.first().map_or("", String::as_str);
    let Ok(Entry::Begin(begin)) = serde_json::from_str::<Entry>(first) else {
        return broken(Oracle::Reference, format!("the first line of a trace is {first}"));
    };
    let settings = |config: &Config| {
        let selectors = (config.label_selector().map(str::to_owned), config.field_selector().map(str::to_owned));
        (config.target().to_owned(), config.resource().clone(), selectors, config.representation(), config.seed())
    };
    let (found, expected) = (settings(&begin.config), settings(config));
    let again = serde_json::to_string(&Entry::Begin(begin)).unwrap_or_default();
    if found != expected || again != first {
        return broken(Oracle::Reference, format!("a trace has {found:?}, not {expected:?}: {again}, not {first}"));
    }
    Ok(())
}

/// Checks that a watcher that was used before the recording can't be replayed.
fn begun_late(rng: &mut Rng, config: &Config) -> Result<(), Violation> {
    let mut watcher = Watcher::new(config.clone());
    let used = rng.below(3);
    match used {
        0 => drop(watcher.poll(Instant::ORIGIN)),
        1 => drop(watcher.handle(watch_core::Input::Stop)),
        _ => drop(watcher.handle(watch_core::Input::Relist)),
    }
    let is_relist = matches!(used, 2..);
    let lines = recorded(rng, watcher, &mut Transcript::new(false))?;
    match replayed(&lines.join("\n")) {
        // Before the first poll, a relist may have no effect.
        Ok(()) if is_relist => Ok(()),
        found => expect("a recording that began late", &found, &Err(TraceError::BegunLate)),
    }
}

/// Checks that a watcher that resumed is recorded with its checkpoint.
fn from_a_checkpoint(
    rng: &mut Rng,
    config: &Config,
    lines: &[String],
    transcript: &mut Transcript,
) -> Result<(), Violation> {
    let Ok(entries) = trace::read(&lines.join("\n")) else { return Ok(()) };
    let mut watcher = Watcher::new(config.clone());
    for entry in entries {
        match entry {
            Entry::Handled(input) => drop(watcher.handle(input)),
            Entry::Polled { now, .. } => drop(watcher.poll(now)),
            Entry::Begin(_) => {}
        }
    }
    let Some(checkpoint) = watcher.checkpoint() else { return Ok(()) };
    let Ok(resumed) = Watcher::resume(config.clone(), &checkpoint) else {
        return broken(Oracle::Reference, "a checkpoint of the same configuration is refused");
    };
    let lines = recorded(rng, resumed, transcript)?;
    expect("a recorded watcher that resumed", &replayed(&lines.join("\n")), &Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_whose_damage_is_named_elsewhere_is_found() {
        let line = |line| Err(TraceError::Line { line, why: "".into() });
        assert_eq!(named(&line(4), &Wrong::Line(4)), Ok(()));
        assert!(named(&line(3), &Wrong::Line(4)).is_err());
        assert!(named(&Ok(()), &Wrong::Entry(3)).is_err());
        assert!(named(&Err(TraceError::Empty), &Wrong::Format(1)).is_err());
        assert!(expect("a trace", &Err(TraceError::Empty), &Ok(())).is_err());
        assert!(
            check_settings(&["{}".into()], &Settings::drawn(&mut Rng::new(1), 0).builder().build().unwrap()).is_err()
        );
    }
}
