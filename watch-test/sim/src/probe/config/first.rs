//! Compares the first request of a machine with the documentation of its settings.

use core::time::Duration;

use watch_core::{InitialList, ListSemantics, Output, Representation, RequestKind, Start};

use crate::probe::rig::{parameters, request};
use crate::probe::settings::Settings;
use crate::violation::{Oracle, Violation, broken};

/// Compares the first outputs with those that the settings require: a request, and then a wait for its head.
pub(super) fn first_request(settings: &Settings, outputs: &[Output]) -> Result<(), Violation> {
    // With a deadline of zero, there is no request.
    if settings.deadline == Some(Duration::ZERO) {
        return match outputs {
            [Output::Done(_)] => Ok(()),
            _ => broken(Oracle::Reference, format!("the deadline is over, but the outputs are {outputs:?}")),
        };
    }
    let (Some(sent), [Output::Send(_), Output::Wait(wait)]) = (request(outputs), outputs) else {
        return broken(Oracle::Reference, format!("it begins with {outputs:?}, not with a request and a wait"));
    };
    let expected = expected(settings);
    let mut found = parameters(sent);
    let timeout = found.iter().position(|(name, _)| name == "timeoutSeconds").map(|at| found.remove(at).1);
    if sent.kind != expected.kind || found != expected.parameters {
        return broken(Oracle::Reference, format!("it sends {:?} {found:?}, not {expected:?}", sent.kind));
    }
    timeout_is_right(settings, sent.kind, timeout.as_deref())?;
    let path = sent.uri().split('?').next().unwrap_or_default();
    if path != path_of(settings) {
        return broken(Oracle::Reference, format!("it sends {path}, not {}", path_of(settings)));
    }
    let headers: Vec<(&str, &str)> = sent.headers().collect();
    if headers != expected.headers || sent.refresh_credentials {
        return broken(Oracle::Reference, format!("its headers are {headers:?}, not {:?}", expected.headers));
    }
    let until = [Some(settings.timing.response_timeout), settings.deadline].into_iter().flatten().min();
    if wait.until.map(watch_core::Instant::since_origin) != until {
        return broken(Oracle::Reference, format!("it waits until {:?}, not {until:?}", wait.until));
    }
    Ok(())
}

#[derive(Debug)]
struct Expected {
    kind: RequestKind,
    /// Returns the expected parameters, in the order in which they are written.
    parameters: Vec<(String, String)>,
    headers: Vec<(&'static str, &'static str)>,
}

fn expected(settings: &Settings) -> Expected {
    let version = match &settings.semantics {
        ListSemantics::Any => Some("0".to_owned()),
        ListSemantics::NotOlderThan(version) => Some(version.text().into_owned()),
        _ => None,
    };
    let not_older = || Some("NotOlderThan".to_owned());
    let limit = settings.page_size.map(|size| size.to_string());
    let is_true = |is: bool| is.then(|| "true".to_owned());
    let is_streaming = settings.bookmarks && settings.start == Start::InitialList(InitialList::Auto);
    let is_watch = is_streaming || matches!(settings.start, Start::From(_));
    let [at, matched, limit] = match &settings.start {
        Start::From(version) => [Some(version.text().into_owned()), None, None],
        Start::Now => [None, None, Some("1".into())],
        _ if is_streaming => [version, not_older(), None],
        // With a version, the server ignores the page size.
        _ if version.is_some() => [version, not_older(), None],
        _ => [None, None, limit],
    };
    let parameters = [
        ("watch", is_true(is_watch)),
        ("labelSelector", Some(settings.labels.clone()).filter(|labels| !labels.is_empty())),
        ("fieldSelector", settings.field_selector()),
        ("resourceVersion", at),
        ("resourceVersionMatch", matched),
        ("sendInitialEvents", is_true(is_streaming)),
        ("allowWatchBookmarks", is_true(is_watch && settings.bookmarks)),
        ("limit", limit),
    ];
    let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let accept = match (settings.representation, is_watch) {
        (Representation::Metadata, true) => {
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
        }
        (Representation::Metadata, false) => {
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
        }
        _ => "application/json",
    };
    let mut headers = vec![("accept", accept)];
    if is_watch {
        headers.push(("accept-encoding", "identity"));
    }
    Expected { kind: if is_watch { RequestKind::Watch } else { RequestKind::List }, parameters, headers }
}

/// Checks `timeoutSeconds`: at most the configured time, at least three quarters of it, and not beyond the deadline.
/// Parts of a second are rounded up.
fn timeout_is_right(settings: &Settings, kind: RequestKind, found: Option<&str>) -> Result<(), Violation> {
    let seconds_up = |time: Duration| (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1);
    let most = settings.timing.watch;
    let left = settings.deadline.unwrap_or(Duration::MAX);
    let (low, high) = (seconds_up((most - most / 4).min(left)), seconds_up(most.min(left)));
    let number = found.map(|found| found.parse::<u64>().unwrap_or(0));
    let is_right = match kind {
        RequestKind::List => number.is_none(),
        RequestKind::Watch => number.is_some_and(|number| number >= low && number <= high),
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("timeoutSeconds is {found:?} on a {kind}, not from {low} to {high}"))
}

fn path_of(settings: &Settings) -> String {
    let resource = &settings.resource;
    let group = if resource.group().is_empty() { "/api".into() } else { format!("/apis/{}", resource.group()) };
    let namespace = settings.namespace.as_ref().map_or_else(String::new, |name| format!("/namespaces/{name}"));
    format!("{group}/{}{namespace}/{}", resource.version(), resource.plural())
}

#[cfg(test)]
mod tests {
    use watch_core::{Instant, Watcher};
    use watch_test::check::Rng;

    use super::*;

    #[test]
    fn a_first_request_that_is_not_what_was_set_is_found() {
        let mut found = 0;
        for seed in 0..40 {
            let settings = Settings::drawn(&mut Rng::new(seed), 0);
            let Ok(config) = settings.builder().build() else { continue };
            let mut watcher = Watcher::new(config);
            let outputs = [watcher.poll(Instant::ORIGIN), watcher.poll(Instant::ORIGIN)];
            if settings.deadline == Some(Duration::ZERO) {
                continue;
            }
            assert_eq!(first_request(&settings, &outputs), Ok(()));
            let other = Settings { namespace: Some("other".into()), ..settings.clone() };
            assert!(first_request(&other, &outputs).is_err());
            let other = Settings { start: Start::From("4242".parse().unwrap()), ..settings };
            assert!(first_request(&other, &outputs).is_err());
            found += 1;
        }
        assert!(found > 10);
    }

    #[test]
    fn a_watch_that_is_asked_for_too_long_is_found() {
        let settings = Settings::drawn(&mut Rng::new(1), 0);
        let long = settings.timing.watch.as_secs() + 2;
        assert!(timeout_is_right(&settings, RequestKind::Watch, Some(&long.to_string())).is_err());
        assert!(timeout_is_right(&settings, RequestKind::Watch, None).is_err());
        assert!(timeout_is_right(&settings, RequestKind::List, Some("1")).is_err());
    }
}
