//! Runs a few steps with a server that answers at random.

use watch_core::{Input, Machine, Output, ResponseHead, TransportErrorKind};
use watch_test::check::Rng;

use crate::probe::rig::{Rig, pieces, request};
use crate::transcript::Transcript;
use crate::violation::Violation;

pub(super) fn run<M: Machine>(rng: &mut Rng, rig: &mut Rig<M>, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut version = rng.between(5, 1000);
    let mut has_head = false;
    for _ in 0..rng.between(2, 14) {
        let outputs = rig.poll(transcript)?;
        if matches!(outputs.last(), Some(Output::Done(_))) {
            return Ok(());
        }
        if let Some(request) = request(&outputs) {
            has_head = false;
            let is_list = request.kind == watch_core::RequestKind::List;
            if is_list && !rng.one_in(4) {
                rig.answer(list(rng, version))?;
                continue;
            }
        }
        version += rng.below(3);
        match rng.below(8) {
            _ if rig.open.is_none() => rig.sleep(&outputs),
            0 => rig.sleep(&outputs),
            1 if rng.one_in(2) => drop(rig.machine.handle(if rng.one_in(4) { Input::Stop } else { Input::Relist })),
            2 if !has_head => rig.fails(rng.pick(&[TransportErrorKind::Refused, TransportErrorKind::Tls]))?,
            _ if !has_head => {
                let status = rng.pick(&[200, 200, 200, 200, 410, 401, 429, 500]);
                let head = ResponseHead::new(status).with_header("retry-after", rng.pick(&["", "1", "90"]));
                rig.head(head)?;
                has_head = true;
            }
            3 => rig.end()?,
            4 => rig.fails(TransportErrorKind::Truncated)?,
            _ => {
                let line = event(rng, version);
                rig.body(pieces(rng, &line))?;
            }
        }
    }
    rig.poll(transcript).map(drop)
}

fn list(rng: &mut Rng, version: u64) -> String {
    let items = rng.pick(&["", "{\"metadata\":{\"name\":\"a\",\"uid\":\"1\",\"resourceVersion\":\"3\"}}"]);
    let more = rng.pick(&["", "", "", "\"continue\":\"next\","]);
    format!(
        "{{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{{{more}\"resourceVersion\":\"{version}\"}},\
         \"items\":[{items}]}}"
    )
}

fn event(rng: &mut Rng, version: u64) -> Vec<u8> {
    let kind = rng.pick(&["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]);
    let object = match kind {
        "ERROR" => "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}".into(),
        "BOOKMARK" => format!(
            "{{\"metadata\":{{\"resourceVersion\":\"{version}\",\"annotations\":\
             {{\"k8s.io/initial-events-end\":\"true\"}}}}}}"
        ),
        _ => format!("{{\"metadata\":{{\"name\":\"é\",\"resourceVersion\":\"{version}\"}}}}"),
    };
    let mut line = format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n").into_bytes();
    if rng.one_in(12) {
        // Not UTF-8: a trace holds such bytes as numbers.
        line[9] = 0xff;
    }
    line
}
