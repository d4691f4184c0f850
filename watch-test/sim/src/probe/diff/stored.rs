//! Stores and restores a diff.

use watch_core::{CheckpointError, Config, Diff, DiffSnapshot, Resource};
use watch_test::check::Rng;

use super::relisted::Way;
use crate::probe::alter::{altered, written_otherwise};
use crate::probe::checkpoints::{OTHER_FORMAT, other_format_first};
use crate::probe::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn config(plural: &str) -> Result<Config, Violation> {
    let config = Config::builder(Resource::core("v1", plural)).build();
    config.or_else(|error| broken(Oracle::Reference, format!("{plural} can't be configured: {error}")))
}

/// Returns the diff after it was stored and restored. A snapshot that was altered must be refused.
pub(super) fn restored(
    rng: &mut Rng,
    diff: &Diff,
    config: &Config,
    transcript: &mut Transcript,
) -> Result<Diff, Violation> {
    let json = text(&diff.snapshot(config));
    hashed::text(transcript, &json);
    for _ in 0..3 {
        let other = altered(rng, &json);
        let Ok(snapshot) = serde_json::from_str::<DiffSnapshot>(&other) else {
            hashed::flag(transcript, false);
            continue;
        };
        let restored = Diff::restore(snapshot, config);
        let error = restored.as_ref().err().copied();
        hashed::optional(transcript, error, hashed::checkpoint_error);
        is_refused_or_same(&json, &other, restored.ok().map(|diff| text(&diff.snapshot(config))).as_deref())?;
    }
    let read = || {
        let written = written_otherwise(&mut rng.clone(), &json);
        serde_json::from_str::<DiffSnapshot>(&written)
            .or_else(|error| broken(Oracle::Reference, format!("a snapshot can't be read: {error}: {written}")))
    };
    let error = Diff::restore(read()?, &self::config("events")?).err();
    if error != Some(CheckpointError::OtherScope) {
        return broken(Oracle::Reference, format!("another watch restores the snapshot: {error:?}"));
    }
    let mut document: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
    document["format"] = OTHER_FORMAT.into();
    let snapshot = serde_json::from_value::<DiffSnapshot>(document)
        .or_else(|error| broken(Oracle::Reference, format!("a snapshot of another format can't be read: {error}")))?;
    for plural in ["pods", "events"] {
        other_format_first(Diff::restore(snapshot.clone(), &self::config(plural)?).err())?;
    }
    let restored = Diff::restore(read()?, config)
        .or_else(|error| broken(Oracle::Reference, format!("an unaltered snapshot is refused: {error:?}: {json}")))?;
    is_refused_or_same(&json, &json, Some(&text(&restored.snapshot(config))))?;
    let way = Way::drawn(rng);
    let other = way.restored(diff, config)?;
    is_refused_or_same(&json, &json, Some(&text(&other.snapshot(config))))?;
    Ok(if way == Way::Json { restored } else { other })
}

fn text(snapshot: &DiffSnapshot) -> String {
    serde_json::to_string(snapshot).unwrap_or_default()
}

/// Checks that an altered snapshot is refused, or restores the same as the unaltered one.
fn is_refused_or_same(stored: &str, altered: &str, restored: Option<&str>) -> Result<(), Violation> {
    if restored.is_none_or(|restored| restored == stored) {
        return Ok(());
    }
    broken(Oracle::Reference, format!("stored was {stored}, altered to {altered}, restored as {restored:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_snapshot_that_is_taken_is_found() {
        assert_eq!(is_refused_or_same("a", "b", None), Ok(()));
        assert!(is_refused_or_same("a", "b", Some("b")).is_err());
    }
}
