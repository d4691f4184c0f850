//! Draws a trace as a picture.

use core::time::Duration;

use watch_core::Input;
use watch_core::trace::{Entry, TraceError};

use watch_test::check::{Line, Mark, Who, draw};

/// Draws a trace as SVG. A new machine receives the inputs of `entries`, and its outputs are drawn. `difference` is
/// drawn as a violation at the end of the trace.
///
/// # Errors
/// Fails if the machine can't be created from the first entry.
pub(super) fn picture(title: &str, entries: &[Entry], difference: Option<&str>) -> Result<String, TraceError> {
    let Some(Entry::Begin(begin)) = entries.first() else { return Err(TraceError::NoBeginning) };
    let mut watcher = begin.watcher()?;
    let (mut lines, mut begun, mut end) = (Vec::new(), None, Duration::ZERO);
    // A trace has no times of inputs. Each input is drawn at the time of the next poll.
    let mut inputs: Vec<&Input> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Begin(_) => {}
            Entry::Handled(input) => inputs.push(input),
            Entry::Polled { now, .. } => {
                let since_origin = now.since_origin();
                let at = since_origin.saturating_sub(*begun.get_or_insert(since_origin));
                // A clock that goes back is treated as one that stands still, as the machine does.
                end = end.max(at);
                for input in inputs.drain(..) {
                    lines.push(Line::of_input(end, 0, input));
                    if let Err(misuse) = watcher.handle(input.clone()) {
                        lines.push(Line::new(end, Who::Client(0), misuse.to_string()).drawn(Mark::Fault, "misuse"));
                    }
                }
                lines.push(Line::of_output(end, 0, &watcher.poll(*now)));
            }
        }
    }
    if let Some(difference) = difference {
        lines.push(Line::new(end, Who::Phase, difference).drawn(Mark::Violation, ""));
    }
    Ok(draw(title, 1, &lines, end))
}
