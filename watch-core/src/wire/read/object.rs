//! The type and the metadata of an object.

use super::Cursor;
use crate::wire::meta::{Found, ObjectHead, ObjectMeta};

/// Reads the object at which the cursor stands, and moves the cursor after it.
pub(crate) fn object<'a>(cursor: &mut Cursor<'a>) -> Option<ObjectHead<'a>> {
    let mut head = ObjectHead::default();
    cursor.members(|cursor, name| match name {
        b"kind" => {
            head.has_type = true;
            once(&mut head.kind, text_if_it_is(cursor)?)
        }
        b"apiVersion" => {
            head.has_type = true;
            once(&mut head.api_version, text_if_it_is(cursor)?)
        }
        b"metadata" => {
            let metadata = match cursor.peek()? {
                b'{' => Some(metadata(cursor)?),
                _ => cursor.null().map(|()| None)?,
            };
            once(&mut head.metadata, metadata)
        }
        _ => cursor.skip(),
    })?;
    Some(head)
}

fn metadata<'a>(cursor: &mut Cursor<'a>) -> Option<ObjectMeta<'a>> {
    let mut meta = ObjectMeta::default();
    cursor.members(|cursor, name| match name {
        b"name" => once(&mut meta.name, cursor.optional_text()?),
        b"namespace" => once(&mut meta.namespace, cursor.optional_text()?),
        b"uid" => once(&mut meta.uid, cursor.optional_text()?),
        b"resourceVersion" => once(&mut meta.resource_version, cursor.optional_text()?),
        _ => cursor.skip(),
    })?;
    Some(meta)
}

/// Sets a field that has no value yet.
fn once<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    if field.is_some() {
        return None;
    }
    *field = value;
    Some(())
}

/// Takes any value. Returns it if it is a readable string.
fn text_if_it_is<'a>(cursor: &mut Cursor<'a>) -> Option<Option<Found<'a>>> {
    if cursor.peek()? != b'"' {
        return cursor.skip().map(|()| None);
    }
    let at = cursor.position();
    let quoted = cursor.string()?;
    if quoted.has_escapes {
        // Checks them.
        cursor.clone().moved_to(at).skip()?;
    }
    Some(quoted.found())
}
