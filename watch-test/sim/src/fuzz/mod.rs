//! Bodies of the fuzz targets: ordinary functions over bytes, so that every build compiles them and `cargo test` has
//! them go over the committed corpus. The targets in the folder `fuzz` are a line each.
//!
//! What is asked of any input: no panic; limits are kept; cut into pieces in any way it comes out the same; what was
//! read and is written again reads the same.

mod event;
mod frames;
mod list;
mod machine;
mod query;
mod status;
mod version;

pub use self::event::event;
pub use self::frames::frames;
pub use self::list::list;
pub use self::machine::machine;
pub use self::query::query;
pub use self::status::status;
pub use self::version::version;

/// What any bytes may be given to.
pub type Target = fn(&[u8]);

/// What the targets are called, and what they do.
pub const TARGETS: [(&str, Target); 7] = [
    ("event", event),
    ("frames", frames),
    ("list", list),
    ("machine", machine),
    ("query", query),
    ("status", status),
    ("version", version),
];

/// Ways to cut: whole, byte by byte, and at places that depend on the input itself.
fn cuts(data: &[u8]) -> [Vec<&[u8]>; 3] {
    let mut uneven = Vec::new();
    let mut rest = data;
    while let Some(first) = rest.first() {
        let (piece, behind) = rest.split_at(rest.len().min(usize::from(first % 13) + 1));
        uneven.push(piece);
        rest = behind;
    }
    [vec![data], data.chunks(1).collect(), uneven]
}
