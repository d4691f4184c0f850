//! `Checkpoint`: an altered one is refused or equal to the original. An unaltered one leads to the same requests.

use watch_core::{
    Checkpoint, CheckpointError, Config, Limits, Output, Representation, Resource, ResponseHead, Start, Watcher,
};
use watch_test::check::Rng;

use super::alter::{altered, written_otherwise};
use super::rig::{Rig, parameters, request};
use super::settings::{Settings, resource};
use super::{hashed, versions};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut settings = Settings::drawn(rng, 0);
    settings.deadline = None;
    settings.give_up_after = None;
    settings.limits = Limits::default();
    let Ok(config) = settings.builder().build() else { return Ok(()) };
    let is_refused = settings.bookmarks && rng.one_in(2);
    let Some((checkpoint, rules_out)) = written(rng, &config, is_refused, transcript)? else { return Ok(()) };
    let json = serde_json::to_string(&checkpoint).unwrap_or_default();
    transcript.note(|| format!("checkpoint {json}"));
    hashed::text(transcript, &json);
    let again: Option<Checkpoint> = serde_json::from_str(&written_otherwise(rng, &json)).ok();
    if again.as_ref() != Some(&checkpoint) {
        return broken(Oracle::Reference, format!("{json} reads as {again:?}"));
    }
    resumes(&settings, &config, &checkpoint, rules_out, transcript)?;
    for _ in 0..6 {
        let text = altered(rng, &json);
        let read = serde_json::from_str::<Checkpoint>(&text);
        hashed::flag(transcript, read.is_ok());
        let Ok(read) = read else { continue };
        let resumed = Watcher::resume(config.clone(), &read).err();
        hashed::optional(transcript, resumed, hashed::checkpoint_error);
        is_refused_or_same(&checkpoint, &read, &text, resumed)?;
    }
    for _ in 0..3 {
        let (other, is_same_scope) = changed(rng, &settings);
        let Ok(other) = other.builder().build() else { continue };
        other_scope(Watcher::resume(other.clone(), &checkpoint).err(), is_same_scope)?;
        let read = other_format(rng, &json)?;
        other_format_first(Watcher::resume(other.clone(), &read).err())?;
        let Ok(read) = serde_json::from_str::<Checkpoint>(&altered(rng, &json)) else { continue };
        hashed::optional(transcript, Watcher::resume(other, &read).err(), hashed::checkpoint_error);
    }
    Ok(())
}

/// Runs a machine until it has a checkpoint. Returns the checkpoint, and whether the server turned out to have no
/// streaming lists.
fn written(
    rng: &mut Rng,
    config: &Config,
    is_refused: bool,
    transcript: &mut Transcript,
) -> Result<Option<(Checkpoint, bool)>, Violation> {
    let version = loop {
        let text = versions::drawn(rng);
        if text.parse::<watch_core::ResourceVersion>().is_ok() {
            break serde_json::Value::from(text).to_string();
        }
    };
    let mut rig = Rig::new(Watcher::new(config.clone()));
    let mut outputs = rig.poll(transcript)?;
    let mut rules_out = false;
    let is_streaming =
        |outputs: &[Output]| request(outputs).is_some_and(|request| request.uri().contains("sendInitialEvents"));
    if is_refused && is_streaming(&outputs) {
        rig.head(ResponseHead::new(rng.pick(&[400, 404, 405, 406, 415, 422])))?;
        rig.end()?;
        outputs = rig.poll(transcript)?;
        rules_out = true;
    }
    if rig.open.is_some() && rig.machine.checkpoint().is_none() {
        if is_streaming(&outputs) {
            rig.head(ResponseHead::new(200))?;
            let end = format!(
                "{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":{version},\"annotations\":\
                 {{\"k8s.io/initial-events-end\":\"true\"}}}}}}}}"
            );
            rig.body([end.into()])?;
        } else {
            rig.answer(format!("{{\"kind\":\"List\",\"metadata\":{{\"resourceVersion\":{version}}},\"items\":[]}}"))?;
        }
        rig.poll(transcript)?;
    }
    Ok(rig.machine.checkpoint().map(|checkpoint| (checkpoint, rules_out)))
}

/// A machine that resumes checks the version first, if versions have an order, and continues from the version. After
/// the version expired, it requests the kind of list that the server supports.
fn resumes(
    settings: &Settings,
    config: &Config,
    checkpoint: &Checkpoint,
    rules_out: bool,
    transcript: &mut Transcript,
) -> Result<(), Violation> {
    let watcher = Watcher::resume(config.clone(), checkpoint)
        .or_else(|error| broken(Oracle::Reference, format!("an unaltered checkpoint is refused: {error:?}")))?;
    if watcher.checkpoint().as_ref() != Some(checkpoint) {
        return broken(Oracle::Reference, format!("the checkpoint became {:?}", watcher.checkpoint()));
    }
    let version = checkpoint.resource_version().text().into_owned();
    let is_number = !version.starts_with('0') && version.bytes().all(|b| b.is_ascii_digit());
    let mut rig = Rig::new(watcher);
    let mut outputs = rig.poll(transcript)?;
    if is_number {
        expect(&outputs, &[("limit", Some("1")), ("watch", None), ("resourceVersion", None), ("continue", None)])?;
        rig.answer(format!("{{\"kind\":\"List\",\"metadata\":{{\"resourceVersion\":\"{version}\"}},\"items\":[]}}"))?;
        outputs = rig.poll(transcript)?;
    }
    let watch = [("watch", Some("true")), ("resourceVersion", Some(version.as_str())), ("sendInitialEvents", None)];
    expect(&outputs, &watch)?;
    if settings.on_expired != watch_core::OnExpired::Relist {
        return Ok(());
    }
    rig.head(ResponseHead::new(410))?;
    rig.end()?;
    let outputs = rig.poll(transcript)?;
    let may_stream = settings.bookmarks && settings.start != Start::InitialList(watch_core::InitialList::List);
    let streams = if may_stream && !rules_out { Some("true") } else { None };
    expect(&outputs, &[("watch", streams), ("sendInitialEvents", streams)])
}

/// Checks parameters of the request among these outputs. `None`: the parameter must be absent.
fn expect(outputs: &[Output], expected: &[(&str, Option<&str>)]) -> Result<(), Violation> {
    let sent = request(outputs).map(parameters).unwrap_or_default();
    let value = |name: &str| sent.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    if request(outputs).is_some() && expected.iter().all(|(name, expected)| value(name) == *expected) {
        return Ok(());
    }
    broken(Oracle::Reference, format!("it continues with {outputs:?}, not with {expected:?}"))
}

fn is_refused_or_same(
    written: &Checkpoint,
    read: &Checkpoint,
    text: &str,
    error: Option<CheckpointError>,
) -> Result<(), Violation> {
    let value = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let format = value["format"].as_u64().unwrap_or(0);
    let is_right = match error {
        None => read == written,
        Some(CheckpointError::Format { found, .. }) => u64::from(found) == format && read != written,
        Some(_) => read != written,
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{text} was resumed from with {error:?}; written was {written:?}"))
}

/// Changes one setting. Also returns whether a checkpoint is valid for both configurations.
fn changed(rng: &mut Rng, settings: &Settings) -> (Settings, bool) {
    let mut other = settings.clone();
    let same = match rng.below(12) {
        0 => {
            other.resource = resource(rng, 0);
            other.resource == settings.resource
        }
        1 => {
            let (group, plural) = (settings.resource.group(), settings.resource.plural());
            other.resource = Resource::new(group, "v9", plural);
            false
        }
        2 => {
            other.namespace = Some(rng.pick(&["default", "other"]).into());
            other.namespace == settings.namespace
        }
        3 => {
            other.labels = rng.pick(&["app=web", "app=other", ""]).into();
            other.labels == settings.labels
        }
        4 => {
            other.fields.push(("status.phase".into(), "Running".into()));
            false
        }
        5 => {
            other.representation = rng.pick(&[Representation::Full, Representation::Metadata]);
            other.representation == settings.representation
        }
        6 => {
            other.name = Some("another".into());
            other.involved_object = None;
            other.name == settings.name && other.involved_object == settings.involved_object
        }
        7 => {
            // The text of one selector becomes the other selector.
            let moved = if settings.labels == "app=web" { vec![("app".into(), "web".into())] } else { Vec::new() };
            (other.name, other.involved_object, other.labels, other.fields) = (None, None, String::new(), moved);
            settings.labels.is_empty() && settings.all_fields().is_empty()
        }
        _ => {
            let drawn = Settings::drawn(rng, 0);
            let Settings { resource, namespace, name, involved_object, labels, fields, representation, .. } = other;
            other = Settings { resource, namespace, name, involved_object, labels, fields, representation, ..drawn };
            true
        }
    };
    (other, same)
}

/// Returns the checkpoint as another release would write it, perhaps with a sum of its own.
fn other_format(rng: &mut Rng, json: &str) -> Result<Checkpoint, Violation> {
    let mut document: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    document["format"] = OTHER_FORMAT.into();
    if rng.one_in(2) {
        document["sum"] = 7.into();
    }
    let read = serde_json::from_value(document);
    read.or_else(|error| broken(Oracle::Reference, format!("a checkpoint of another format can't be read: {error}")))
}

/// The other fields of another format may have another meaning, so the format is checked first.
pub(super) fn other_format_first(error: Option<CheckpointError>) -> Result<(), Violation> {
    let expected = CheckpointError::Format { found: OTHER_FORMAT, known: 1 };
    if error == Some(expected) {
        return Ok(());
    }
    broken(Oracle::Reference, format!("format {OTHER_FORMAT} leads to {error:?}, not {expected:?}"))
}

pub(super) const OTHER_FORMAT: u32 = 2;

fn other_scope(error: Option<CheckpointError>, is_same: bool) -> Result<(), Violation> {
    let expected = if is_same { None } else { Some(CheckpointError::OtherScope) };
    if error == expected {
        return Ok(());
    }
    broken(Oracle::Reference, format!("resumed by another configuration: {error:?}, not {expected:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_checkpoint_that_is_taken_is_found() {
        let config =
            Config::builder(Resource::core("v1", "pods")).start(Start::From("7".parse().unwrap())).build().unwrap();
        let checkpoint = Watcher::new(config).checkpoint().unwrap();
        let text = serde_json::to_string(&checkpoint).unwrap();
        let older = text.replace("\"format\":1", "\"format\":0");
        let read: Checkpoint = serde_json::from_str(&older).unwrap();
        assert!(is_refused_or_same(&checkpoint, &read, &older, None).is_err());
        assert!(is_refused_or_same(&checkpoint, &checkpoint, &text, Some(CheckpointError::Damaged)).is_err());
        assert_eq!(is_refused_or_same(&checkpoint, &checkpoint, &text, None), Ok(()));
        assert!(other_format_first(Some(CheckpointError::OtherScope)).is_err());
        assert!(other_scope(None, false).is_err());
        assert!(other_scope(Some(CheckpointError::Damaged), true).is_err());
    }

    #[test]
    fn a_machine_that_resumes_otherwise_is_found() {
        assert!(expect(&[], &[("limit", Some("1"))]).is_err());
    }
}
