//! Where Secrets are watched, no text of a machine shows a value, whatever the server sends.
//!
//! A secret value is in all places of a body in which a server or a proxy may have one: in objects, in annotations, in
//! the messages of errors, in bodies that aren't JSON. Then the body is damaged, so that an error about it may quote
//! it. The driver may have decompressed the body.

use core::fmt::{Debug, Display};

use watch_core::{
    Config, InitialList, JsonCheck, Machine, Notice, Output, Representation, Resource, ResponseHead, Start, WaitFor,
    Watcher,
};
use watch_test::check::Rng;

use super::rig::{Rig, pieces, request};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// The value. It is at the beginning, in the middle or at the end of a text.
const VALUE: &str = "aHVudGVyMg";

/// The bytes of the value, as a list of numbers shows them.
const NUMBERS: &str = "97, 72, 86, 117, 100, 71, 86, 121, 77, 103";

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let is_wait = rng.one_in(4);
    let mut builder = Config::builder(Resource::core("v1", "secrets"))
        .namespace("default")
        .start(Start::InitialList(rng.pick(&[InitialList::Auto, InitialList::List])))
        .representation(rng.pick(&[Representation::Full, Representation::Full, Representation::Metadata]))
        .json_check(rng.pick(&[JsonCheck::Structure, JsonCheck::Full]));
    if is_wait {
        builder = builder.name("login").deadline(core::time::Duration::from_secs(60));
    }
    let config = builder.build().or_else(|error| broken(Oracle::Misuse, format!("the configuration: {error}")))?;
    if !is_wait {
        return converse(rng, Watcher::new(config), transcript).map(drop);
    }
    let machine = WaitFor::new(config, |_| false).or_else(|error| broken(Oracle::Misuse, error.to_string()))?;
    let machine = converse(rng, machine, transcript)?;
    shows_no_value(&[&machine.outcome(), &machine.state()], &[])
}

/// Answers some requests, and checks every text of the machine.
fn converse<M: Machine>(rng: &mut Rng, machine: M, transcript: &mut Transcript) -> Result<M, Violation> {
    let mut rig = Rig::new(machine);
    for _ in 0..rng.between(1, 5) {
        let mut outputs = rig.poll(transcript)?;
        texts(&outputs)?;
        while rig.open.is_none() && !matches!(outputs.last(), Some(Output::Done(_))) {
            rig.sleep(&outputs);
            outputs = rig.poll(transcript)?;
            texts(&outputs)?;
        }
        let is_watch = request(&outputs).is_none_or(|request| request.uri().contains("watch=true"));
        let (head, body) = answer(rng, is_watch);
        transcript.note(|| format!("{head:?} {}", body.escape_ascii()));
        rig.head(head)?;
        let open = rig.open;
        for piece in pieces(rng, &body) {
            if rig.open != open {
                break;
            }
            rig.body([piece])?;
            if rng.one_in(8) {
                let outputs = rig.poll(transcript)?;
                texts(&outputs)?;
                if rng.one_in(4) {
                    state(rng, &rig)?;
                }
            }
        }
        if rig.open == open && rng.one_in(2) {
            rig.end()?;
        }
        let outputs = rig.poll(transcript)?;
        texts(&outputs)?;
        state(rng, &rig)?;
        rig.sleep(&outputs);
    }
    Ok(rig.machine)
}

/// Checks the texts of the machine. They are long, so the pretty ones are rare.
fn state<M: Machine>(rng: &mut Rng, rig: &Rig<M>) -> Result<(), Violation> {
    let watcher = rig.machine.watcher();
    if rng.one_in(8) {
        return shows_no_value(&[watcher, &watcher.freshness(), &watcher.checkpoint()], &[]);
    }
    has_no_value(&format!("{watcher:?} {:?} {:?}", watcher.freshness(), watcher.checkpoint()))
}

/// Checks the texts of these outputs.
fn texts(outputs: &[Output]) -> Result<(), Violation> {
    for output in outputs {
        shows_no_value(&[output], &[])?;
        match output {
            Output::Event(event) => shows_no_value(&[], &[event])?,
            Output::Done(done) => shows_no_value(&[], &[done])?,
            Output::Notice(notice) => {
                shows_no_value(&[], &[notice])?;
                if let Notice::Retrying { trouble, .. }
                | Notice::NeedsAttention { trouble, .. }
                | Notice::FellBack { trouble } = notice
                {
                    shows_no_value(&[], &[&trouble, &trouble.cause])?;
                }
            }
            Output::Send(request) => shows_no_value(&[], &[&request.uri()])?,
            Output::Abort(_) | Output::Wait(_) => {}
        }
    }
    Ok(())
}

fn shows_no_value(debugged: &[&dyn Debug], displayed: &[&dyn Display]) -> Result<(), Violation> {
    let texts = debugged.iter().flat_map(|value| [format!("{value:?}"), format!("{value:#?}")]);
    let mut texts = texts.chain(displayed.iter().map(ToString::to_string));
    texts.try_for_each(|text| has_no_value(&text))
}

fn has_no_value(text: &str) -> Result<(), Violation> {
    if text.contains(VALUE) || text.contains(NUMBERS) {
        return broken(Oracle::Reference, format!("a value of a Secret is shown: {text}"));
    }
    Ok(())
}

/// Draws a response whose body has the value.
fn answer(rng: &mut Rng, is_watch: bool) -> (ResponseHead, Vec<u8>) {
    let is_refused = rng.one_in(4);
    let status = if is_refused { rng.pick(&[206, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 504]) } else { 200 };
    let mut head = ResponseHead::new(status).with_decompressed(rng.one_in(2));
    let content_type = match rng.below(12) {
        0 => Some("text/html"),
        1 => Some("text/plain; charset=utf-8"),
        2 => Some("application/octet-stream"),
        3..8 => Some("application/json"),
        _ => None,
    };
    if let Some(content_type) = content_type {
        head = head.with_content_type(content_type);
    }
    if rng.one_in(12) {
        head = head.with_header("content-encoding", rng.pick(&["gzip", "identity", "br, gzip"]));
    }
    let body = match rng.below(8) {
        0 => format!("<html>{VALUE}</html>"),
        1 => rng.pick(&[VALUE.to_owned(), format!("\"{VALUE}\""), format!("[\"{VALUE}\"]"), format!("{{{VALUE}:1}}")]),
        _ if is_refused => error(rng),
        _ if is_watch => (0..rng.between(1, 3)).map(|_| event(rng)).collect(),
        _ => list(rng),
    };
    let mut body = body.into_bytes();
    if rng.one_in(2) {
        damage(rng, &mut body);
    }
    (head, body)
}

/// Returns what a server would write, or in its place the secret value, as a text or as another type.
fn instead(rng: &mut Rng, right: &str) -> String {
    match rng.below(14) {
        0 => format!("\"{VALUE}\""),
        1 => format!("{{\"{VALUE}\":\"{VALUE}\"}}"),
        2 => format!("[\"{VALUE}\"]"),
        3 => format!("\"\\u0061 {VALUE}\""),
        _ => right.into(),
    }
}

fn object(rng: &mut Rng) -> String {
    let metadata = format!(
        r#"{{"name":{},"namespace":{},"uid":{},"resourceVersion":{},"annotations":{},"labels":{{"a":"{VALUE}"}}{}}}"#,
        // Identifiers may be shown. So a wrong identifier has another type, and never the secret value.
        rng.pick(&[r#""login""#, r#""login""#, r#""login""#, "7", "null", r#"["x"]"#]),
        rng.pick(&[r#""default""#, r#""default""#, "7"]),
        rng.pick(&[r#""u-1""#, r#""u-1""#, "true"]),
        rng.pick(&[r#""5""#, r#""9""#, r#""12""#, "12", "null"]),
        instead(rng, &format!(r#"{{"kubectl.kubernetes.io/last-applied-configuration":"{VALUE}"}}"#)),
        rng.pick(&["", "", "", r#","name":"b""#, r#","uid":"u-2""#])
    );
    let metadata = instead(rng, &metadata);
    let twice = rng
        .pick(&["", "", "", "", &format!(r#","metadata":"{VALUE}""#), &format!(r#","kind":["{VALUE}"]"#)])
        .to_owned();
    let kind = rng.pick(&[r#""kind":"Secret","apiVersion":"v1","#, "", r#""kind":7,"#]);
    instead(
        rng,
        &format!(r#"{{{kind}"metadata":{metadata},"data":{{"password":"{VALUE}"}},"stringData":"{VALUE}"{twice}}}"#),
    )
}

fn event(rng: &mut Rng) -> String {
    let kind = match rng.below(10) {
        0 => format!("\"{VALUE}\""),
        1 => "\"ERROR\"".into(),
        2 => "\"BOOKMARK\"".into(),
        3 => "\"DELETED\"".into(),
        4 => "\"MODIFIED\"".into(),
        _ => "\"ADDED\"".into(),
    };
    if kind == "\"ERROR\"" {
        let status = error(rng);
        return rng.pick(&[format!(r#"{{"type":"ERROR","object":{status}}}"#), status]) + "\n";
    }
    if rng.one_in(6) {
        let end = instead(rng, r#"{"k8s.io/initial-events-end":"true"}"#);
        return format!(
            r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"20","annotations":{end}}}}}}}"#
        ) + "\n";
    }
    format!(r#"{{"type":{kind},"object":{}}}"#, object(rng)) + "\n"
}

fn list(rng: &mut Rng) -> String {
    let items: Vec<String> = (0..rng.below(4)).map(|_| object(rng)).collect();
    let items = instead(rng, &format!("[{}]", items.join(",")));
    let metadata = instead(rng, r#"{"resourceVersion":"30","remainingItemCount":3}"#);
    let kind = rng.pick(&["\"SecretList\"", "\"SecretList\"", "null", "7"]);
    let members = [format!(r#""kind":{kind}"#), format!(r#""metadata":{metadata}"#), format!(r#""items":{items}"#)];
    let first = rng.below(3) as usize;
    format!("{{{},{},{}}}", members[first], members[(first + 1) % 3], members[(first + 2) % 3])
}

/// A `Status`, whose message and causes quote the value.
fn error(rng: &mut Rng) -> String {
    let message = instead(rng, &format!("\"Secret is invalid: Invalid value: \\\"{VALUE}\\\"\""));
    // The name of an object may be shown, and serde reads the first item of an array as the name.
    let details = format!(
        r#"{{"name":"login","causes":[{{"reason":"FieldValueInvalid","message":"Invalid value: {VALUE}","field":"data"}}],"retryAfterSeconds":1}}"#
    );
    let details = rng.pick(&[details.clone(), details, format!("\"{VALUE}\""), format!("{{\"{VALUE}\":1}}")]);
    let code = rng.pick(&["500", "410", "422", "403", "null", "\"x\""]);
    let kind = rng.pick(&["\"Status\"", "\"Status\"", "\"Other\"", "null"]);
    format!(
        r#"{{"kind":{kind},"status":"Failure","reason":"Invalid","message":{message},"details":{details},"code":{code}}}"#
    )
}

/// Damages the body: cuts it, or changes a byte, often one beside a value.
fn damage(rng: &mut Rng, body: &mut Vec<u8>) {
    let places: Vec<usize> =
        body.windows(VALUE.len()).enumerate().filter(|(_, part)| *part == VALUE.as_bytes()).map(|(at, _)| at).collect();
    let at = match places.is_empty() || rng.one_in(3) {
        true => rng.below(body.len() as u64) as usize,
        // Before or after the value. The text of the value stays the same.
        false => rng.pick(&places) + rng.pick(&[0, VALUE.len()]),
    };
    let bytes: &[u8] =
        rng.pick(&[&b"\""[..], b"\\", b"\xff", b"\xc3", b"\n", b"\0", b"}", b"\x1f\x8b", b"\\u00zz", b"\\ud800", b","]);
    match rng.below(4) {
        0 => body.truncate(at),
        _ => drop(body.splice(at.min(body.len())..at.min(body.len()), bytes.iter().copied())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_value_is_found() {
        assert_eq!(shows_no_value(&[&"other"], &[&"other"]), Ok(()));
        assert!(shows_no_value(&[], &[&format!("invalid: {VALUE}x")]).is_err());
        assert!(shows_no_value(&[&VALUE.as_bytes()], &[]).is_err());
    }
}
