//! Which seeds to run, and for how long.

use core::time::Duration;

use clap::Args;

/// The options of the commands that run seeds.
#[derive(Clone, Copy, Debug, Args)]
#[non_exhaustive]
pub struct Extent {
    /// The number of seeds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: Option<u64>,
    /// How long to run: 60s, 1h [default: 10s]
    #[arg(long = "for", value_name = "TIME", value_parser = some_time)]
    pub for_: Option<Duration>,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl Extent {
    /// Returns how long to run at most. A number of seeds has no time.
    pub(super) fn time(&self) -> Duration {
        match (self.for_, self.seeds) {
            (Some(time), _) => time,
            (None, Some(_)) => Duration::MAX,
            (None, None) => Duration::from_secs(10),
        }
    }

    /// Returns whether the seed with this index, counted from the first, is to be run.
    pub(super) fn includes(&self, index: u64) -> bool {
        self.seeds.is_none_or(|seeds| index < seeds)
    }
}

/// Parses a time that isn't zero.
pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("the time must be more than zero".into()) } else { Ok(time) }
}
