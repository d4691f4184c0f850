//! A raw HTTP/1.1 client.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;
use watch_test::TestServer;

/// An HTTP/1.1 connection whose bytes a test reads.
pub(crate) struct Raw(pub(crate) BufReader<TcpStream>, usize);

impl Raw {
    pub(crate) fn send(server: &TestServer, method: &str, path: &str, body: &str) -> Self {
        let url = server.url();
        let address = url.strip_prefix("http://").expect("plain HTTP");
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}").expect("sent");
        Self(BufReader::new(stream), 0)
    }

    pub(crate) fn get(server: &TestServer, path: &str) -> Self {
        Self::send(server, "GET", path, "")
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line
    }

    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let line = self.line();
            assert!(!line.is_empty(), "the connection closed in the head: {head}");
            if let Some(length) = line.to_lowercase().strip_prefix("content-length: ") {
                self.1 = length.trim().parse().expect("a length");
            }
            head += &line;
        }
        head
    }

    /// Reads one chunk. Returns it without its framing; the last one is empty.
    pub(crate) fn chunk(&mut self) -> String {
        let size = usize::from_str_radix(self.line().trim(), 16).expect("the size of a chunk");
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).expect("a chunk");
        chunk.truncate(size);
        String::from_utf8(chunk).expect("UTF-8")
    }

    /// Reads the body, whose length the head has.
    pub(crate) fn body(&mut self) -> String {
        let mut body = vec![0; self.1];
        self.0.read_exact(&mut body).expect("a body");
        String::from_utf8(body).expect("UTF-8")
    }

    /// All bytes until the connection closes, or the error.
    pub(crate) fn rest(&mut self) -> Result<String, ErrorKind> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).map_err(|error| error.kind())?;
        Ok(String::from_utf8(rest).expect("UTF-8"))
    }
}

pub(crate) fn start() -> TestServer {
    let server = TestServer::builder().start_blocking().expect("a port");
    create(&server, "a");
    server
}

pub(crate) fn create(server: &TestServer, name: &str) {
    server.create("configmaps", None, json!({"metadata": {"name": name}})).expect("created");
}

pub(crate) const WATCH: &str = "/api/v1/configmaps?watch=1&resourceVersion=202";
