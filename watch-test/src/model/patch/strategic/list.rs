//! Merges lists: structs by their keys, texts and numbers by value.

use serde_json::Value;
use watch_core::wire::Status;

use super::elements::{is_list_of_maps, no_merge_key};
use super::order::{in_order, partition};
use super::schema::{Field, Schema};
use super::{DIRECTIVE, failed, merge_map, unknown_directive};

/// `mergeSlice`
pub(super) fn merge_list(
    present: Vec<Value>,
    patch: Vec<Value>,
    field: Field,
    is_deletion: bool,
) -> Result<Vec<Value>, Status> {
    if present.is_empty() && patch.is_empty() {
        return Ok(present);
    }
    let server_order = present.clone();
    if !is_list_of_maps(&present, &patch)? {
        if is_deletion {
            return Ok(present.into_iter().filter(|value| !patch.contains(value)).collect());
        }
        let mut merged: Vec<Value> = Vec::new();
        for value in present.into_iter().chain(patch.iter().cloned()) {
            if !merged.contains(&value) {
                merged.push(value);
            }
        }
        let (of_patch, of_server) = partition(merged, &patch, "");
        return Ok(in_order(of_patch, of_server, &patch, &server_order, ""));
    }
    if field.merge_key.is_empty() {
        let name = if let Schema::Struct(name) = field.schema { name } else { "" };
        return Err(failed(format!("cannot merge lists without merge key for {name}")));
    }
    let (present, patch) = apply_directives(present, patch, field.merge_key)?;
    let server_order = present.clone();
    let merged = merge_by_key(present, &patch, field)?;
    let (of_patch, of_server) = partition(merged, &patch, field.merge_key);
    Ok(in_order(of_patch, of_server, &patch, &server_order, field.merge_key))
}

/// `mergeSliceWithSpecialElements`: the elements to delete, and whether to replace the list.
fn apply_directives(mut present: Vec<Value>, patch: Vec<Value>, key: &str) -> Result<(Vec<Value>, Vec<Value>), Status> {
    let mut plain = Vec::new();
    let mut is_replaced = false;
    for element in patch {
        let Some(directive) = element.get(DIRECTIVE) else {
            plain.push(element);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let value = element.get(key).ok_or_else(|| no_merge_key(&element, key))?;
                present.retain(|present| present.get(key) != Some(value));
            }
            Some("replace") => is_replaced = true,
            Some("merge") => return Err(failed("merging lists cannot yet be specified in the patch".into())),
            _ => return Err(unknown_directive(directive, &element)),
        }
    }
    Ok(if is_replaced { (plain, Vec::new()) } else { (present, plain) })
}

/// `mergeSliceWithoutSpecialElements`
fn merge_by_key(mut merged: Vec<Value>, patch: &[Value], field: Field) -> Result<Vec<Value>, Status> {
    let key = field.merge_key;
    for element in patch {
        let value = element.get(key).ok_or_else(|| no_merge_key(element, key))?;
        let at = merged.iter().position(|present| present.get(key) == Some(value));
        match (at.and_then(|at| merged.get_mut(at)), element) {
            (Some(present), Value::Object(patch)) => {
                let Value::Object(before) = present.take() else { continue };
                *present = Value::Object(merge_map(before, patch.clone(), field.schema)?);
            }
            _ => merged.push(element.clone()),
        }
    }
    Ok(merged)
}
