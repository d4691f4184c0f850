//! Writes the body of a LIST as kube-apiserver does.

use alloc::vec::Vec;

use serde::Serialize;

use super::list_meta::{ListMeta, TypeMeta};

/// The order of keys in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "kube-apiserver has these two")]
pub enum ListStyle {
    /// `kind`, `apiVersion`, `metadata`, `items`; without `continue` if there is no token.
    BuiltIn,
    /// `apiVersion`, `items`, `kind`, `metadata`, always with a `continue`
    /// (`runtime/serializer/json/collections.go`).
    Custom,
}

/// Writes a list as kube-apiserver does. `items` are JSON and are copied unchanged; `list_type` is the type of the list
/// (`PodList`).
pub fn write_list<'a>(
    out: &mut Vec<u8>,
    style: ListStyle,
    list_type: &TypeMeta,
    meta: &ListMeta,
    items: impl IntoIterator<Item = &'a [u8]>,
) {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SortedMeta<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#continue: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        remaining_item_count: Option<i64>,
        resource_version: &'a str,
    }
    /// The built-in types write their fields in the order of the Go struct.
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct BuiltInMeta<'a> {
        resource_version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        r#continue: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        remaining_item_count: Option<i64>,
    }
    // Serialising can't fail here: there are only strings and numbers.
    let json = |text: &str| serde_json::to_vec(text).unwrap_or_default();
    let version = meta.resource_version.text();
    let member = |out: &mut Vec<u8>, before: &str, value: &[u8]| {
        out.extend_from_slice(before.as_bytes());
        out.extend_from_slice(value);
    };
    let write_items = |out: &mut Vec<u8>, items: &mut dyn Iterator<Item = &'a [u8]>| {
        for (index, item) in items.enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(item);
        }
    };
    match style {
        ListStyle::BuiltIn => {
            let meta = BuiltInMeta {
                resource_version: &version,
                r#continue: meta.continue_token.as_deref(),
                remaining_item_count: meta.remaining_item_count,
            };
            member(out, "{\"kind\":", &json(&list_type.kind));
            member(out, ",\"apiVersion\":", &json(&list_type.api_version));
            member(out, ",\"metadata\":", &serde_json::to_vec(&meta).unwrap_or_default());
            out.extend_from_slice(b",\"items\":[");
            write_items(out, &mut items.into_iter());
            out.extend_from_slice(b"]}\n");
        }
        ListStyle::Custom => {
            let meta = SortedMeta {
                r#continue: Some(meta.continue_token.as_deref().unwrap_or_default()),
                remaining_item_count: meta.remaining_item_count,
                resource_version: &version,
            };
            member(out, "{\"apiVersion\":", &json(&list_type.api_version));
            out.extend_from_slice(b",\"items\":[");
            write_items(out, &mut items.into_iter());
            member(out, "],\"kind\":", &json(&list_type.kind));
            member(out, ",\"metadata\":", &serde_json::to_vec(&meta).unwrap_or_default());
            out.extend_from_slice(b"}\n");
        }
    }
}
