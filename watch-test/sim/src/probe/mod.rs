//! Probes: small experiments, each on one part of watch-core's public API, without the model of the API server.
//!
//! A seed of the simulator is a conversation with a server that behaves like kube-apiserver, most of the time. The
//! probes test inputs that such a conversation doesn't reach: configurations and names that people write, altered
//! stored data, legal JSON that kube-apiserver doesn't write. A probe draws a random input from the full range, passes
//! it to the API, and compares the result with a reference that is written from the documentation.
//!
//! Everything that a probe observes also goes into a hash, of which there is a [table]. The table finds a change of
//! behaviour that no reference knows. Kinds, fields and positions are hashed, but no messages of errors.

mod alter;
mod catch;
mod checkpoints;
mod conditions;
mod config;
mod conversation;
mod debounce;
mod diff;
mod events;
mod hashed;
mod heads;
mod json;
mod lists;
mod metadata;
mod names;
mod objects;
mod pages;
mod parsers;
mod pending_writes;
mod predicates;
mod query;
mod rig;
mod scan;
mod seconds;
mod secrets;
mod seek;
mod selectors;
mod settings;
pub mod table;
mod text;
mod traces;
mod values;
mod versions;
mod work_queue;
mod writers;

use std::fmt;

use watch_test::check::{Line, Rng};

pub use self::seek::{Failed, Sought, seek};
use crate::transcript::Transcript;
use crate::violation::Violation;

/// An experiment on one part of the public API.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Probe {
    /// The name of the probe. Its random numbers depend on the name.
    pub name: &'static str,
    run: Run,
}

/// Draws an input, passes it to the API, and checks and hashes the result.
type Run = fn(&mut Rng, &mut Transcript) -> Result<(), Violation>;

impl Probe {
    /// All probes, in the order of the table.
    pub const ALL: [Self; 26] = [
        Self { name: "checkpoints", run: checkpoints::probe },
        Self { name: "conditions", run: conditions::probe },
        Self { name: "config", run: config::probe },
        Self { name: "conversation", run: conversation::probe },
        Self { name: "debounce", run: debounce::probe },
        Self { name: "diff", run: diff::probe },
        Self { name: "events", run: events::probe },
        Self { name: "heads", run: heads::probe },
        Self { name: "lists", run: lists::probe },
        Self { name: "metadata", run: metadata::probe },
        Self { name: "names", run: names::probe },
        Self { name: "pages", run: pages::probe },
        Self { name: "parsers", run: parsers::probe },
        Self { name: "pending_writes", run: pending_writes::probe },
        Self { name: "predicates", run: predicates::probe },
        Self { name: "query", run: query::probe },
        Self { name: "scan", run: scan::probe },
        Self { name: "secrets", run: secrets::probe },
        Self { name: "selectors", run: selectors::probe },
        Self { name: "traces", run: traces::probe },
        Self { name: "values", run: values::probe },
        Self { name: "versions", run: versions::probe },
        Self { name: "wait_for", run: conversation::wait_for::probe },
        Self { name: "wait_for_many", run: conversation::wait_for_many::probe },
        Self { name: "work_queue", run: work_queue::probe },
        Self { name: "writers", run: writers::probe },
    ];

    /// Returns the probe of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|probe| probe.name == name)
    }

    /// Runs the probe with a seed, and returns the hash of what it observed.
    ///
    /// # Errors
    /// Fails if the result contradicts the reference, or if watch-core or the probe panics.
    pub fn run(self, seed: u64) -> Result<u64, Violation> {
        let mut transcript = Transcript::new(false);
        self.observe(seed, &mut transcript)?;
        Ok(transcript.hash())
    }

    /// Runs the probe with a seed, and returns the lines that it noted.
    pub fn lines(self, seed: u64) -> Vec<Line> {
        let mut transcript = Transcript::new(true);
        // The caller knows the result.
        let _ = self.observe(seed, &mut transcript);
        transcript.into_lines()
    }

    fn observe(self, seed: u64, transcript: &mut Transcript) -> Result<(), Violation> {
        let mut rng = Rng::stream(seed, self.name);
        catch::panics(|| (self.run)(&mut rng, transcript))
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&self.name).finish()
    }
}
