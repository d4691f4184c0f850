//! Which objects a type that serde deserializes accepts.
//!
//! The types of k8s-openapi have a fixed `apiVersion` and `kind`. Their `Deserialize` returns an error for another value,
//! and the error has the expected one. So the type is known where only `Deserialize` is a bound. Most other types accept
//! every text, and some have no such fields. For these, nothing is known.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Expected, IntoDeserializer, MapAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::config::resource_name::usual_version;
use crate::config::{Config, ConfigError};

/// A value that no object has.
const NOTHING: &str = "\0";

/// Checks that objects of the resource of this configuration can be deserialized as a `T`, as far as that is known.
pub(crate) fn check<T: DeserializeOwned>(config: &Config) -> Result<(), ConfigError> {
    let resource = config.resource();
    let (Some(api_version), Some(kind)) = (expected::<T>("apiVersion"), expected::<T>("kind")) else { return Ok(()) };
    // The plural follows from the kind in the groups of Kubernetes itself. Elsewhere, a definition chooses it.
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let plural = usual_version(group).map(|_| plural(&kind));
    let is_same = match api_version == resource.api_version() {
        true => plural.as_ref().is_none_or(|plural| plural == resource.plural()),
        false => accepts::<T>("apiVersion", &resource.api_version()),
    };
    if is_same {
        return Ok(());
    }
    let plural = plural.map_or_else(String::new, |plural| format!(", {plural}"));
    Err(ConfigError::WrongType {
        configured: format!("{} ({})", resource.plural(), resource.api_version()).into(),
        found: format!("{kind} ({api_version}{plural})").into(),
    })
}

/// Returns the only value of this field that the type accepts, if there is only one.
fn expected<T: DeserializeOwned>(field: &'static str) -> Option<String> {
    let Err(Refusal::Expected(value)) = T::deserialize(Probe { field, value: NOTHING }) else { return None };
    accepts::<T>(field, &value).then_some(value)
}

fn accepts<T: DeserializeOwned>(field: &'static str, value: &str) -> bool {
    !matches!(T::deserialize(Probe { field, value }), Err(Refusal::Expected(_)))
}

/// Returns the plural of a kind of Kubernetes itself (`meta.UnsafeGuessKindToResource` of apimachinery).
fn plural(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    if lower == "endpoints" {
        return lower;
    }
    match lower.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with('s') => format!("{lower}es"),
        None => format!("{lower}s"),
    }
}

/// An object with this field only. It is an object for a type that has `apiVersion` and `kind`, and an error for others.
struct Probe<'a> {
    field: &'static str,
    value: &'a str,
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
        Err(Refusal::Other)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        if fields.contains(&"apiVersion") && fields.contains(&"kind") {
            visitor.visit_map(Field(Some(self)))
        } else {
            Err(Refusal::Other)
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The members of the object.
struct Field<'a>(Option<Probe<'a>>);

impl<'de> MapAccess<'de> for Field<'_> {
    type Error = Refusal;

    fn next_key_seed<K: serde::de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        // After the field, the object isn't complete.
        let probe = self.0.as_ref().ok_or(Refusal::Other)?;
        let name: StrDeserializer<'_, Refusal> = probe.field.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: serde::de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let probe = self.0.take().ok_or(Refusal::Other)?;
        let value: StrDeserializer<'_, Refusal> = probe.value.into_deserializer();
        seed.deserialize(value)
    }
}

/// Why a type can't be made.
#[derive(Debug)]
enum Refusal {
    /// The value isn't the expected one.
    Expected(String),
    Other,
}

impl serde::de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Expected(expected.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an object")
    }
}

impl core::error::Error for Refusal {}
