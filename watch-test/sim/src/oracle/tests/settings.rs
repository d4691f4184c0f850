//! Settings that aren't respected.

use core::time::Duration;

use watch_core::wire::Status;
use watch_core::{
    Cause, Config, ConfigBuilder, During, Input, Instant, Notice, Output, Phase, Representation, Resource,
    ResponseHead, Watcher,
};

use super::{end, fresh, trouble, wait};
use crate::oracle::settings::Settings;
use crate::plan::ClientSetup;
use crate::violation::Oracle;

/// Returns the violation in these outputs at these seconds.
fn check<T: Into<f64>>(
    setup: &ClientSetup,
    phase: Phase,
    outputs: impl IntoIterator<Item = (T, Output)>,
) -> Option<Oracle> {
    let mut settings = Settings::default();
    let mut check =
        |(at, output): (T, Output)| settings.output(Duration::from_secs_f64(at.into()), &output, phase, setup);
    outputs.into_iter().find_map(|output| check(output).err()).map(|violation| violation.oracle)
}

fn refused(code: u16) -> Output {
    let mut trouble = trouble();
    trouble.during = During::Watch { after: None };
    trouble.cause = Cause::Status(Box::new(Status::new(code, "", "")));
    Output::Notice(Notice::NeedsAttention { trouble, after: Duration::ZERO })
}

/// Returns the first request of a machine with this configuration; with refreshed credentials, the second one.
fn request(configure: impl FnOnce(ConfigBuilder) -> ConfigBuilder, is_refused: bool) -> Output {
    let builder = Config::builder(Resource::core("v1", "configmaps"));
    let mut watcher = Watcher::new(configure(builder).build().unwrap());
    let mut now = Instant::ORIGIN;
    let Output::Send(first) = watcher.poll(now) else { panic!("it sends") };
    if !is_refused {
        return Output::Send(first);
    }
    watcher.handle(Input::Response { id: first.id, head: ResponseHead::new(401) }).unwrap();
    watcher.handle(Input::End { id: first.id }).unwrap();
    loop {
        match watcher.poll(now) {
            Output::Wait(wait) => now = wait.until.unwrap(),
            output @ Output::Send(_) => return output,
            _ => {}
        }
    }
}

#[test]
fn ends_that_are_due_and_do_not_come_are_rejected() {
    let late = ClientSetup { deadline: Some(9), ..ClientSetup::default() };
    assert_eq!(check(&late, Phase::Live, [(8, wait())]), None);
    assert_eq!(check(&late, Phase::Live, [(9, wait())]), Some(Oracle::Endings));
    let patient = ClientSetup { patience: Some(9), ..ClientSetup::default() };
    let complete = Output::Event(end(2));
    assert_eq!(check(&patient, Phase::BackingOff, [(1, refused(500)), (9, wait())]), None);
    // After a driver hands in an input when the time is over, the limit is longer.
    assert_eq!(check(&patient, Phase::BackingOff, [(1, refused(500)), (10, wait())]), None);
    assert_eq!(check(&patient, Phase::BackingOff, [(1, refused(500)), (11, wait())]), None);
    assert_eq!(check(&patient, Phase::BackingOff, [(1.0, refused(500)), (11.015, wait())]), Some(Oracle::Endings));
    assert_eq!(check(&patient, Phase::Live, [(1, refused(500)), (10, wait())]), None);
    assert_eq!(check(&patient, Phase::BackingOff, [(1, refused(500)), (5, complete), (10, wait())]), None);
    let stops = ClientSetup { stop_on_expired: true, ..ClientSetup::default() };
    assert_eq!(check(&ClientSetup::default(), Phase::BackingOff, [(1, refused(410))]), None);
    assert_eq!(check(&stops, Phase::BackingOff, [(1, refused(410))]), Some(Oracle::Endings));
}

#[test]
fn requests_that_are_not_as_configured_are_rejected() {
    let list = |builder: ConfigBuilder| builder.bookmarks(false);
    let pages = |page| ClientSetup { page, bookmarks: false, ..ClientSetup::default() };
    let checked = |setup: &ClientSetup, output| check(setup, Phase::Opening, [(0, output)]);
    assert_eq!(checked(&pages(Some(3)), request(|builder| list(builder).page_size(Some(3)), false)), None);
    assert_eq!(checked(&pages(None), request(|builder| list(builder).page_size(None), false)), None);
    for page in [None, Some(4)] {
        let other = request(|builder| list(builder).page_size(page), false);
        assert_eq!(checked(&pages(Some(3)), other), Some(Oracle::Requests), "{page:?}");
    }
    let metadata = ClientSetup { metadata: true, ..ClientSetup::default() };
    let asks = || request(|builder| builder.representation(Representation::Metadata), false);
    assert_eq!(checked(&metadata, asks()), None);
    assert_eq!(checked(&ClientSetup::default(), asks()), Some(Oracle::Requests));
    assert_eq!(checked(&metadata, request(|builder| builder, false)), Some(Oracle::Requests));
}

#[test]
fn the_same_credentials_again_are_rejected() {
    let setup = ClientSetup::default();
    let again = |is_fresh| check(&setup, Phase::Opening, [(0, refused(401)), (1, request(|b| b, is_fresh))]);
    assert_eq!(again(true), None);
    assert_eq!(again(false), Some(Oracle::Requests));
}

#[test]
fn watches_that_all_have_the_full_length_are_rejected() {
    let setup = ClientSetup { watch: 290, ..ClientSetup::default() };
    let asks = |seconds: u64| {
        let Output::Send(mut request) = fresh().poll(Instant::ORIGIN) else { panic!("it sends") };
        *request.http.uri_mut() = format!("/x?watch=true&timeoutSeconds={seconds}").parse().unwrap();
        (0, Output::Send(request))
    };
    assert_eq!(check(&setup, Phase::Opening, [290, 290, 290, 290, 289, 290].map(asks)), None);
    assert_eq!(check(&setup, Phase::Opening, [290; 5].map(asks)), Some(Oracle::Requests));
}
