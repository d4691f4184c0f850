//! Finds the few fields of an object that the protocol needs, without decoding the rest.
//!
//! Fields are borrowed from the document if they have no escapes (in Kubernetes, always), so there is no allocation per
//! field.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The annotation whose value `"true"` on a BOOKMARK ends the initial events of a streaming list
/// (`metav1.InitialEventsAnnotationKey`, KEP-3157).
pub const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// A text of a document.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    /// Bytes of the document, without escapes. The document was checked for UTF-8, so they aren't checked again.
    Plain(&'a [u8]),
    /// A copy, because the document has escapes in it.
    Unescaped(Box<str>),
}

impl Found<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Plain(bytes) => bytes,
            Self::Unescaped(text) => text.as_bytes(),
        }
    }
}

impl<'a> From<Cow<'a, str>> for Found<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Plain(text.as_bytes()),
            Cow::Owned(text) => Self::Unescaped(text.into()),
        }
    }
}

/// `apiVersion`, `kind` and `metadata` of any object.
#[derive(Debug, Default)]
pub(crate) struct ObjectHead<'a> {
    pub(crate) api_version: Option<Found<'a>>,
    pub(crate) kind: Option<Found<'a>>,
    /// There is a member `apiVersion` or `kind`, whatever its value.
    pub(crate) has_type: bool,
    pub(crate) metadata: Option<ObjectMeta<'a>>,
}

/// The fields of `metadata` that identify an object and its version.
#[derive(Debug, Default)]
pub(crate) struct ObjectMeta<'a> {
    pub(crate) name: Option<Found<'a>>,
    pub(crate) namespace: Option<Found<'a>>,
    pub(crate) uid: Option<Found<'a>>,
    pub(crate) resource_version: Option<Found<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ObjectHead<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Head;
        impl<'de> Visitor<'de> for Head {
            type Value = ObjectHead<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut head = ObjectHead::default();
                while let Some(Text(key)) = map.next_key()? {
                    head.has_type |= matches!(key.as_ref(), "apiVersion" | "kind");
                    match key.as_ref() {
                        // A value that isn't a string must not fail a list or stop a watch. Decoding the object reports
                        // it.
                        "apiVersion" => once("apiVersion", &mut head.api_version, found_if_it_is(&mut map))?,
                        "kind" => once("kind", &mut head.kind, found_if_it_is(&mut map))?,
                        "metadata" => once("metadata", &mut head.metadata, map.next_value())?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(head)
            }
        }
        deserializer.deserialize_map(Head)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ObjectMeta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Meta;
        impl<'de> Visitor<'de> for Meta {
            type Value = ObjectMeta<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut meta = ObjectMeta::default();
                while let Some(Text(key)) = map.next_key()? {
                    match key.as_ref() {
                        "name" => once("name", &mut meta.name, found(&mut map))?,
                        "namespace" => once("namespace", &mut meta.namespace, found(&mut map))?,
                        "uid" => once("uid", &mut meta.uid, found(&mut map))?,
                        "resourceVersion" => {
                            once("resourceVersion", &mut meta.resource_version, found(&mut map))?;
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(meta)
            }
        }
        deserializer.deserialize_map(Meta)
    }
}

/// Sets a field. Fails if the document has it twice, because readers would disagree about its value.
pub(super) fn once<T, E: Error>(name: &str, field: &mut Option<T>, value: Result<Option<T>, E>) -> Result<(), E> {
    let value = value.map_err(|error| E::custom(format_args!("{name}: {error}")))?;
    if field.is_some() {
        return Err(E::custom(format_args!("duplicate field {name}")));
    }
    *field = value;
    Ok(())
}

pub(super) fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    Ok(map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| text))
}

fn found<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Found<'de>>, A::Error> {
    Ok(text(map)?.map(Found::from))
}

/// Returns a string; `None` if the value is of another type.
fn found_if_it_is<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Found<'de>>, A::Error> {
    let value: &'de RawValue = map.next_value()?;
    Ok(as_text(value).map(|Text(text)| text.into()))
}

pub(super) fn as_text(value: &RawValue) -> Option<Text<'_>> {
    serde_json::from_str(value.get()).ok()
}

/// A string, borrowed if it has no escapes. (`Option<Cow<str>>` would always copy.)
#[derive(Debug)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Either<'a> {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.into())))
            }
        }
        deserializer.deserialize_str(Either(PhantomData))
    }
}

/// Returns whether the annotations have [`INITIAL_EVENTS_END`] with the *string* `"true"`. For annotations in any other
/// form, it returns false.
pub(super) fn has_end_marker(annotations: &RawValue) -> bool {
    serde_json::from_str(annotations.get()).is_ok_and(|EndMarker(found)| found)
}

struct EndMarker(bool);

impl<'de> Deserialize<'de> for EndMarker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Annotations;
        impl<'de> Visitor<'de> for Annotations {
            type Value = EndMarker;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("annotations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EndMarker, A::Error> {
                let mut found = false;
                while let Some((Text(key), value)) = map.next_entry::<_, &RawValue>()? {
                    if key == INITIAL_EVENTS_END {
                        found = as_text(value).is_some_and(|Text(text)| text == "true");
                    }
                }
                Ok(EndMarker(found))
            }
        }
        deserializer.deserialize_map(Annotations)
    }
}

/// Formats the error for a required field without a value.
pub(crate) fn missing(field: &str) -> alloc::string::String {
    format!("{field} is missing or empty")
}
