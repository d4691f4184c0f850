//! The descriptions that exporters show.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

pub(super) fn describe() {
    describe_counter!("watch_requests_total", "Requests that were sent, by verb");
    describe_histogram!(
        "watch_response_seconds",
        Unit::Seconds,
        "From a request to the head of its response, by verb (waits for a turn included)"
    );
    describe_histogram!(
        "watch_list_seconds",
        Unit::Seconds,
        "From the first request for the list until it was complete and handed out, by the verb that completed it \
         (failed attempts included)"
    );
    describe_counter!("watch_events_total", "Events that were handed out, by type");
    describe_counter!("watch_wire_bytes_total", Unit::Bytes, "Bytes of bodies as received, before decompression");
    describe_counter!("watch_body_bytes_total", Unit::Bytes, "Bytes of bodies after decompression");
    describe_counter!("watch_decode_errors_total", "Objects that didn't fit their type");
    describe_gauge!("watch_phase", "How many watches are in this phase");
    describe_gauge!(
        "watch_synced_timestamp_seconds",
        Unit::Seconds,
        "When the consumer was last known to be synced (before the first list: when the watch began), in seconds since \
         1970; the oldest of the watches with these labels; NaN when no such watch is left"
    );
    describe_gauge!(
        "watch_needs_attention",
        "How many watches need attention (forbidden, unauthorized, not found, unreadable, certificate)"
    );
    describe_gauge!("watch_attempts", "How many attempts failed since the last progress, summed over the watches");
    describe_counter!("watch_retries_total", "Failures followed by a retry, by cause and HTTP status");
    describe_counter!(
        "watch_needs_attention_total",
        "Failures that need attention, by cause and HTTP status; each is counted once until there is progress"
    );
    describe_counter!("watch_duplicates_total", "Events that were skipped as repeats");
    describe_counter!("watch_regressions_total", "Events, bookmarks and lists older than what was seen before");
    describe_counter!("watch_fallbacks_total", "Streaming lists replaced by a LIST");
    describe_counter!("watch_relists_total", "Relists, by cause");
    describe_histogram!("watch_gap_seconds", Unit::Seconds, "How long the gap before a relist was");
    describe_counter!("watch_ends_total", "Watches that ended, by cause");
}
