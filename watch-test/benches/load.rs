//! The load of the server: bytes on one connection, events fanned out, watches held.
//!
//! `cargo bench -p watch-test` runs all benchmarks; `-- starts`, `bytes`, `small` or `watches` runs one. `cargo test
//! --benches` runs a smaller version as a smoke test.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::json;
use watch_test::TestServer;

/// The size of a run.
struct Scale {
    events: usize,
    rounds: usize,
    /// The numbers of watches that are opened, one number after the other.
    watches: &'static [usize],
    changes: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [CLIENTS, url, count] = *arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        return clients(url, count.parse().expect("a number"));
    }
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let chosen = arguments.iter().find(|argument| !argument.starts_with('-'));
    let is_chosen = |name: &str| chosen.is_none_or(|chosen| name.contains(chosen.as_str()));
    let scale = if is_bench {
        Scale { events: 2_000, rounds: 11, watches: &[1_000, 5_000, 10_000], changes: 100 }
    } else {
        Scale { events: 20, rounds: 3, watches: &[10, 20], changes: 10 }
    };
    // This is first, because it measures memory.
    let before = memory();
    for watches in scale.watches.iter().filter(|_| is_chosen("watches")) {
        fan_out(*watches, scale.changes, before);
    }
    if is_chosen("starts") {
        starts(&scale);
    }
    if is_chosen("bytes") {
        // A usual size, and nearly the largest that etcd accepts (1.5 MiB).
        for kib in [64, 1024] {
            prepared_bytes(&scale, kib);
        }
    }
    if is_chosen("small") {
        small_events(&scale);
    }
}

/// Replays earlier events to one connection after the other. In between, it measures the machine without HTTP: the same
/// number of bytes in memory, from thread to thread, read in the same way.
fn prepared_bytes(scale: &Scale, kib: usize) {
    let server = server();
    let text = "x".repeat(kib * 1024);
    for index in 0..(scale.events * 64).div_ceil(kib) {
        let object = json!({"metadata": {"name": format!("o{index}")}, "data": {"text": text}});
        server.create("configmaps", None, object).expect("created");
    }
    let size = replay(&server);
    let memory = vec![b'x'; size];
    loopback(&memory);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds {
        without.push(rate(size, || loopback(&memory)));
        with.push(rate(size, || replay(&server)));
    }
    let (with, without) = (median(&mut with), median(&mut without));
    println!(
        "prepared events of {kib} KiB, one HTTP/1.1 connection: {with:.2} GB/s, where loopback TCP alone does \
         {without:.2} GB/s: {:.2} of it (medians of {} rounds in turn)",
        with / without,
        scale.rounds
    );
}

/// Returns bytes per nanosecond, which is GB/s.
fn rate(size: usize, send: impl FnOnce() -> usize) -> f64 {
    let began = Instant::now();
    assert_eq!(send(), size);
    size as f64 / began.elapsed().as_secs_f64() / 1e9
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Sends bytes from one thread to another over loopback TCP, and returns how many arrived.
fn loopback(memory: &[u8]) -> usize {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().expect("a connection");
            for piece in memory.chunks(1024 * 1024) {
                stream.write_all(piece).expect("written");
            }
        });
        let mut stream = TcpStream::connect(address).expect("it listens");
        let mut buffer = vec![0; 1024 * 1024];
        let mut bytes = 0;
        loop {
            match stream.read(&mut buffer).expect("read") {
                0 => return bytes,
                len => bytes += len,
            }
        }
    })
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

/// Many watches of the same resource, one connection each, and changes to it. The clients are another process, so that
/// the memory of this one is the server's.
fn fan_out(wanted: usize, changes: usize, before: u64) {
    let count = wanted.min(open_files().saturating_sub(100));
    if count < wanted {
        println!("{count} watches instead of {wanted}: more files aren't allowed here (ulimit -n)");
    }
    let server = server();
    let mut clients = Command::new(std::env::current_exe().expect("a path"))
        .args([CLIENTS, &server.url(), &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program");
    while server.open_watches() < count {
        std::thread::sleep(Duration::from_millis(1));
    }
    let held = memory().saturating_sub(before);
    let began = Instant::now();
    for index in 0..changes {
        let object = json!({"metadata": {"name": format!("o{index}")}, "data": {"text": "x".repeat(150)}});
        server.create("configmaps", None, object).expect("created");
    }
    server.end_watches();
    assert!(clients.wait().expect("an end").success());
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{count} watches held with {} KiB each; {changes} changes fanned out as {:.2} million events/s",
        held / 1024 / count as u64,
        (count * changes) as f64 / seconds / 1e6
    );
}

/// The other side of [`fan_out`].
fn clients(url: &str, count: usize) {
    let mut watches: Vec<TcpStream> = (0..count).map(|_| open(url, WATCH)).collect();
    for watch in &mut watches {
        read_to_last_chunk(watch);
    }
}

const CLIENTS: &str = "--clients-of";
const WATCH: &str = "/api/v1/configmaps?watch=1&resourceVersion=202";

/// The time from the start to the first reply.
fn starts(scale: &Scale) {
    let servers = scale.rounds * 10;
    let began = Instant::now();
    for _ in 0..servers {
        let server = server();
        let mut reply = [0; 12];
        open(&server.url(), "/version").read_exact(&mut reply).expect("a reply");
        assert_eq!(&reply, b"HTTP/1.1 200");
    }
    println!("a server starts and replies in {:.1} ms", began.elapsed().as_secs_f64() * 1e3 / servers as f64);
}

fn server() -> TestServer {
    TestServer::builder().config(|config| config.history = u64::MAX / 4).start_blocking().expect("a port")
}

fn open(url: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").expect("plain HTTP")).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    stream
}

/// Reads all events since the beginning, and returns the number of bytes.
fn replay(server: &TestServer) -> usize {
    let mut stream = open(&server.url(), WATCH);
    while server.open_watches() == 0 {
        std::thread::yield_now();
    }
    // What is queued by then is still sent.
    server.end_watches();
    read_to_last_chunk(&mut stream)
}

fn read_to_last_chunk(stream: &mut TcpStream) -> usize {
    let mut buffer = vec![0; 1024 * 1024];
    let mut tail = Vec::new();
    let mut bytes = 0;
    loop {
        let len = stream.read(&mut buffer).expect("more bytes");
        assert!(len > 0, "the connection was closed");
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

/// Returns the number of files that this process may open, if the system shows it.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1024)
}

/// Returns the resident memory of this process in bytes, if the system shows it.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
