//! `Config`: what is accepted, and the requests that a machine then makes.

mod first;
mod problems;

use watch_core::{Config, ConfigError, Watcher};
use watch_test::check::Rng;

use self::first::first_request;
use self::problems::{Problem, problems};
use super::hashed;
use super::rig::Rig;
use super::settings::Settings;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let wrong = rng.pick(&[0, 0, 12]);
    let settings = Settings::drawn(rng, wrong);
    transcript.note(|| format!("{settings:?}"));
    let built = settings.builder().build();
    accepted(&problems(&settings), built.as_ref().err())?;
    let mut config = match built {
        Ok(config) => config,
        Err(error) => {
            hashed::config_error(transcript, &error);
            return Ok(());
        }
    };
    if let Some(seed) = settings.or_seed {
        config = config.or_seed(seed);
    }
    check_getters(&settings, &config)?;
    hashed::text(transcript, config.target());
    let mut rig = Rig::new(Watcher::new(config));
    let outputs = rig.poll(transcript)?;
    first_request(&settings, &outputs)?;
    second_request(rng, &mut rig, transcript)
}

/// Checks the result: an error about one of the problems, or success if there are none.
fn accepted(problems: &[Problem], error: Option<&ConfigError>) -> Result<(), Violation> {
    match error {
        None if problems.is_empty() => Ok(()),
        Some(error) if problems.iter().any(|problem| problem.is(error)) => Ok(()),
        _ => broken(Oracle::Reference, format!("the result is {error:?}, but the problems are {problems:?}")),
    }
}

/// Checks that the getters return the settings.
fn check_getters(settings: &Settings, config: &Config) -> Result<(), Violation> {
    let expected = (
        settings.namespace.as_deref(),
        settings.name.as_deref(),
        Some(settings.labels.as_str()).filter(|labels| !labels.is_empty()),
        settings.field_selector(),
        settings.representation,
        settings.seed.or(settings.or_seed).unwrap_or(0),
    );
    let found = (
        config.namespace(),
        config.name(),
        config.label_selector(),
        config.field_selector().map(str::to_owned),
        config.representation(),
        config.seed(),
    );
    if found != expected || *config.resource() != settings.resource {
        return broken(Oracle::Reference, format!("the configuration returns {found:?}, not {expected:?}"));
    }
    let target = config.target();
    let name = settings.name.as_deref().or(settings.involved_object.as_deref()).unwrap_or_default();
    let names = [settings.resource.plural(), settings.resource.group(), name, config.namespace().unwrap_or_default()];
    match names.iter().find(|name| !target.contains(**name)) {
        None => Ok(()),
        Some(missing) => broken(Oracle::Reference, format!("the target {target:?} doesn't have {missing:?}")),
    }
}

/// Answers the first request, and checks the next one.
fn second_request(rng: &mut Rng, rig: &mut Rig<Watcher>, transcript: &mut Transcript) -> Result<(), Violation> {
    match rng.below(3) {
        0 => rig.answer("{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"77\"},\"items\":[]}")?,
        1 => {
            rig.head(watch_core::ResponseHead::new(200))?;
            rig.body(["{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"78\",\"annotations\":\
                       {\"k8s.io/initial-events-end\":\"true\"}}}}"
                .into()])?;
        }
        _ => rig.fails(watch_core::TransportErrorKind::Refused)?,
    }
    let outputs = rig.poll(transcript)?;
    rig.sleep(&outputs);
    rig.poll(transcript).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_that_is_taken_or_refused_wrongly_is_found() {
        let wrong = Problem::OutOfRange("page_size");
        assert!(accepted(std::slice::from_ref(&wrong), None).is_err());
        assert!(accepted(&[], Some(&ConfigError::NoName)).is_err());
        assert!(accepted(&[wrong], Some(&ConfigError::NameAndInvolvedObject)).is_err());
        assert_eq!(accepted(&[Problem::Names], Some(&ConfigError::NameAndInvolvedObject)), Ok(()));
    }

    #[test]
    fn a_configuration_with_other_values_is_found() {
        let settings = Settings::drawn(&mut Rng::new(1), 0);
        let other = Settings { seed: Some(5), ..settings.clone() };
        assert!(
            check_getters(&Settings { seed: Some(0), or_seed: Some(9), ..settings }, &other.builder().build().unwrap())
                .is_err()
        );
    }
}
