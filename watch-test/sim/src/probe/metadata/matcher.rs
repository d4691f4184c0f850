//! `LabelMatcher`: a reference evaluates the requirements as they were drawn.

use watch_core::{ConfigError, LabelMatcher, LabelSelector, Object};
use watch_test::check::Rng;

use super::draw::{KEYS, VALUES};
use crate::probe::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// A requirement, with the documented meaning of its operator.
#[derive(Clone, Copy, Debug)]
struct Requirement {
    key: &'static str,
    operator: Operator,
    values: [&'static str; 2],
    limit: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    DoubleEqual,
    NotEqual,
    In,
    NotIn,
    Exists,
    Absent,
    Greater,
    Less,
}

/// Draws selectors, and checks which of them match the labels, and where the invalid ones are wrong.
pub(super) fn check(
    rng: &mut Rng,
    labels: &[(String, String)],
    object: &Object,
    transcript: &mut Transcript,
) -> Result<(), Violation> {
    for _ in 0..4 {
        let requirements: Vec<Requirement> = (0..rng.below(4)).map(|_| Requirement::drawn(rng)).collect();
        let selector = written(rng, &requirements);
        transcript.note(|| selector.clone());
        let matcher: LabelMatcher = selector
            .parse()
            .or_else(|error: ConfigError| broken(Oracle::Reference, format!("{selector:?} is invalid: {error}")))?;
        let expected = requirements.iter().all(|requirement| requirement.holds(labels));
        let pairs = || labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let of_selector = LabelSelector::from(selector.as_str()).matcher();
        let found = [
            matcher.matches(pairs()),
            matcher.matches(pairs().rev()),
            matcher.matches_object(object),
            of_selector.is_ok_and(|matcher| matcher.matches(pairs())),
        ];
        hashed::flag(transcript, expected);
        if found != [expected; 4] {
            return broken(Oracle::Reference, format!("{selector:?} of {labels:?}: {found:?}, not {expected}"));
        }
        let changed = text::changed(rng, &selector);
        match changed.parse::<LabelMatcher>() {
            Ok(matcher) => hashed::flag(transcript, matcher.matches(pairs())),
            Err(error) => hashed::config_error(transcript, &error),
        }
    }
    let odd = odd(rng);
    match odd.parse::<LabelMatcher>() {
        Ok(matcher) => hashed::flag(transcript, matcher.matches([("app", "web")])),
        Err(error) => {
            hashed::config_error(transcript, &error);
            let offset = match error {
                ConfigError::InvalidSelector { offset, .. } | ConfigError::InvalidCharacter { offset, .. } => offset,
                _ => 0,
            };
            if offset > odd.len() {
                return broken(Oracle::Reference, format!("{odd:?} is wrong at byte {offset}"));
            }
        }
    }
    Ok(())
}

impl Requirement {
    fn drawn(rng: &mut Rng) -> Self {
        use Operator::{Absent, DoubleEqual, Equal, Exists, Greater, In, Less, NotEqual, NotIn};
        let operator = rng.pick(&[Equal, DoubleEqual, NotEqual, In, NotIn, Exists, Absent, Greater, Less]);
        // Values of labels that a selector can have: `-3` isn't one.
        let value = |rng: &mut Rng| rng.pick(&VALUES.map(|value| if value.starts_with('-') { "x" } else { value }));
        Self {
            key: rng.pick(&KEYS),
            operator,
            values: [value(rng), value(rng)],
            limit: rng.pick(&[0, 6, 7, 8, i64::MAX]),
        }
    }

    fn holds(&self, labels: &[(String, String)]) -> bool {
        let value = labels.iter().find(|(key, _)| key == self.key).map(|(_, value)| value.as_str());
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match self.operator {
            Operator::Equal | Operator::DoubleEqual => value == Some(self.values[0]),
            Operator::NotEqual => value != Some(self.values[0]),
            Operator::In => value.is_some_and(|value| self.values.contains(&value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(&value)),
            Operator::Exists => value.is_some(),
            Operator::Absent => value.is_none(),
            Operator::Greater => number().is_some_and(|number| number > self.limit),
            Operator::Less => number().is_some_and(|number| number < self.limit),
        }
    }

    fn text(&self, gap: &str) -> String {
        let Self { key, values: [first, second], limit, operator } = self;
        match operator {
            Operator::Equal => format!("{key}{gap}={gap}{first}"),
            Operator::DoubleEqual => format!("{key}{gap}=={gap}{first}"),
            Operator::NotEqual => format!("{key}{gap}!={gap}{first}"),
            Operator::In => format!("{key} in{gap}({gap}{first}{gap},{gap}{second}{gap})"),
            Operator::NotIn => format!("{key} notin{gap}({gap}{first}{gap},{gap}{second}{gap})"),
            Operator::Exists => (*key).to_owned(),
            Operator::Absent => format!("!{gap}{key}"),
            Operator::Greater => format!("{key}{gap}>{gap}{limit}"),
            Operator::Less => format!("{key}{gap}<{gap}{limit}"),
        }
    }
}

fn written(rng: &mut Rng, requirements: &[Requirement]) -> String {
    let gap = rng.pick(&["", "", " ", "\t ", "  "]);
    let texts: Vec<String> = requirements.iter().map(|requirement| requirement.text(gap)).collect();
    format!("{gap}{}{gap}", texts.join(&format!("{gap},{gap}")))
}

/// Draws a selector that is often invalid: at the limits of the lengths, or without a part.
fn odd(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => format!("{}=a", "k".repeat(rng.between(62, 65) as usize)),
        1 => format!("a={}", "v".repeat(rng.between(62, 65) as usize)),
        2 => format!("{}/a", "p".repeat(rng.between(252, 255) as usize)),
        3 => {
            format!("{}/{}", rng.pick(&["a.b", "a..b", "A.b", "", "a_b", "-a", "a-"]), rng.pick(&["a", "", "a/b", "_"]))
        }
        4 => format!("app {} web", rng.pick(&["in", "notin", "is", "=", "==", "===", "=!", "<", ">"])),
        5 => rng.pick(&[",", "a,", ",a", "a,,b", "!", "!a=b", "a in ()", "a in (,)", "a in (", "a in (b", "a)"]).into(),
        6 => format!("n>{}", rng.pick(&["9223372036854775807", "9223372036854775808", "-1", "1.5", "", "x", "+1"])),
        _ => text::any(rng, 16),
    }
}
