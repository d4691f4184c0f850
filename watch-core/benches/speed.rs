//! Time and throughput, for people: `cargo bench -p watch-core --bench speed`. Times depend on the machine and on what
//! else it does; `instructions` counts what doesn't.

mod cases;

use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// Time a run of the case, which has many objects: see its name and the throughput.
#[divan::bench(args = cases::all().into_iter().map(Named).collect::<Vec<_>>())]
fn chunk_to_event(bencher: Bencher<'_, '_>, case: &Named) {
    bencher.counter(BytesCount::new(case.0.bytes)).bench(|| case.0.run());
}

#[derive(Debug)]
struct Named(cases::Case);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} objects)", self.0.name, self.0.objects)
    }
}
