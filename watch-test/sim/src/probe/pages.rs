//! The pages of one list: tokens that end, that lead into a circle, or that are too long; empty pages; limits. Each seed
//! is one list, so a circle of any length and any way into it are reached.

use watch_core::{Cause, Config, Event, InitialList, Limits, Notice, Output, Resource, Start, Watcher};
use watch_test::check::Rng;

use super::rig::{Rig, parameters, request};
use super::text;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// A list with more consecutive pages without an item is given up.
const MOST_EMPTY: u64 = 10;

/// A list of pages, numbered from 1.
#[derive(Clone, Debug)]
struct Pages {
    /// The number of pages before the circle, or of all pages.
    count: u64,
    /// The number of pages of the circle; 0: the list ends.
    circle: u64,
    /// One in this many pages has no item.
    empty: u64,
    /// The length of each token at least.
    length: usize,
    limits: Limits,
}

impl Pages {
    fn drawn(rng: &mut Rng) -> Self {
        let mut limits = Limits::default();
        if rng.one_in(4) {
            limits.pages = rng.pick(&[1, 2, 3, 7, 20]);
        }
        if rng.one_in(6) {
            limits.continue_token = rng.pick(&[0, 1, 2, 3, 10]);
        }
        Self {
            count: rng.skewed(40),
            circle: if rng.one_in(3) { 0 } else { rng.skewed(40) },
            empty: rng.pick(&[1, 2, 6, 1000, 1000, 1000]),
            length: rng.pick(&[1, 1, 1, 11]),
            limits,
        }
    }

    /// Returns the number of the page after this one; `None` after the last page.
    const fn next(&self, page: u64) -> Option<u64> {
        match (page < self.count + self.circle, self.circle) {
            (true, _) => Some(page + 1),
            (false, 0) => None,
            (false, _) => Some(self.count + 1),
        }
    }

    fn token(&self, page: u64) -> String {
        format!("{page:0>length$}", length = self.length)
    }
}

/// How the list ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Complete,
    Endless(u32),
}

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let pages = Pages::drawn(rng);
    transcript.note(|| format!("{pages:?}"));
    let config = Config::builder(Resource::core("v1", "pods"))
        .start(Start::InitialList(InitialList::List))
        .limits(pages.limits.clone())
        .page_size(Some(2))
        .build()
        .or_else(|error| broken(Oracle::Misuse, error.to_string()))?;
    let mut rig = Rig::new(Watcher::new(config));
    let (mut read, mut emptied, mut longest) = (Vec::new(), 0, 0);
    let end = loop {
        let outputs = rig.poll(transcript)?;
        if let Some(end) = ended(&outputs) {
            break end;
        }
        let sent = request(&outputs).map(parameters).unwrap_or_default();
        let token = sent.iter().find(|(name, _)| name == "continue").map(|(_, value)| value.as_str());
        let page = token.map_or(Some(1), |token| token.parse().ok());
        let Some(page) = page.filter(|page| token.is_none_or(|token| token == pages.token(*page))) else {
            return broken(Oracle::Requests, format!("the token {token:?} was never sent"));
        };
        read.push(page);
        let is_empty = rng.one_in(pages.empty);
        emptied = if is_empty { emptied + 1 } else { 0 };
        longest = longest.max(emptied);
        if read.len() > 400 {
            return broken(Oracle::Endings, format!("{pages:?}: it still reads after 400 pages"));
        }
        rig.answer(body(rng, page, is_empty, pages.next(page).map(|next| pages.token(next)).as_deref()))?;
    };
    transcript.number(read.len() as u64);
    agree(&pages, &read, longest, &end)
}

fn ended(outputs: &[Output]) -> Option<End> {
    outputs.iter().find_map(|output| match output {
        Output::Event(Event::InitialEnd { .. }) => Some(End::Complete),
        Output::Notice(Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. }) => {
            match trouble.cause {
                Cause::EndlessList { pages } => Some(End::Endless(pages)),
                _ => Some(End::Endless(0)),
            }
        }
        Output::Done(_) => Some(End::Endless(0)),
        _ => None,
    })
}

/// Compares the pages that were read with the list.
fn agree(pages: &Pages, read: &[u64], longest: u64, end: &End) -> Result<(), Violation> {
    let wrong = |what: &str| broken(Oracle::Endings, format!("{pages:?}: {what}; read {read:?}, then {end:?}"));
    if longest > MOST_EMPTY + 1 {
        return wrong("it goes on after too many empty pages");
    }
    let mut expected = Some(1);
    for page in read {
        if Some(*page) != expected {
            return wrong("a page was left out or read twice");
        }
        expected = pages.next(*page);
    }
    let last = read.last().copied().unwrap_or_default();
    let count = read.len() as u64;
    if *end == End::Complete {
        return if pages.next(last).is_none() { Ok(()) } else { wrong("the list isn't complete") };
    }
    if *end != End::Endless(read.len() as u32) {
        return wrong("the report has another number of pages");
    }
    let Some(next) = pages.next(last) else { return wrong("the list was complete") };
    let is_excused = count >= u64::from(pages.limits.pages)
        || pages.token(next).len() > pages.limits.continue_token
        || longest > MOST_EMPTY;
    let is_again = pages.circle > 0 && count >= pages.count + pages.circle;
    if !is_excused && !is_again {
        return wrong("it gave up a list that goes on");
    }
    // Brent's algorithm finds a circle within three times the longer of the way into it and of its length.
    if is_again && count > 3 * pages.count.max(pages.circle) + 3 {
        return wrong("the circle was found late");
    }
    Ok(())
}

fn body(rng: &mut Rng, page: u64, is_empty: bool, token: Option<&str>) -> String {
    let token = token.map(|token| format!(",\"continue\":\"{token}\"")).unwrap_or_default();
    let name = text::plain(rng, 5);
    let item = format!("{{\"metadata\":{{\"name\":\"{name}{page}\",\"resourceVersion\":\"5\"}}}}");
    let items = if is_empty { "" } else { &item };
    format!("{{\"kind\":\"PodList\",\"metadata\":{{\"resourceVersion\":\"7\"{token}}},\"items\":[{items}]}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_read_in_another_way_is_found() {
        let pages = Pages { count: 2, circle: 3, empty: 1000, length: 1, limits: Limits::default() };
        assert_eq!(agree(&pages, &[1, 2, 3, 4, 5], 0, &End::Endless(5)), Ok(()));
        assert!(agree(&pages, &[1, 2, 3, 4, 5], 0, &End::Endless(4)).is_err());
        assert!(agree(&pages, &[1, 2, 3], 0, &End::Endless(3)).is_err());
        assert!(agree(&pages, &[1, 2, 4], 0, &End::Endless(3)).is_err());
        assert!(agree(&pages, &[1, 2], 0, &End::Complete).is_err());
        let late = [1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5, 3, 4];
        assert!(agree(&pages, &late, 0, &End::Endless(13)).is_err());
    }
}
