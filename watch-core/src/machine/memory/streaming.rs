//! Whether the server supports streaming lists, as far as it has shown.

/// What is known about streaming lists.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamingLists {
    state: Support,
    /// The number of streaming lists that failed without a refusal.
    failed: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Support {
    /// Streaming lists are used.
    #[default]
    On,
    /// The last streaming list was abandoned: it was refused with this HTTP status, or failed otherwise (`None`). The
    /// LIST that follows shows whether streaming was the reason.
    Doubtful(Option<u16>),
    /// The LIST was refused as well. Streaming lists are used again after a LIST succeeds.
    Innocent,
    /// The server doesn't support them.
    Off,
}

/// What an abandoned streaming list shows about later ones.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Evidence {
    /// It was refused, with this HTTP status.
    Refused(u16),
    /// It didn't end as it should.
    Failed,
    /// Nothing: the network may have been the reason.
    None,
}

impl StreamingLists {
    /// Returns whether the next list is a streaming list.
    pub(crate) fn are_used(self) -> bool {
        self.state == Support::On
    }

    /// Returns whether the server has shown that it doesn't support them.
    pub(crate) fn are_ruled_out(self) -> bool {
        self.state == Support::Off
    }

    /// Records that the server certainly doesn't support them.
    pub(crate) const fn rule_out(&mut self) {
        self.state = Support::Off;
    }

    /// A streaming list was abandoned. The list is requested by LIST.
    pub(crate) const fn fall_back(&mut self, evidence: Evidence) {
        self.state = Support::Doubtful(match evidence {
            Evidence::Refused(code) => Some(code),
            Evidence::Failed | Evidence::None => None,
        });
        if matches!(evidence, Evidence::Failed) {
            self.failed = self.failed.saturating_add(1);
        }
    }

    /// A LIST was refused with this HTTP status. If the streaming list before it was refused too, streaming wasn't the
    /// reason.
    pub(crate) fn list_refused(&mut self, with: u16) {
        if self.state == Support::Doubtful(Some(with)) {
            self.state = Support::Innocent;
        }
    }

    /// A LIST succeeded, which shows something about streaming lists.
    pub(crate) const fn listed(&mut self) {
        self.state = match self.state {
            // Tolerate one failure; after two, assume no support.
            Support::Doubtful(None) if self.failed < 2 => Support::On,
            Support::Doubtful(_) => Support::Off,
            Support::Innocent => Support::On,
            unchanged => unchanged,
        };
    }
}
