//! The wire format, without a machine around it.

mod decode_path;
mod frames;
mod list;
mod object;
mod query;
mod status;
mod version;

use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

/// The same cases every day, because a flaky test shows nothing. The fuzzers try other cases.
pub(crate) fn config() -> Config {
    Config {
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(1),
        ..Config::with_cases(500)
    }
}
