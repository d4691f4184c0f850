//! Objects as rows of a table, for `kubectl get`.
//!
//! Pods have the columns of kube-apiserver (`printPod` of pkg/printers/internalversion), the rest name and age.

use core::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use watch_core::wire::{EventType, write_event};

use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;

/// The object in a row of a table: `includeObject` (`meta/v1.IncludeObjectPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Include {
    /// Nothing.
    Nothing,
    #[default]
    Metadata,
    Object,
}

/// The context of a table besides its objects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) resource: &'a Resource,
    /// The time, since 1970: for ages.
    pub(crate) now: Duration,
    /// Only the first table of a watch has the columns.
    pub(crate) has_columns: bool,
    pub(crate) include: Include,
}

impl Frame<'_> {
    /// Returns an event of an object. The table has its version, and so has the row.
    pub(crate) fn event(&self, event: EventType, object: &Version) -> Bytes {
        let metadata = json!({ "resourceVersion": object.revision.to_string() });
        self.line(event, metadata, &[&object.value])
    }

    /// Returns a bookmark: a row without cells, whose object has the annotations.
    pub(crate) fn bookmark(&self, metadata: &Value) -> Bytes {
        let version = json!({ "resourceVersion": metadata["resourceVersion"] });
        self.line(EventType::Bookmark, version, &[&json!({ "metadata": metadata })])
    }

    /// Returns a table of several objects.
    pub(crate) fn list(&self, metadata: Value, objects: &[&Value]) -> Vec<u8> {
        let rows: Vec<Value> = objects.iter().map(|object| self.row(object)).collect();
        let columns = if self.has_columns { Value::Array(columns(self.resource)) } else { Value::Null };
        let table = json!({
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": columns,
            "rows": rows,
        });
        to_vec(&table, KeyOrder::Struct("Table"))
    }

    fn line(&self, event: EventType, metadata: Value, objects: &[&Value]) -> Bytes {
        let mut line = Vec::new();
        write_event(&mut line, event, &self.list(metadata, objects));
        line.into()
    }

    fn row(&self, object: &Value) -> Value {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let name = text("/metadata/name").unwrap_or_default();
        let created = text("/metadata/creationTimestamp").and_then(|at| humantime::parse_rfc3339(at).ok());
        let created = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let age = created.map_or_else(|| "<unknown>".into(), |created| age(self.now.saturating_sub(created)));
        let cells = match self.resource.kind.as_str() {
            "Pod" => pod_cells(object, name, &age),
            _ => json!([name, age]),
        };
        let included = match self.include {
            Include::Nothing => Value::Null,
            Include::Metadata => json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": object.get("metadata"),
            }),
            Include::Object => object.clone(),
        };
        json!({ "cells": cells, "object": included })
    }
}

fn pod_cells(pod: &Value, name: &str, age: &str) -> Value {
    let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let list = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let statuses = list("/status/containerStatuses");
    let ready = statuses.iter().filter(|status| status["ready"] == Value::Bool(true)).count();
    let restarts: u64 = statuses.iter().filter_map(|status| status["restartCount"].as_u64()).sum();
    let status = match text("/metadata/deletionTimestamp") {
        Some(_) => "Terminating",
        None => text("/status/reason").or_else(|| text("/status/phase")).unwrap_or_default(),
    };
    let or_none = |pointer: &str| text(pointer).unwrap_or("<none>");
    json!([
        name,
        format!("{ready}/{}", list("/spec/containers").len()),
        status,
        restarts.to_string(),
        age,
        or_none("/status/podIP"),
        or_none("/spec/nodeName"),
        or_none("/status/nominatedNodeName"),
        "<none>",
    ])
}

fn columns(resource: &Resource) -> Vec<Value> {
    let known: Vec<Value> = COLUMNS
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(5, '|');
            let (name, kind, format) = (parts.next()?, parts.next()?, parts.next()?);
            let priority: u8 = parts.next()?.parse().ok()?;
            let description = parts.next()?.replace("\\n", "\n").replace("\\\"", "\"");
            Some(json!({
                "name": name, "type": kind, "format": format, "description": description, "priority": priority
            }))
        })
        .collect();
    let is_shown = |column: &Value| resource.kind == "Pod" || matches!(column["name"].as_str(), Some("Name" | "Age"));
    let mut shown: Vec<Value> = known.into_iter().filter(is_shown).collect();
    if let Some(age) = shown.last_mut().filter(|_| resource.custom) {
        age["type"] = "date".into();
    }
    shown
}

/// Name, type, format, priority and description of the columns of pods; the others' are among them.
const COLUMNS: &str = include_str!("pod_columns.txt");

/// `duration.HumanDuration` of apimachinery.
fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / (24 * 365));
    let two = |a: u64, unit: &str, b: u64, small: &str| {
        if b == 0 { format!("{a}{unit}") } else { format!("{a}{unit}{b}{small}") }
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 24 * 8 => two(days, "d", hours % 24, "h"),
        () if years < 2 => format!("{days}d"),
        () if years < 8 => two(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_as_kubectl_shows_them() {
        let of = |seconds| age(Duration::from_secs(seconds));
        let expected = [(0, "0s"), (119, "119s"), (120, "2m"), (121, "2m1s"), (7200, "120m"), (4 * 3600 + 60, "4h1m")];
        for (seconds, text) in expected {
            assert_eq!(of(seconds), text);
        }
        assert_eq!([of(3 * 86_400), of(100 * 86_400), of(3 * 365 * 86_400)], ["3d", "100d", "3y"]);
    }
}
