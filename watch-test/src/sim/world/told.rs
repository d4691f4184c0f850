//! What machines say, written down: counted, hashed, and as lines for people.

use watch_core::wire::Status;
use watch_core::{Notice, Output};

use super::{World, hashed};
use crate::sim::transcript::Who;

impl World {
    pub(super) fn count_notice(&mut self, notice: &Notice) {
        let name = match notice {
            Notice::Retrying { trouble, .. } | Notice::Blocked { trouble, .. } | Notice::FellBack { trouble } => {
                let cause = format!("{:?}", trouble.cause);
                let cause: String = cause.chars().take_while(|c| c.is_alphabetic()).collect();
                let during = format!("{:?}", trouble.during);
                let during: String = during.chars().take_while(|c| c.is_alphabetic()).collect();
                let code =
                    trouble.cause.status().map_or_else(String::new, |status: &Status| format!(" {}", status.code));
                format!("{cause}{code} during {during}")
            }
            Notice::Restarted { cause, .. } => format!("restarted {cause:?}"),
            Notice::Skipped { .. } => "skipped".into(),
            _ => "other".into(),
        };
        self.counts.one("notice", &name);
    }

    pub(super) fn transcribe(&mut self, index: usize, output: &Output) {
        let transcript = &mut self.transcript;
        // How often it waits depends on how bodies are cut; what it says doesn't.
        if !matches!(output, Output::Wait(_)) {
            transcript.number(index as u64);
        }
        hashed::output(transcript, self.now, output);
        let now = self.now;
        transcript.line(now, Who::Client(index), || match output {
            Output::Send(request) => format!("{} {} ({})", request.kind, request.http.uri(), request.id),
            Output::Abort(id) => format!("drops {id}"),
            Output::Event(event) => format!("is told {event}"),
            Output::Notice(notice) => format!("notes {notice}"),
            Output::Wait(wait) => match wait.until {
                Some(until) => format!("waits for {:?} until {until}", wait.on),
                None => format!("waits for {:?}", wait.on),
            },
            Output::Done(done) => format!("is done: {done}"),
        });
    }
}
