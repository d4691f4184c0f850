//! Records the outputs of machines: as counters, as a hash, and as lines to read.

use watch_core::{Notice, Output};
use watch_test::check::Line;

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
        transcript.lines(|| [Line::of_output(now, index, output)]);
    }
}
