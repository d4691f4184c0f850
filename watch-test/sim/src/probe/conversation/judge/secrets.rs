//! Checks that no text of an output shows a value of a Secret.

use watch_core::Output;

use crate::probe::conversation::documents::VALUE;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn check(output: &Output) -> Result<(), Violation> {
    let texts = match output {
        Output::Notice(notice) => [notice.to_string(), format!("{notice:?}")],
        Output::Done(done) => [done.to_string(), format!("{done:?}")],
        _ => return Ok(()),
    };
    match texts.into_iter().find(|text| text.contains(VALUE)) {
        Some(text) => broken(Oracle::Reference, format!("a value of a Secret is shown: {text}")),
        None => Ok(()),
    }
}
