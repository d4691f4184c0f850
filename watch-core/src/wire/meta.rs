//! The few fields of an object that the protocol needs, found without decoding the rest of it.
//!
//! Borrowed from the document where they stand there literally (which, in Kubernetes, is always): nothing is allocated
//! a field.

use alloc::borrow::Cow;
use alloc::format;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// The annotation whose value `"true"` on a BOOKMARK ends the initial events of a streaming list
/// (`metav1.InitialEventsAnnotationKey`, KEP-3157).
pub const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// `apiVersion`, `kind` and `metadata` of any object.
#[derive(Debug, Default)]
pub(crate) struct ObjectHead<'a> {
    pub(crate) api_version: Option<Cow<'a, str>>,
    pub(crate) kind: Option<Cow<'a, str>>,
    pub(crate) metadata: Option<ObjectMeta<'a>>,
}

/// The part of `metadata` that identifies an object and its version.
#[derive(Debug, Default)]
pub(crate) struct ObjectMeta<'a> {
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) namespace: Option<Cow<'a, str>>,
    pub(crate) uid: Option<Cow<'a, str>>,
    pub(crate) resource_version: Option<Cow<'a, str>>,
    pub(crate) initial_events_end: bool,
    pub(crate) continue_token: Option<Cow<'a, str>>,
    pub(crate) remaining_item_count: Option<i64>,
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
                    match key.as_ref() {
                        "apiVersion" => once("apiVersion", &mut head.api_version, text(&mut map))?,
                        "kind" => once("kind", &mut head.kind, text(&mut map))?,
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
                let mut annotations = None;
                while let Some(Text(key)) = map.next_key()? {
                    match key.as_ref() {
                        "name" => once("name", &mut meta.name, text(&mut map))?,
                        "namespace" => once("namespace", &mut meta.namespace, text(&mut map))?,
                        "uid" => once("uid", &mut meta.uid, text(&mut map))?,
                        "resourceVersion" => {
                            once("resourceVersion", &mut meta.resource_version, text(&mut map))?;
                        }
                        "continue" => once("continue", &mut meta.continue_token, text(&mut map))?,
                        "remainingItemCount" => {
                            once("remainingItemCount", &mut meta.remaining_item_count, map.next_value())?;
                        }
                        "annotations" => {
                            once("annotations", &mut annotations, map.next_value().map(Some))?;
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                meta.initial_events_end = matches!(annotations, Some(EndMarker(true)));
                Ok(meta)
            }
        }
        deserializer.deserialize_map(Meta)
    }
}

/// Sets a field, unless the document has it twice: then readers would disagree about what it says.
fn once<T, E: Error>(name: &str, field: &mut Option<T>, value: Result<Option<T>, E>) -> Result<(), E> {
    let value = value.map_err(|error| E::custom(format_args!("{name}: {error}")))?;
    if field.is_some() {
        return Err(E::custom(format_args!("duplicate field {name}")));
    }
    *field = value;
    Ok(())
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    Ok(map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| text))
}

/// A string, borrowed where it has no escapes. (`Option<Cow<str>>` would always copy.)
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

/// Whether annotations hold [`INITIAL_EVENTS_END`] with the value `"true"`. Annotations of any other shape do not.
struct EndMarker(bool);

impl<'de> Deserialize<'de> for EndMarker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient { in_annotations: true })
    }
}

/// Accepts any value; says whether it is (or, of annotations: holds) what marks the end.
struct Lenient {
    in_annotations: bool,
}

/// A value of an annotation: `true` only for the *string* "true".
struct Value(bool);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let EndMarker(is_true) = deserializer.deserialize_any(Lenient { in_annotations: false })?;
        Ok(Self(is_true))
    }
}

impl<'de> Visitor<'de> for Lenient {
    type Value = EndMarker;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("annotations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EndMarker, A::Error> {
        let mut found = false;
        while let Some(Text(key)) = map.next_key()? {
            if self.in_annotations && key == INITIAL_EVENTS_END {
                let Value(is_true) = map.next_value()?;
                found = is_true;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(EndMarker(found))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<EndMarker, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(EndMarker(false))
    }

    fn visit_str<E>(self, text: &str) -> Result<EndMarker, E> {
        Ok(EndMarker(!self.in_annotations && text == "true"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<EndMarker, E> {
        Ok(EndMarker(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<EndMarker, E> {
        Ok(EndMarker(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<EndMarker, E> {
        Ok(EndMarker(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<EndMarker, E> {
        Ok(EndMarker(false))
    }

    fn visit_unit<E>(self) -> Result<EndMarker, E> {
        Ok(EndMarker(false))
    }
}

/// Says of which field a value that must be there is missing.
pub(crate) fn missing(field: &str) -> alloc::string::String {
    format!("{field} is missing or empty")
}
