//! What exporters show beside the names.

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
        "From the first request for the set until it was complete and handed out, by the verb that brought it (failed \
         attempts included)"
    );
    describe_counter!("watch_events_total", "Events that were handed out, by type");
    describe_counter!(
        "watch_wire_bytes_total",
        Unit::Bytes,
        "Bytes of bodies as HTTP brought them, compressed if they were"
    );
    describe_counter!("watch_body_bytes_total", Unit::Bytes, "Bytes of bodies after decompression");
    describe_counter!("watch_decode_errors_total", "Objects that didn't fit their type");
    describe_gauge!("watch_phase", "How many watches are in this phase");
    describe_gauge!(
        "watch_synced_timestamp_seconds",
        Unit::Seconds,
        "As of when the consumer of the watch that is furthest behind has all there is (before the first set: when it \
         began), in seconds since 1970; NaN when no such watch is left"
    );
    describe_gauge!("watch_needs_attention", "How many watches are in trouble that doesn't go away by itself");
    describe_gauge!("watch_attempts", "How many attempts failed since the last progress, of all such watches together");
    describe_counter!("watch_retries_total", "Troubles after which it is tried again, by cause and HTTP status");
    describe_counter!(
        "watch_needs_attention_total",
        "Troubles that don't go away by themselves, by cause and HTTP status; each is counted once until there is progress"
    );
    describe_counter!("watch_duplicates_total", "Events that were left out, since they came before");
    describe_counter!("watch_regressions_total", "Events, bookmarks and lists that were older than what had been seen");
    describe_counter!("watch_fallbacks_total", "Streaming lists that were given up for a LIST");
    describe_counter!("watch_relists_total", "Sets that had to be asked for again, by cause");
    describe_histogram!("watch_gap_seconds", Unit::Seconds, "How long nothing was seen before a restart");
    describe_counter!("watch_ends_total", "Watches that are over, by cause");
}
