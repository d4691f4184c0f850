//! Time and throughput: `cargo bench -p watch-hyper --bench speed`. Times depend on the machine and on what else it does;
//! `instructions` counts what doesn't. The cases that decode on threads are only here, because callgrind runs one thread
//! at a time.

mod cases;
mod threads;

use cases::{CASES, Case};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

/// Time a run of the case, from the request to the last object. The items are objects.
#[divan::bench(args = CASES.iter().chain(threads::CASES).map(|(name, make)| Named(name, *make)).collect::<Vec<_>>())]
fn response_to_object(bencher: Bencher<'_, '_>, case: &Named) {
    let case = (case.1)();
    let objects = case.run();
    bencher.counter(BytesCount::new(case.bytes)).counter(ItemsCount::new(objects)).bench(|| case.run());
}

struct Named(&'static str, fn() -> Case);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
