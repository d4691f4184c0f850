//! How much of the JSON of objects is checked.

/// How much of the JSON of an object is checked before it is emitted.
///
/// Either way, these are checked, and an object that fails is never passed: the limits of size and nesting, brackets (by
/// kind), the ends of strings, raw control characters in them, UTF-8; and completely, the members of the envelope, of
/// the object and of its metadata down to `metadata.name` and its neighbours. An object whose metadata can't be read
/// never lets the resourceVersion pass.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonCheck {
    /// No more than that. What stands deeper, as in `spec`, `status` or `metadata.labels`, is left to the decoder: JSON
    /// that is wrong there (`[1,]`, `NaN`, `"\\x"`) is that object's [`DecodeError`](crate::DecodeError), and the watch
    /// continues. The default.
    #[default]
    Structure,
    /// All of it, as a complete JSON parser does: [`Object::raw`](crate::Object::raw) is always JSON. An object that
    /// isn't ends the watch, which resumes before it, and relists if it comes again. For programs that pass on the
    /// bytes without decoding them. It takes about twice the time.
    Full,
}
