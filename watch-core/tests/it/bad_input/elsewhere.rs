//! Cases that these tables don't have, and why.

/// Where each is covered, or why it can't be.
#[rustfmt::skip]
pub(super) const ELSEWHERE: [(&str, &str); 7] = [
    ("B19", "an event of 16 MiB a byte at a time: of the framer alone, in `wire`; through the machine it is the same at any size"),
    ("B23", "there is no protobuf mode: JSON is asked for, and another content type isn't read (B22, H6, the recording of it)"),
    ("B24", "the same"),
    ("H25", "GOAWAY while the stream goes on: hyper's business; the machine sees nothing of it"),
    ("H26", "streams that queue in one HTTP/2 connection: the driver's business, which says when a request was sent"),
    ("H28", "huge header blocks: hyper's limits; of a head the machine takes four fields"),
    ("X6", "names chosen for their hashes: no hash table stands in this crate (`Diff` has a BTreeMap)"),
];
