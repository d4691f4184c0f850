//! How much of the JSON of objects is checked.

/// How much of the JSON of an object is checked before it is emitted.
///
/// Both settings check the following, and never emit an object that fails: limits of size and nesting, brackets (by
/// kind), the ends of strings, raw control characters in strings, and UTF-8. Both also check completely the members of
/// the envelope, of the object and of its metadata, down to `metadata.name` and its neighbours. The version to resume
/// from never passes an object whose metadata can't be read.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonCheck {
    /// Only that. Deeper values, such as those in `spec`, `status` or `metadata.labels`, are left to the decoder. If
    /// the JSON is wrong there (`[1,]`, `NaN`, `"\\x"`), decoding the object fails with a
    /// [`DecodeError`](crate::DecodeError), and the watch continues. The default.
    #[default]
    Structure,
    /// All of the JSON, as a complete JSON parser does, so [`Object::raw`](crate::Object::raw) is always JSON. Any
    /// other object ends the watch. The next watch resumes before that object. If the object comes again, the machine
    /// relists. This setting is for programs that pass on the bytes without decoding them. The check takes about twice
    /// the time.
    Full,
}
