//! The merge rules of the fields of the Go structs: `patchStrategy` and `patchMergeKey` of their tags.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::model::encode::json::member;

/// The type of a value in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// The struct of this name, or a list of such structs.
    Struct(&'static str),
    /// A map of such structs, with arbitrary keys.
    MapOf(&'static str),
    /// Something without fields: a number, a map of texts.
    Plain,
}

/// The tags of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) schema: Schema,
    /// `patchStrategy`
    strategies: &'static str,
    /// `patchMergeKey`; empty for lists of texts and numbers, and for what isn't merged.
    pub(super) merge_key: &'static str,
}

impl Field {
    /// Returns whether a list is merged with the present one. Otherwise it replaces it.
    pub(super) fn is_merged(&self) -> bool {
        self.has("merge")
    }

    /// Returns whether a struct replaces the present one. Otherwise it is merged.
    pub(super) fn is_replaced(&self) -> bool {
        self.has("replace")
    }

    fn has(&self, strategy: &str) -> bool {
        self.strategies.split(',').any(|one| one == strategy)
    }
}

impl Schema {
    /// Returns the field of a member. An unknown member is treated as one without tags.
    pub(super) fn field(self, name: &str) -> Field {
        match self {
            Self::Struct(kind) => {
                let schema = match member(kind, name) {
                    Some((of, true)) => Self::MapOf(of),
                    Some((of, false)) => Self::Struct(of),
                    None => Self::Plain,
                };
                let (strategies, merge_key) =
                    TAGS.get(kind).and_then(|tags| tags.get(name)).copied().unwrap_or_default();
                Field { schema, strategies, merge_key }
            }
            Self::MapOf(kind) => Field { schema: Self::Struct(kind), strategies: "", merge_key: "" },
            Self::Plain => Field { schema: Self::Plain, strategies: "", merge_key: "" },
        }
    }
}

/// The tags of a struct's fields.
type Tags = BTreeMap<&'static str, (&'static str, &'static str)>;

/// By struct: read from lists that `.ci/kube/tables` makes by reflection over k8s.io/api v0.36, and over the additions of
/// v0.37. A line a field: the struct, the field, the strategies, the key.
static TAGS: LazyLock<BTreeMap<&'static str, Tags>> = LazyLock::new(|| {
    let mut structs: BTreeMap<_, Tags> = BTreeMap::new();
    for line in include_str!("merge_keys.txt").lines().chain(include_str!("merge_keys_1_37.txt").lines()) {
        let mut words = line.split(' ');
        if let (Some(kind), Some(field), Some(strategies)) = (words.next(), words.next(), words.next()) {
            let merge_key = words.next().unwrap_or_default();
            structs.entry(kind).or_default().insert(field, (strategies, merge_key));
        }
    }
    structs
});
