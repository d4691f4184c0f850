//! What a client measures about itself.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// The result of a client's run, which it prints as JSON.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// The number of events of a watch, or of objects of a list.
    pub counted: u64,
    /// The CPU time of the client's process for them, user and system, in nanoseconds.
    pub cpu_nanos: u64,
    /// The elapsed time for them, in nanoseconds.
    pub wall_nanos: u64,
    /// The largest growth of the resident memory since the process began, in KiB.
    pub peak_kib: u64,
    /// How much more resident memory there is at the end than when the process began, in KiB.
    pub kept_kib: u64,
    /// The resident memory at the end that no file backs: heap and stacks, in KiB. The rest are pages of the program and of
    /// its libraries.
    #[serde(default)]
    pub anonymous_kib: Option<u64>,
    /// The bytes in allocated blocks at the end, as they were requested. `None` without the feature `counted`.
    #[serde(default)]
    pub live_bytes: Option<u64>,
}

/// The beginning of a measurement.
pub struct Begun {
    cpu: u64,
    wall: Instant,
}

impl Begun {
    /// Begins a measurement.
    pub fn now() -> Self {
        Self { cpu: cpu_nanos(), wall: Instant::now() }
    }

    /// Returns the CPU time of the process since the beginning, user and system, in nanoseconds.
    pub fn cpu_nanos(&self) -> u64 {
        cpu_nanos() - self.cpu
    }

    /// Ends the measurement, and prints it. `empty_kib` is the resident memory of the empty process.
    pub fn end(&self, counted: u64, empty_kib: u64) {
        let (cpu_nanos, wall) = (self.cpu_nanos(), self.wall.elapsed());
        let peak_kib = memory("VmHWM").saturating_sub(empty_kib);
        let kept_kib = resident_kib().saturating_sub(empty_kib);
        let wall_nanos = wall.as_nanos() as u64;
        let (anonymous_kib, live_bytes) = (Some(memory("RssAnon")), live_bytes());
        let measured = Measured { counted, cpu_nanos, wall_nanos, peak_kib, kept_kib, anonymous_kib, live_bytes };
        println!("{}", serde_json::to_string(&measured).expect("numbers are JSON"));
    }
}

#[cfg(feature = "counted")]
#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

#[cfg(feature = "counted")]
fn live_bytes() -> Option<u64> {
    Some(ALLOCATOR.allocated() as u64)
}

#[cfg(not(feature = "counted"))]
const fn live_bytes() -> Option<u64> {
    None
}

fn cpu_nanos() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Returns the resident memory of the process in KiB.
pub fn resident_kib() -> u64 {
    memory("VmRSS")
}

/// Reads a size from `/proc/self/status`, in KiB. It is 0 where there is no such file.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Counts the events of a client, and prints the measurement after the last one. The first tenth of the events is a
/// warm-up, which isn't measured.
pub struct Counter {
    empty_kib: u64,
    warm: u64,
    last: u64,
    seen: u64,
    begun: Option<Begun>,
}

impl Counter {
    /// Counts up to this number of events.
    pub fn new(events: u64, empty_kib: u64) -> Self {
        Self { empty_kib, warm: events / 10, last: events, seen: 0, begun: None }
    }

    /// Counts an event. Returns whether it was the last one; the measurement is then printed.
    pub fn count(&mut self) -> bool {
        self.seen += 1;
        if self.seen == self.warm.max(1) {
            self.begun = Some(Begun::now());
        }
        if self.seen < self.last {
            return false;
        }
        if let Some(begun) = self.begun.take() {
            begun.end(self.last - self.warm.max(1), self.empty_kib);
        }
        true
    }
}
