//! Compressed responses.
//!
//! Kubernetes 1.37 compresses streaming lists and sends a gzip member of its own with each flush (`perFlushGzipWriter`,
//! kubernetes#139925). The decompression of tower-http 0.6 and 0.7 reads the first member only and takes the next one
//! for "extra bytes"; and it hands out bytes that aren't verified yet. So this module reads the body, and
//! `compression-codecs` reads the gzip format.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::collections::VecDeque;
use std::io;

use bytes::{Buf, Bytes};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{DecodeV2, GzipDecoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use watch_core::TransportErrorKind;

use crate::exchange::{Response, WireBytes, erase};
use crate::known_error::{BoxError, ClassifiedError};

/// The input is decompressed in pieces of this size: deflate expands one byte to at most 1,032.
const PIECE: usize = 1024;

/// The largest buffer that is handed out.
const CHUNK: usize = 16 * 1024;

/// How much of a member is held back until its checksum is verified. A longer member is handed out as it arrives. (The
/// end of the body is still held back, and no list is complete before it.)
const HELD: usize = 4 * 1024 * 1024;

/// How a deflate stream ends where it was flushed in the middle (`Z_SYNC_FLUSH`): an empty stored block.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

/// Requests a compressed response where it is useful: for requests without `Accept-Encoding`, and for streaming lists.
/// kube-apiserver never compresses other watches, and proxies that do delay events. A request for a list with
/// `identity` stays as it is: it follows a compressed list that couldn't be read.
pub(crate) fn ask<B>(request: &mut http::Request<B>) {
    let query = request.uri().query().unwrap_or_default();
    let is_streaming_list = query.split('&').any(|pair| pair == "sendInitialEvents=true");
    if is_streaming_list || !request.headers().contains_key(ACCEPT_ENCODING) {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

/// Decompresses a response whose only encoding is gzip.
pub(crate) fn unpack<B>(response: http::Response<B>) -> Response
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = response.into_parts();
    if !is_gzip(&parts.headers) {
        return http::Response::from_parts(parts, erase(body));
    }
    parts.headers.remove(CONTENT_ENCODING);
    parts.headers.remove(CONTENT_LENGTH);
    let wire = WireBytes::default();
    parts.extensions.insert(wire.clone());
    http::Response::from_parts(parts, erase(Unpacked::new(erase(body), wire)))
}

/// RFC 9110, section 8.4.1.3: names of encodings are case-insensitive, and `x-gzip` means `gzip`.
fn is_gzip(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let (Some(encoding), None) = (encodings.next(), encodings.next()) else { return false };
    let encoding = encoding.as_bytes().trim_ascii();
    encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip")
}

/// A body that is decompressed while it is read.
struct Unpacked {
    body: UnsyncBoxBody<Bytes, BoxError>,
    /// Received bytes that aren't decompressed yet.
    input: Bytes,
    members: Members,
    is_over: bool,
    wire: WireBytes,
}

impl Unpacked {
    fn new(body: UnsyncBoxBody<Bytes, BoxError>, wire: WireBytes) -> Self {
        Self { body, input: Bytes::new(), members: Members::new(), is_over: false, wire }
    }
}

impl Body for Unpacked {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let error = loop {
            if let Some(bytes) = this.members.next() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if this.is_over {
                return Poll::Ready(None);
            }
            if this.input.has_remaining() {
                let piece = this.input.split_to(this.input.len().min(PIECE));
                match this.members.feed(&piece, this.input.is_empty()) {
                    Ok(()) => continue,
                    Err(error) => break corrupt(&error).into(),
                }
            }
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                // Trailers are ignored.
                Some(Ok(frame)) => this.input = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => break error,
                None if this.members.is_open => break broke_off().into(),
                None => this.is_over = true,
            }
            this.wire.count(this.input.len());
        };
        this.is_over = true;
        Poll::Ready(Some(Err(error)))
    }
}

fn corrupt(error: &io::Error) -> ClassifiedError {
    ClassifiedError::new(TransportErrorKind::Other, format!("the response's gzip stream is corrupt: {error}"))
}

fn broke_off() -> ClassifiedError {
    ClassifiedError::new(TransportErrorKind::Truncated, "the body ended, and its gzip stream didn't")
}

/// A sequence of gzip members.
///
/// The content of a member is handed out after its checksum was verified, so that the content of a corrupt stream isn't
/// taken for the state of the server. It is handed out earlier in two cases. If the server flushed in the middle of a
/// member, nothing may follow for a long time. If a member is longer than the limit, memory must stay bounded. The
/// machine knows that such bytes may be corrupt (`ResponseHead::decompressed`), and treats unreadable ones as a
/// transport error.
struct Members {
    decoder: GzipDecoder,
    /// Whether a member has begun and not ended.
    is_open: bool,
    /// Decompressed bytes.
    chunks: VecDeque<Bytes>,
    /// How many of these chunks may be handed out.
    released: usize,
    /// How many bytes are held back.
    held: usize,
    /// The last bytes of the input.
    tail: [u8; FLUSHED.len()],
    buffer: Box<[u8]>,
}

impl Members {
    fn new() -> Self {
        Self {
            decoder: GzipDecoder::new(),
            is_open: false,
            chunks: VecDeque::new(),
            released: 0,
            held: 0,
            tail: [0xff; FLUSHED.len()],
            buffer: vec![0; CHUNK].into(),
        }
    }

    fn next(&mut self) -> Option<Bytes> {
        self.released = self.released.checked_sub(1)?;
        self.chunks.pop_front()
    }

    /// Decompresses a piece of the input. `is_last`: nothing was received after this piece yet.
    fn feed(&mut self, piece: &[u8], is_last: bool) -> io::Result<()> {
        for byte in piece.iter().rev().take(self.tail.len()).rev() {
            self.tail.rotate_left(1);
            self.tail[FLUSHED.len() - 1] = *byte;
        }
        let mut input = PartialBuffer::new(piece);
        while !input.unwritten().is_empty() {
            self.is_open = true;
            let (has_ended, mut is_full) = self.decode(|decoder, output| decoder.decode(&mut input, output))?;
            if has_ended {
                self.decoder.reinit()?;
                self.is_open = false;
                self.release();
            }
            // The decoder has more output, and there is no input to call it with.
            while is_full && !has_ended && input.unwritten().is_empty() {
                (_, is_full) = self.decode(GzipDecoder::flush)?;
            }
        }
        if self.held > HELD || (is_last && self.tail == FLUSHED) {
            self.release();
        }
        Ok(())
    }

    /// Calls the decoder, and keeps its output. Returns its result, and whether the buffer is full.
    fn decode(
        &mut self,
        call: impl FnOnce(&mut GzipDecoder, &mut WriteBuffer<'_>) -> io::Result<bool>,
    ) -> io::Result<(bool, bool)> {
        let mut output = WriteBuffer::new_initialized(&mut self.buffer);
        let answer = call(&mut self.decoder, &mut output)?;
        if output.written_len() > 0 {
            self.held += output.written_len();
            self.chunks.push_back(Bytes::copy_from_slice(output.written()));
        }
        Ok((answer, output.has_no_spare_space()))
    }

    fn release(&mut self) {
        self.held = 0;
        self.released = self.chunks.len();
    }
}
