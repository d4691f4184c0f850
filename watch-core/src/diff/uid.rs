//! Uids. Kubernetes' are UUIDs: 16 bytes instead of 36 and an allocation.

use core::fmt;

/// A uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uid<'a> {
    Unknown,
    Uuid([u8; 16]),
    Text(&'a str),
}

/// The positions of the dashes in a UUID.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl<'a> Uid<'a> {
    pub(super) fn of(text: Option<&'a str>) -> Self {
        match text {
            None => Self::Unknown,
            Some(text) => uuid(text).map_or(Self::Text(text), Self::Uuid),
        }
    }
}

/// Reads a UUID, if it is written as Kubernetes writes them: in lower case, with dashes. Any other text isn't that of
/// these 16 bytes.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut digits = text.iter().enumerate().filter_map(|(index, byte)| match (byte, DASHES.contains(&index)) {
        (b'-', true) => None,
        (b'0'..=b'9', false) => Some(Some(byte - b'0')),
        (b'a'..=b'f', false) => Some(Some(byte - b'a' + 10)),
        _ => Some(None),
    });
    let mut uuid = [0; 16];
    for byte in &mut uuid {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    digits.next().is_none().then_some(uuid)
}

impl fmt::Display for Uid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Uuid(bytes) => {
                for (index, byte) in bytes.iter().enumerate() {
                    let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
                    write!(f, "{dash}{byte:02x}")?;
                }
                Ok(())
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}
