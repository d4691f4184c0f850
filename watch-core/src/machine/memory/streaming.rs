//! Whether the server can do streaming lists, as far as it has shown.

/// What is known of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamingLists {
    state: Support,
    /// How many failed without having been refused.
    failed: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Support {
    /// To be used.
    #[default]
    On,
    /// Given up just now: refused with this HTTP status, or without one when it failed otherwise. Whether that was about
    /// streaming, the LIST will show.
    Doubtful(Option<u16>),
    /// The LIST was refused as well: to be used again once that succeeds.
    Innocent,
    /// The server can't.
    Off,
}

/// What one that was given up says about others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Evidence {
    /// It was refused, with this HTTP status.
    Refused(u16),
    /// It didn't come to its end as it should.
    Failed,
    /// Nothing: the network may have been to blame.
    None,
}

impl StreamingLists {
    /// Whether the next set is asked for so.
    pub(crate) fn are_used(self) -> bool {
        self.state == Support::On
    }

    /// Whether the server has shown that it can't.
    pub(crate) fn are_ruled_out(self) -> bool {
        self.state == Support::Off
    }

    /// The server can't, as is known for certain.
    pub(crate) const fn rule_out(&mut self) {
        self.state = Support::Off;
    }

    /// One was given up: the set is to be asked for by LIST.
    pub(crate) const fn fall_back(&mut self, evidence: Evidence) {
        self.state = Support::Doubtful(match evidence {
            Evidence::Refused(code) => Some(code),
            Evidence::Failed | Evidence::None => None,
        });
        if matches!(evidence, Evidence::Failed) {
            self.failed = self.failed.saturating_add(1);
        }
    }

    /// A LIST was refused with this HTTP status. If the streaming list before it was too, it wasn't about the streaming.
    pub(crate) fn list_refused(&mut self, with: u16) {
        if self.state == Support::Doubtful(Some(with)) {
            self.state = Support::Innocent;
        }
    }

    /// A LIST brought the whole set: what that says about streaming lists.
    pub(crate) const fn listed(&mut self) {
        self.state = match self.state {
            // One that failed had bad luck; a server on which a second one fails can't.
            Support::Doubtful(None) if self.failed < 2 => Support::On,
            Support::Doubtful(_) => Support::Off,
            Support::Innocent => Support::On,
            unchanged => unchanged,
        };
    }
}
