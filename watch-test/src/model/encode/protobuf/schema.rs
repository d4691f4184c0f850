//! The known messages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The fields of a message by their numbers.
#[derive(Debug, Default)]
pub(super) struct Message(BTreeMap<u64, Member>);

#[derive(Debug)]
pub(super) struct Member {
    /// Its name in JSON; `^` if its members replace it (`json:",inline"`).
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether a zero is written (a pointer, in Go).
    pub(super) is_optional: bool,
    pub(super) many: Many,
}

/// The number of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Many {
    One,
    List,
    /// By name.
    Map,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bytes,
    Integer,
    Double,
    Truth,
    /// Lists within a map are a message of their own.
    Message(&'static str),
}

impl Message {
    pub(super) fn get(&self, number: u64) -> Option<&Member> {
        self.0.get(&number)
    }
}

type Messages = BTreeMap<&'static str, Message>;

/// Returns a message by its name. `is_1_37`: as in Kubernetes 1.37, not 1.36.
pub(super) fn message(name: &str, is_1_37: bool) -> Option<&'static Message> {
    let newer = if is_1_37 { SINCE_1_37.get(name) } else { None };
    newer.or_else(|| MESSAGES.get(name))
}

/// The messages of k8s.io/api v0.36.
static MESSAGES: LazyLock<Messages> = LazyLock::new(|| read(include_str!("messages.txt")));

/// The messages of k8s.io/api v0.37 that are new or have other fields.
static SINCE_1_37: LazyLock<Messages> = LazyLock::new(|| read(include_str!("messages_1_37.txt")));

/// Reads a list that `.ci/kube/tables` makes by reflection over the Go structs: a line a message, its name, then its
/// fields as `number:json:type`. Types are `s`tring, `b`ytes, `i`nteger, `d`ouble, bool (`o`) or the name of a message,
/// after `[` for a list, `{` for a map by strings, `?` for a pointer.
fn read(table: &'static str) -> Messages {
    let message = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next()?;
        Some((name, Message(words.filter_map(member).collect())))
    };
    table.lines().filter_map(message).collect()
}

fn member(word: &'static str) -> Option<(u64, Member)> {
    let mut parts = word.split(':');
    let (number, name, kind) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    let many = match kind.as_bytes().first()? {
        b'[' => Many::List,
        b'{' => Many::Map,
        _ => Many::One,
    };
    let kind = match kind.trim_start_matches(['[', '{', '?']) {
        "s" => Kind::Text,
        "b" => Kind::Bytes,
        "i" => Kind::Integer,
        "d" => Kind::Double,
        "o" => Kind::Truth,
        message => Kind::Message(message),
    };
    Some((number, Member { name, kind, is_optional: word.contains('?'), many }))
}
