//! Checks that a server reads label and field selectors as they were configured.

mod fields;
mod labels;
#[cfg(test)]
mod tests;

use watch_core::{Config, ConfigError, FieldSelector, LabelSelector, Resource, Watcher};
use watch_test::check::Rng;

use self::fields::{Field, field, same_fields, verbatim_fields};
use self::labels::{Requirement, invalid_spans, requirement, same_labels, split_labels};
use super::rig::{Rig, parameters, request};
use super::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let labels: Vec<Requirement> = (0..rng.below(4)).map(|_| requirement(rng)).collect();
    let fields: Vec<Field> = (0..rng.below(4)).map(|_| field(rng)).collect();
    let verbatim = rng.pick(&["", "", "app=web", "a in (b,c),!d"]);
    let name = rng.one_in(3).then(|| text::any(rng, 80));
    let involved = (name.is_none() && rng.one_in(3)).then(|| text::any(rng, 80));
    transcript.note(|| format!("{labels:?} {fields:?} {verbatim:?} {name:?} {involved:?}"));
    let selector = labels.iter().fold(LabelSelector::from(verbatim), Requirement::add);
    let field_selector = fields.iter().fold(FieldSelector::new(), Field::add);
    let mut builder = Config::builder(Resource::core("v1", "events")).labels(selector).fields(field_selector);
    if let Some(name) = &name {
        builder = builder.name(name);
    }
    if let Some(name) = &involved {
        builder = builder.involved_object(name);
    }
    let mut errors: Vec<ConfigError> = labels.iter().flat_map(Requirement::errors).collect();
    errors.extend(fields.iter().filter_map(Field::error));
    let invalid = invalid_spans(verbatim, &labels);
    let has_empty_name = name.as_deref() == Some("") || involved.as_deref() == Some("");
    let config = match builder.build() {
        Ok(config) => config,
        Err(error) => {
            hashed::config_error(transcript, &error);
            return refused(&error, &errors, &invalid, has_empty_name);
        }
    };
    if !errors.is_empty() || !invalid.is_empty() {
        return broken(
            Oracle::Reference,
            format!("a selector with an invalid requirement was accepted: {errors:?}, {invalid:?}"),
        );
    }
    let outputs = Rig::new(Watcher::new(config.clone())).poll(transcript)?;
    let sent = request(&outputs).map(parameters).unwrap_or_default();
    let parameter = |name: &str| sent.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    hashed::optional(transcript, parameter("labelSelector"), hashed::text);
    hashed::optional(transcript, parameter("fieldSelector"), hashed::text);
    if parameter("labelSelector") != config.label_selector() || parameter("fieldSelector") != config.field_selector() {
        return broken(
            Oracle::Reference,
            format!("the selectors in the query aren't those of the configuration: {sent:?}"),
        );
    }
    let mut required: Vec<Requirement> = split_labels(verbatim).unwrap_or_default();
    required.extend(labels);
    same_labels(&required, config.label_selector())?;
    let own = name.map(|name| ("metadata.name", name)).or_else(|| involved.map(|name| ("involvedObject.name", name)));
    let own = own.map(|(field, value)| Field { field: field.into(), is_equal: true, value });
    same_fields(&own.into_iter().chain(fields).collect::<Vec<_>>(), config.field_selector())?;
    verbatim_fields(rng, transcript)
}

/// Fails if the error isn't one of those of the configuration.
fn refused(
    error: &ConfigError,
    errors: &[ConfigError],
    invalid: &[(usize, usize)],
    has_empty_name: bool,
) -> Result<(), Violation> {
    let is_right = match error {
        ConfigError::InvalidSelector { field, offset, .. } => {
            *field == "labelSelector" && invalid.iter().any(|(first, last)| (first..=last).contains(&offset))
        }
        ConfigError::Empty { .. } if has_empty_name => true,
        error => errors.contains(error),
    };
    if is_right {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!("refused with {error:?}, but the errors are {errors:?} and the requirements at {invalid:?}"),
    )
}
