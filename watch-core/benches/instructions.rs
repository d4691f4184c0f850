//! Instructions an object, counted by valgrind's callgrind: `cargo bench -p watch-core --bench instructions [CASE…]`.
//! The [README](README.md) lists the other options.

mod callgrind;
mod cases;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    callgrind::main(cases::CASES, &Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt"))
}

impl callgrind::Measured for cases::Case {
    fn run(&self) -> usize {
        self.run()
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}
