//! The spans and log lines of a watch.

use tracing::field::{self, display};
use tracing::{Span, debug, info, info_span, trace, warn};
use watch_core::{Config, Event, Freshness, Instant, Notice, Representation, Request};

/// A span for the watch, and in it one for each request, which lasts until the next one.
pub(crate) struct Spans {
    watch: Span,
    request: Span,
    knows_kind: bool,
}

impl Spans {
    pub(crate) fn new(config: &Config) -> Self {
        let resource = config.resource();
        let is_metadata = config.representation() == Representation::Metadata;
        let watch = info_span!(
            "watch",
            target = config.target(),
            group = resource.group(),
            version = resource.version(),
            resource = resource.plural(),
            namespace = config.namespace(),
            // Not `name`: in JSON that is the name of the span.
            object_name = config.name(),
            label_selector = config.label_selector(),
            field_selector = config.field_selector(),
            representation = is_metadata.then_some("metadata"),
            kind = field::Empty,
        );
        // The kind of metadata is always PartialObjectMetadata.
        Self { watch, request: Span::none(), knows_kind: is_metadata }
    }

    /// Returns the innermost open span.
    pub(crate) fn current(&self) -> &Span {
        if self.request.is_none() { &self.watch } else { &self.request }
    }

    pub(crate) fn sending(&mut self, request: &Request, freshness: &Freshness<'_>, now: Instant) {
        let time_left = freshness.deadline.map(|deadline| deadline.since(now));
        self.request = info_span!(
            parent: &self.watch,
            "request",
            id = %request.id,
            verb = %request.kind,
            resource_version = freshness.resource_version.map(display),
            // The first attempt is 1, as in the notice of its failure.
            attempt = freshness.attempts.saturating_add(1),
            time_left = time_left.map(field::debug),
        );
        self.request.in_scope(|| debug!(uri = %request.http.uri(), "send"));
    }

    pub(crate) fn event(&mut self, event: &Event) {
        trace!(%event);
        // The configuration has only the plural. The kind is in the objects.
        if !self.knows_kind
            && let Event::Initial(object) | Event::Added(object) | Event::Modified(object) = event
            && let Some(kind) = object.kind()
        {
            self.knows_kind = true;
            self.watch.record("kind", kind);
        }
    }

    pub(crate) fn notice(&self, notice: &Notice, freshness: &Freshness<'_>) {
        let resource_version = freshness.resource_version.map(display);
        match notice {
            Notice::Skipped { .. } => debug!(resource_version, "{notice}"),
            Notice::Relisted { cause, .. } => info!(resource_version, %cause, "{notice}"),
            Notice::FellBack { .. } => info!(resource_version, "{notice}"),
            // A single failure is normal for a connection; a second one in a row is worth a look.
            Notice::Retrying { attempt: attempt @ ..=1, .. } => info!(resource_version, attempt, "{notice}"),
            Notice::Retrying { attempt, .. } => warn!(resource_version, attempt, "{notice}"),
            _ => warn!(resource_version, attempt = freshness.attempts, "{notice}"),
        }
    }
}
