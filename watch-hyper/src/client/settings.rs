//! Reads how many concurrent streams an HTTP/2 server allows.
//!
//! hyper knows the limit, but its pool doesn't expose it, and silently queues requests above it. Watches are long
//! requests, so a queued request would wait for minutes.

/// The frame header's length, the type of SETTINGS frames and the one setting that matters (RFC 9113, 4.1, 6.5, 6.5.2).
const HEADER: usize = 9;
const SETTINGS: u8 = 0x4;
const MAX_CONCURRENT_STREAMS: [u8; 2] = [0, 0x3];
/// The longest frame before other limits were negotiated (RFC 9113, 4.2).
const LONGEST: usize = 16_384;
/// Bytes of one setting: 16 bits of identifier, 32 of value.
const SETTING: usize = 6;

/// Reads the first frame of a server, which must be its SETTINGS (RFC 9113, 3.4).
#[derive(Debug, Default)]
pub(super) struct Settings {
    seen: Vec<u8>,
}

impl Settings {
    /// Takes the next bytes of the server. Returns the number of streams once it is known: `usize::MAX` if there is no
    /// limit, or if the bytes aren't HTTP/2 (hyper reports that).
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        self.seen.extend_from_slice(bytes);
        let (header, payload) = self.seen.split_first_chunk::<HEADER>()?;
        let [a, b, c, kind, ..] = *header;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if kind != SETTINGS || length > LONGEST {
            return Some(usize::MAX);
        }
        let settings = payload.get(..length)?;
        let mut limits = settings.chunks_exact(SETTING).filter_map(|setting| match setting.split_first_chunk() {
            Some((id, value)) if *id == MAX_CONCURRENT_STREAMS => value.try_into().ok().map(u32::from_be_bytes),
            _ => None,
        });
        // "The settings are processed in the order in which they appear": the last one holds.
        Some(limits.next_back().map_or(usize::MAX, |limit| limit as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    /// A window of 64 KiB and at most 250 streams, then the beginning of a PING.
    const FRAME: [u8; 23] = [0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 3, 0, 0, 0, 250, 0, 0];

    #[test]
    fn finds_the_limit_however_the_frame_is_cut() {
        for size in 1..=FRAME.len() {
            let mut settings = Settings::default();
            let found = FRAME.chunks(size).find_map(|bytes| settings.feed(bytes));
            assert_eq!(found, Some(250), "in pieces of {size}");
        }
    }

    #[test]
    fn an_empty_frame_limits_nothing() {
        assert_eq!(Settings::default().feed(&[0, 0, 0, 4, 0, 0, 0, 0, 0]), Some(usize::MAX));
    }

    #[test]
    fn other_bytes_than_http_2_limit_nothing() {
        assert_eq!(Settings::default().feed(b"HTTP/1.1 400 Bad Request\r\n"), Some(usize::MAX));
    }
}
