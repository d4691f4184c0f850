//! A driver on one thread and the sockets of the standard library: everything that a driver has to do.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example blocking -- 127.0.0.1:8080
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant as Clock};

use watch_core::{Config, Input, Instant, Output, Request, RequestId, Resource, ResponseHead, Watcher};
use watch_core::{TransportError, TransportErrorKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("usage: blocking HOST:PORT")?;
    let config = Config::builder(Resource::core("v1", "configmaps")).build()?;
    let (mut watcher, mut open, start) = (Watcher::new(config), None, Clock::now());
    let done = loop {
        match watcher.poll(Instant::from_origin(start.elapsed())) {
            Output::Send(request) => match Exchange::begin(&address, &request) {
                Ok(exchange) => open = Some(exchange),
                Err(error) => watcher.handle(failed(request.id, &error))?,
            },
            Output::Abort(_) => open = None,
            Output::Event(event) => writeln!(io::stdout(), "{event}")?,
            Output::Notice(notice) => writeln!(io::stderr(), "{notice}")?,
            Output::Wait(wait) => {
                let left = wait.until.map(|until| until.since_origin().saturating_sub(start.elapsed()));
                match &mut open {
                    Some(exchange) => {
                        let input = exchange.next(left);
                        open = open.filter(|_| !matches!(input, Some(Input::End { .. } | Input::Failed { .. })));
                        input.map_or(Ok(()), |input| watcher.handle(input))?;
                    }
                    None => std::thread::sleep(left.unwrap_or_default()),
                }
            }
            Output::Done(done) => break done,
        }
    };
    Ok(writeln!(io::stdout(), "{done}")?)
}

/// One request and its response, on a connection of its own. HTTP/1.0, so that a body ends with its connection.
struct Exchange {
    id: RequestId,
    socket: BufReader<TcpStream>,
    /// The lines of the head so far; `None` after the head.
    head: Option<Vec<u8>>,
}

impl Exchange {
    fn begin(address: &str, request: &Request) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address)?;
        let mut text = format!("GET {} HTTP/1.0\r\nHost: {address}\r\n", request.uri());
        request.headers().for_each(|(name, value)| text.extend([name, ": ", value, "\r\n"]));
        write!(socket, "{text}\r\n")?;
        Ok(Self { id: request.id, socket: BufReader::new(socket), head: Some(Vec::new()) })
    }

    /// Returns the next input; `None` if the time is up first.
    fn next(&mut self, left: Option<Duration>) -> Option<Input> {
        let left = left.map(|left| left.max(Duration::from_millis(1)));
        match self.socket.get_ref().set_read_timeout(left).and_then(|()| self.read()) {
            Ok(input) => Some(input),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => None,
            Err(error) => Some(failed(self.id, &error)),
        }
    }

    fn read(&mut self) -> io::Result<Input> {
        let id = self.id;
        while let Some(lines) = &mut self.head {
            if self.socket.read_until(b'\n', lines)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if lines.ends_with(b"\r\n\r\n") {
                let lines = String::from_utf8_lossy(lines).into_owned();
                self.head = None;
                let status = lines.split(' ').nth(1).and_then(|status| status.parse().ok());
                let head = ResponseHead::new(status.ok_or(io::ErrorKind::InvalidData)?);
                let headers = lines.lines().skip(1).filter_map(|line| line.split_once(':'));
                let head = headers.fold(head, |head, (name, value)| head.with_header(name, value));
                return Ok(Input::Response { id, head });
            }
        }
        let mut bytes = vec![0; 64 << 10];
        let count = self.socket.read(&mut bytes)?;
        bytes.truncate(count);
        Ok(if count == 0 { Input::End { id } } else { Input::Body { id, bytes: bytes.into() } })
    }
}

fn failed(id: RequestId, error: &io::Error) -> Input {
    let is_refused = error.kind() == io::ErrorKind::ConnectionRefused;
    let kind = if is_refused { TransportErrorKind::Refused } else { TransportErrorKind::Reset };
    Input::Failed { id, error: TransportError::new(kind, error.to_string()) }
}
