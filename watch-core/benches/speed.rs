//! Time and throughput, for people: `cargo bench -p watch-core --bench speed`. Times depend on the machine and on what
//! else it does; `instructions` counts what doesn't.

mod cases;

use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// Time a run of the case, which has many objects: see its name and the throughput.
#[divan::bench(args = cases::CASES.iter().map(|(name, make)| Named(name, *make)).collect::<Vec<_>>())]
fn chunk_to_event(bencher: Bencher<'_, '_>, case: &Named) {
    let case = (case.1)();
    bencher.counter(BytesCount::new(case.bytes)).bench(|| case.run());
}

struct Named(&'static str, fn() -> cases::Case);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
