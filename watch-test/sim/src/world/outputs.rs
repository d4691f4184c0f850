//! Records the outputs of machines: counted, hashed, and as lines for people.

use watch_core::{Event, Notice, Output, RequestKind};
use watch_test::check::Mark;

use super::{World, hashed};

impl World {
    pub(super) fn count_notice(&mut self, notice: &Notice) {
        let name = match notice {
            Notice::Retrying { trouble, .. }
            | Notice::NeedsAttention { trouble, .. }
            | Notice::FellBack { trouble } => {
                let (cause, during) = (trouble.cause.kind(), trouble.during.kind());
                let status = trouble.cause.http_status().map_or_else(String::new, |status| format!(" {status}"));
                format!("{cause}{status} during {during}")
            }
            Notice::Relisted { cause, .. } => format!("relisted {}", cause.kind()),
            Notice::Skipped { .. } => "skipped".into(),
            _ => "other".into(),
        };
        self.counts.one("notice", &name);
    }

    pub(super) fn transcribe(&mut self, index: usize, output: &Output) {
        let transcript = &mut self.transcript;
        // How often it waits depends on how bodies are cut; its other outputs don't.
        if !matches!(output, Output::Wait(_)) {
            transcript.number(index as u64);
        }
        hashed::output(transcript, self.now, output);
        if !matches!(output, Output::Wait(_)) {
            hashed::watcher(transcript, &self.clients[index].watcher);
        }
        let now = self.now;
        transcript.marked(now, index, mark(output), || match output {
            Output::Send(request) => format!("{} {} ({})", request.kind, request.http.uri(), request.id),
            Output::Abort(id) => format!("drops {id}"),
            Output::Event(event) => format!("emits {event}"),
            Output::Notice(notice) => format!("notes {notice}"),
            Output::Wait(wait) => match wait.until {
                Some(until) => format!("waits for {:?} until {until}", wait.on),
                None => format!("waits for {:?}", wait.on),
            },
            Output::Done(done) => format!("is done: {done}"),
        });
    }
}

/// Returns how an output is drawn.
fn mark(output: &Output) -> Mark {
    match output {
        Output::Send(request)
            if request.http.uri().query().is_some_and(|query| query.contains("sendInitialEvents")) =>
        {
            Mark::StreamingList
        }
        Output::Send(request) if request.kind == RequestKind::List => Mark::List,
        Output::Send(_) => Mark::Watch,
        Output::Event(Event::InitialBegin { .. } | Event::Initial(_) | Event::InitialEnd { .. }) => Mark::Initial,
        Output::Event(_) => Mark::Event,
        Output::Notice(_) => Mark::Problem,
        Output::Abort(_) | Output::Wait(_) | Output::Done(_) => Mark::Note,
    }
}
