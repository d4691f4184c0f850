//! A connection, with or without TLS, that reads the stream limit of an HTTP/2 server.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::Connected;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::limit::Limit;
use super::settings::Settings;

/// The IO of hyper.
pub(super) struct Connection {
    io: Io,
    is_http2: bool,
    /// `None` after the server's first frame was read.
    settings: Option<Settings>,
    limit: Arc<Limit>,
}

enum Io {
    Plain(TokioIo<TcpStream>),
    Tls(TokioIo<Box<TlsStream<TcpStream>>>),
}

impl Connection {
    pub(super) fn plain(tcp: TcpStream, is_http2: bool, limit: Arc<Limit>) -> Self {
        Self::new(Io::Plain(TokioIo::new(tcp)), is_http2, limit)
    }

    /// HTTP/2 if both sides can.
    pub(super) fn tls(tls: TlsStream<TcpStream>, limit: Arc<Limit>) -> Self {
        let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Self::new(Io::Tls(TokioIo::new(Box::new(tls))), is_http2, limit)
    }

    fn new(io: Io, is_http2: bool, limit: Arc<Limit>) -> Self {
        limit.opened();
        if !is_http2 {
            // Every HTTP/1.1 request has a connection of its own.
            limit.learn(usize::MAX);
        }
        Self { io, is_http2, settings: is_http2.then(Settings::default), limit }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.limit.closed();
    }
}

impl hyper_util::client::legacy::connect::Connection for Connection {
    fn connected(&self) -> Connected {
        if self.is_http2 { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl Read for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let Self { io, settings, limit, .. } = &mut *self;
        let Some(first_frame) = settings else { return io.poll_read(cx, into) };
        // The contents of hyper's buffer can't be read without unsafe code, so the first bytes are copied.
        let mut buffer = [0; 256];
        let room = into.remaining().min(buffer.len());
        let mut buffer = ReadBuf::new(buffer.get_mut(..room).unwrap_or_default());
        ready!(io.poll_read(cx, buffer.unfilled()))?;
        into.put_slice(buffer.filled());
        if let Some(streams) = first_frame.feed(buffer.filled()) {
            limit.learn(streams);
            *settings = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_write(cx, bytes),
            Io::Tls(io) => Pin::new(io).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_flush(cx),
            Io::Tls(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_shutdown(cx),
            Io::Tls(io) => Pin::new(io).poll_shutdown(cx),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(io) => io.is_write_vectored(),
            Io::Tls(io) => io.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_write_vectored(cx, slices),
            Io::Tls(io) => Pin::new(io).poll_write_vectored(cx, slices),
        }
    }
}

impl Io {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(io) => Pin::new(io).poll_read(cx, into),
            Self::Tls(io) => Pin::new(io).poll_read(cx, into),
        }
    }
}
