//! How much the server can do: bytes on one connection, events fanned out, watches held.
//!
//! `cargo bench -p watch-test` runs all of it; a smaller run is a smoke test under `cargo test --benches`.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::json;
use watch_test::TestServer;

/// How big a run is.
struct Scale {
    events: usize,
    rounds: usize,
    watches: usize,
    changes: usize,
}

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let scale = if is_bench {
        Scale { events: 2_000, rounds: 10, watches: 1_000, changes: 1_000 }
    } else {
        Scale { events: 20, rounds: 2, watches: 10, changes: 10 }
    };
    fan_out(&scale);
    loopback(&scale);
    prepared_bytes(&scale);
    small_events(&scale);
}

/// What the machine itself can do at this moment: bytes from one thread to another over loopback TCP.
fn loopback(scale: &Scale) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let writes = scale.events * scale.rounds / 10;
    let writer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let buffer = vec![b'x'; 1024 * 1024];
        for _ in 0..writes {
            stream.write_all(&buffer).expect("written");
        }
    });
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut buffer = vec![0; 1024 * 1024];
    let began = Instant::now();
    let mut bytes = 0;
    loop {
        match stream.read(&mut buffer).expect("read") {
            0 => break,
            len => bytes += len,
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    writer.join().expect("no panic");
    println!("loopback TCP without HTTP: {:.2} GB/s", bytes as f64 / seconds / 1e9);
}

/// Events that were written before, replayed to one connection after the other.
fn prepared_bytes(scale: &Scale) {
    let server = server();
    let text = "x".repeat(64 * 1024);
    for index in 0..scale.events {
        let object = json!({"metadata": {"name": format!("o{index}")}, "data": {"text": text}});
        server.create("configmaps", None, object).expect("created");
    }
    let size = replay(&server);
    let began = Instant::now();
    let bytes: usize = (0..scale.rounds).map(|_| replay(&server)).sum();
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(bytes, size * scale.rounds);
    println!("prepared events of 64 KiB, one HTTP/1.1 connection: {:.2} GB/s", bytes as f64 / seconds / 1e9);
}

/// The same with events of 400 bytes.
fn small_events(scale: &Scale) {
    let server = server();
    let events = scale.events * 50;
    for index in 0..events {
        let object = json!({"metadata": {"name": format!("o{index}")}, "data": {"text": "x".repeat(150)}});
        server.create("configmaps", None, object).expect("created");
    }
    replay(&server);
    let began = Instant::now();
    let bytes: usize = (0..scale.rounds).map(|_| replay(&server)).sum();
    let seconds = began.elapsed().as_secs_f64();
    let sent = events * scale.rounds;
    println!(
        "prepared events of {} bytes, one HTTP/1.1 connection: {:.2} GB/s, {:.1} million events/s",
        bytes / sent,
        bytes as f64 / seconds / 1e9,
        sent as f64 / seconds / 1e6
    );
}

/// Many watches of the same resource, and changes to it.
fn fan_out(scale: &Scale) {
    let server = server();
    let before = memory();
    let mut watches: Vec<TcpStream> =
        (0..scale.watches).map(|_| open(&server, "/api/v1/configmaps?watch=1&resourceVersion=202")).collect();
    while server.open_watches() < scale.watches {
        std::thread::sleep(Duration::from_millis(1));
    }
    let held = memory().saturating_sub(before);
    let began = Instant::now();
    for index in 0..scale.changes {
        let object = json!({"metadata": {"name": format!("o{index}")}, "data": {"text": "x".repeat(150)}});
        server.create("configmaps", None, object).expect("created");
    }
    server.end_watches();
    for watch in &mut watches {
        read_to_last_chunk(watch);
    }
    let seconds = began.elapsed().as_secs_f64();
    let events = scale.watches * scale.changes;
    println!(
        "{} watches held with {} KiB each; {} changes fanned out as {:.2} million events/s",
        scale.watches,
        held / 1024 / scale.watches as u64,
        scale.changes,
        events as f64 / seconds / 1e6
    );
}

fn server() -> TestServer {
    TestServer::builder().config(|config| config.history = u64::MAX / 4).start_blocking().expect("a port")
}

fn open(server: &TestServer, path: &str) -> TcpStream {
    let url = server.url();
    let mut stream = TcpStream::connect(url.strip_prefix("http://").expect("plain HTTP")).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    stream
}

/// Reads everything since the beginning, and says how many bytes it was.
fn replay(server: &TestServer) -> usize {
    let mut stream = open(server, "/api/v1/configmaps?watch=1&resourceVersion=202&timeoutSeconds=-1");
    read_to_last_chunk(&mut stream)
}

fn read_to_last_chunk(stream: &mut TcpStream) -> usize {
    let mut buffer = vec![0; 1024 * 1024];
    let mut tail = Vec::new();
    let mut bytes = 0;
    loop {
        let len = stream.read(&mut buffer).expect("it goes on");
        assert!(len > 0, "it broke off");
        bytes += len;
        let last = &buffer[len.saturating_sub(7)..len];
        tail.extend_from_slice(last);
        let from = tail.len().saturating_sub(7);
        tail.drain(..from);
        if tail == b"\r\n0\r\n\r\n" {
            return bytes;
        }
    }
}

/// The resident memory of this process in bytes, where the system says.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
