//! The order of a merged list: the patch's elements keep the patch's order, the server's keep theirs, and each of the
//! server's stays next to its neighbours from the patch.

use serde_json::Value;
use watch_core::wire::Status;

use super::elements::{is_list_of_maps, no_merge_key};
use super::schema::Schema;
use super::{DIRECTIVE, Object, SET_ORDER, failed, in_go, merge_lists, named_by, without_directives};
use crate::model::validation::errors::bad_request;

const WHAT: &str = "setElementOrder list";

/// Merges the lists that have an order in the patch (`mergePatchIntoOriginal`), and removes them from the patch.
pub(super) fn apply_orders(original: &mut Object, patch: &mut Object, schema: Schema) -> Result<(), Status> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let order = patch.remove(&directive).unwrap_or_default();
        let key = named_by(directive.strip_prefix(SET_ORDER).unwrap_or_default(), WHAT)?;
        let order = list_of(order)?;
        let present = original.get(key).cloned().map(list_of).transpose()?;
        let changed = patch.get(key).cloned().map(list_of).transpose()?;
        let field = schema.field(key);
        check_order(changed.as_deref().unwrap_or_default(), &order, field.merge_key)?;
        let server_order = present.clone().unwrap_or_default();
        let has_elements = !server_order.is_empty() || changed.as_ref().is_some_and(|changed| !changed.is_empty());
        is_list_of_maps(&server_order, changed.as_deref().unwrap_or_default())?;
        let merged = match (present, changed) {
            (None, None) => continue,
            (Some(present), None) => present,
            (None, Some(changed)) => changed.into_iter().filter_map(without_directives).collect(),
            (Some(present), Some(changed)) => merge_lists(present, changed, field, false)?,
        };
        if !has_elements {
            // `sliceElementType`
            return Err(failed("no elements in any of the given slices".into()));
        }
        let keyless = |value: &&Value| !field.merge_key.is_empty() && value.get(field.merge_key).is_none();
        if let Some(element) = merged.iter().chain(&order).find(keyless) {
            return Err(no_merge_key(element, field.merge_key));
        }
        let (of_patch, of_server) = partition(merged, &order, field.merge_key);
        let ordered = in_order(of_patch, of_server, &order, &server_order, field.merge_key);
        patch.remove(key);
        original.insert(key.to_owned(), Value::Array(ordered));
    }
    Ok(())
}

fn list_of(value: Value) -> Result<Vec<Value>, Status> {
    match value {
        Value::Array(list) => Ok(list),
        _ => Err(bad_request(format!("invalid patch format of {WHAT}"))),
    }
}

/// Checks that the elements of the patch are in its own order (`validatePatchWithSetOrderList`).
fn check_order(patch: &[Value], order: &[Value], key: &str) -> Result<(), Status> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut order_left = order.iter();
    let mut is_in_order = true;
    for element in patch.iter().filter(|element| element.get(DIRECTIVE).is_none()) {
        let mut found = false;
        for ordered in order_left.by_ref() {
            for one in [element, ordered] {
                if !key.is_empty() && one.get(key).is_none() {
                    return Err(no_merge_key(one, key));
                }
            }
            found = is_same(element, ordered, key);
            if found {
                break;
            }
        }
        is_in_order &= found;
    }
    if is_in_order {
        return Ok(());
    }
    let (patch, order) = (Value::Array(patch.to_vec()), Value::Array(order.to_vec()));
    Err(failed(format!(
        "The order in patch list:\n{}\n doesn't match {SET_ORDER} list:\n{}\n",
        in_go(&patch),
        in_go(&order)
    )))
}

/// Returns the elements that are in the patch, and those that only the server has (`partitionMapsByPresentInList`).
pub(super) fn partition(merged: Vec<Value>, patch: &[Value], key: &str) -> (Vec<Value>, Vec<Value>) {
    merged.into_iter().partition(|value| place(patch, value, key).is_some())
}

/// `normalizeElementOrder`
pub(super) fn in_order(
    mut of_patch: Vec<Value>,
    mut of_server: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    key: &str,
) -> Vec<Value> {
    of_patch.sort_by_key(|value| place(patch_order, value, key));
    of_server.sort_by_key(|value| place(server_order, value, key));
    // `mergeSortedSlice`
    let mut all = Vec::with_capacity(of_patch.len() + of_server.len());
    let (mut of_patch, mut of_server) = (of_patch.into_iter().peekable(), of_server.into_iter().peekable());
    loop {
        let server_first = match (of_server.peek(), of_patch.peek()) {
            (None, None) => return all,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(theirs)) => {
                let places = (place(server_order, own, key), place(server_order, theirs, key));
                matches!(places, (Some(own), Some(theirs)) if own < theirs)
            }
        };
        all.extend(if server_first { of_server.next() } else { of_patch.next() });
    }
}

fn place(list: &[Value], value: &Value, key: &str) -> Option<usize> {
    list.iter().position(|other| is_same(value, other, key))
}

fn is_same(one: &Value, other: &Value, key: &str) -> bool {
    if key.is_empty() { one == other } else { one.get(key).is_some() && one.get(key) == other.get(key) }
}
