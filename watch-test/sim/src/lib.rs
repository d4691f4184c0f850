//! The deterministic simulator: it tries to break `watch-core`, millions of times, reproducibly.
//!
//! ```text
//! seed ─► swarm ─► Plan (setup, steps) ─► chaos ─► quiesce ─► the clients must be synced soon
//!
//!            ┌ store, caches, replicas, faults ┐   ┌ cut, delayed, stalled, late ┐   ┌ machine ┐
//!  truth ◄───┤            model                ├───┤           network           ├───┤  Diff   ├───► oracles
//!            └─────────────────────────────────┘   └─────────────────────────────┘   └─────────┘
//! ```
//!
//! There is one thread, a virtual clock, and no randomness other than that of the seed, which has a generator for each
//! concern. The machine is driven through its two entry points only. The same seed results in the same run, on every
//! platform.
//!
//! # The program
//!
//! ```sh
//! cargo run --release -p watch-sim -- --for 60s              # seeds, with a progress bar
//! cargo run --release -p watch-sim -- --exhaustive           # everything small
//! cargo run --release -p watch-sim -- replay failures/….json --svg run.svg
//! cargo run --release -p watch-sim -- mutants                # each bug put into watch-core must be found
//! cargo run --release -p watch-sim -- mutants --built-in     # and those put into the simulator
//! ```
//!
//! A failure is shortened to fewer steps, smaller numbers and a simpler world, as long as the same oracle fails. It is
//! printed as a timeline and saved as a [`Plan`]. The meaning of a seed changes with the generator; the meaning of a
//! plan doesn't. Plans that failed are kept in the folder `plans`, and `cargo test` runs them.
//!
//! While the server or a proxy sends false data (a hostile proxy, caches that lag after a restore), the stream of
//! events can't be checked. After that, the consumer requests a relist, and everything is checked again.
//!
//! Exit codes: 101 a panic, 128 liveness, 129 safety, 130 rate, 131 resources, 132 determinism; 1 if it was interrupted
//! before a failure, 2 for invalid arguments.
//!
//! The faults of a run are listed in `FAULTS.md`.
//!
//! # Oracles
//!
//! The names of the first six are those of etcd's guarantees (`tests/robustness/validate/watch.go`).
//!
//! | oracle | what it checks |
//! |---|---|
//! | `Ordered`, `Unique`, `Atomic`, `Reliable`, `Bookmarkable`, `Invention` | after a list or an event, the next event is *the very next* write that matches the selector: its type, its object, its bytes |
//! | `Resumable` | the checkpoint covers what was delivered; a new process, also one that begins between two outputs, resumes from it without a gap |
//! | `State` | a list is the state of the store as of its version |
//! | `Changes` | the changes of `Diff` result in an exact copy, without duplicates |
//! | `Grammar`, `Restarts` | lists begin and end, and each relist has a reported reason |
//! | `Requests` | requests are valid for kube-apiserver, and resume after what was delivered |
//! | `Silence` | one exchange at a time, each with a new number; no events of an exchange that is over; no output after the end |
//! | `Unreadable` | unreadable bytes are reported, and nothing after them is used |
//! | `Endings` | the watch ends only when it must; a truncated list isn't taken as complete |
//! | `Liveness` | no deadline is missed; after the last fault, the watch is synced within the time that its situation allows, and so are later writes |
//! | `Rate`, `Patience` | no storms of requests, whatever fails; `Retry-After` is respected; backoffs have jitter; few reconnects are without one |
//! | `Notices` | no notice is repeated while nothing has changed |
//! | `Spin`, `Resources` | no work without input or time; no line is buffered beyond the limit |
//! | `Reference` | a part of the public API does what the reference of a [probe] expects |
//! | `Determinism`, `Cuts`, `Clones` | the same run again, with bodies cut in other ways, and with clones of the machine, has the same result |
//!
//! The history is recorded independently of the model. No client can detect that a backup was restored if the server
//! has passed the client's version before the next version check. Nor can it if LIST is forbidden and the server, which
//! doesn't know streaming lists, answers the check by repeating objects. Then the consumer requests a relist (counted
//! as `excuse`).
//!
//! # What the oracles can't see
//!
//! They observe a machine from outside: memory only as lines that are buffered too long, time only as the clock of the
//! run. `oracle::tests` and the mutants show that the oracles can fail.

mod act;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod counts;
mod damage;
mod exhaustive;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod generate;
mod members;
pub mod metadata;
mod minimise;
mod mutant;
mod net;
mod oracle;
mod own_writes;
pub mod plan;
pub mod probe;
mod proxy;
mod quiesce;
mod run;
pub mod scan;
mod transcript;
mod violation;
mod world;

pub use self::counts::Counts;
pub use self::exhaustive::{Tried, cells, cuts, pages, sequences, splits};
pub use self::generate::plan_of;
pub use self::minimise::minimise;
pub use self::own_writes::{OwnWrites, own_writes};
pub use self::plan::Plan;
pub use self::run::{Comparisons, Outcome, record, run, run_and_compare, run_with_timeline};
pub use self::violation::{Oracle, Violation};
