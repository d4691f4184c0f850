//! The deterministic simulator: it proves `watch-core` by trying to break it, millions of times, reproducibly.
//!
//! ```text
//! seed ─► swarm ─► Plan: Setup + Vec<Step> ─► chaos ─► heal ─► what is the case must be known soon
//!
//!            ┌ store, caches, replicas, faults ┐   ┌ cut, delayed, stalled, late ┐   ┌ machine ┐
//!  truth ◄───┤            model                ├───┤           network           ├───┤  Diff   ├───► judges
//!            └─────────────────────────────────┘   └─────────────────────────────┘   └─────────┘
//! ```
//!
//! One thread, one clock that nobody waits for, no chance but that of the seed, which has a stream for each concern.
//! The machine is driven through its two doors only. The same seed is the same run, on every platform.
//!
//! # The program
//!
//! ```sh
//! cargo run --release -p watch-sim -- --for 60s              # seeds, with a progress bar
//! cargo run --release -p watch-sim -- --exhaustive           # everything small
//! cargo run --release -p watch-sim -- --canary               # it must fail
//! cargo run --release -p watch-sim -- replay failures/….json --svg run.svg
//! cargo run --release -p watch-sim -- mutants                # each mistake put in must be found
//! ```
//!
//! A failure is shortened (fewer steps, smaller numbers, a plainer world; the same promise broken), shown as a timeline,
//! and written down as a [`Plan`]. Seeds change their meaning with the generator; plans don't, and those that were
//! found are run by `cargo test` for ever (the folder `plans`).
//!
//! Where what is said isn't so (a hostile proxy, caches that show what is no more), only what is told can't be judged;
//! once that is over, the consumer asks for the set, and all is judged again.
//!
//! Exit codes: 101 a panic, 128 liveness, 129 safety, 130 rate, 131 resources, 132 determinism; 1 if it was interrupted
//! before, 2 for what makes no sense.
//!
//! What goes wrong in a run is in `FAULTS.md`.
//!
//! # Who judges
//!
//! The names of the first six are those of etcd's guarantees (`tests/robustness/validate/watch.go`).
//!
//! | judge | what is promised |
//! |---|---|
//! | `Ordered`, `Unique`, `Atomic`, `Reliable`, `Bookmarkable`, `Invention` | behind a set or an event, what is told next is *the very next* write that matches the selector: its type, its object, its bytes |
//! | `Resumable` | the checkpoint is what was told, after every wait; a new process goes on from it without a gap |
//! | `State` | a set is the state of the store as of its version |
//! | `Changes` | what `Diff` makes of it keeps an exact picture, and tells nothing twice |
//! | `Grammar`, `Restarts` | sets begin, end, and come again for a reason that is told |
//! | `Requests` | requests are such as kube-apiserver accepts, and ask for what comes behind what was told |
//! | `Silence` | one exchange at a time, none with a number that was used; nothing of one that is over; nothing behind the end |
//! | `Unreadable` | what can't be read is told, and nothing behind it taken |
//! | `Endings` | it ends only when it must; what breaks off isn't taken for whole |
//! | `Liveness` | no deadline is missed; 20 minutes after the last fault, the truth is known, and so is what is written then |
//! | `Rate`, `Patience` | no storms, whatever fails; `Retry-After` is kept; chance in the backoff |
//! | `Notices` | no notice is repeated while nothing has changed |
//! | `Spin`, `Resources` | no work without input or time; no line is waited for beyond the limit |
//! | `Determinism`, `Cuts`, `Clones` | the same run again, with bodies cut in other ways, with clones of the machine, comes to the same |
//!
//! The truth is kept apart from the model. Where a backup was restored and the server has passed what the client knows
//! before anybody could notice, no client can know; then the consumer asks for the set (counted as `excuse`).
//!
//! # What the judges can't see
//!
//! They see a machine from outside: memory only as lines that are waited for too long, time only as the clock in the
//! run. That they see what they are there to see is shown by `oracle::tests` and by the mutants.

mod act;
mod chance;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod counts;
mod damage;
mod exhaustive;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod generate;
mod heal;
mod minimise;
mod mistake;
mod net;
mod oracle;
pub mod plan;
mod proxy;
mod run;
mod transcript;
mod violation;
mod world;

pub use self::counts::Counts;
pub use self::exhaustive::{Tried, cells, cuts, pages, sequences, splits};
pub use self::generate::plan_of;
pub use self::minimise::minimise;
pub use self::plan::Plan;
pub use self::run::{Comparisons, Outcome, record, run, run_and_compare, run_with_timeline};
pub use self::violation::{Oracle, Violation};
