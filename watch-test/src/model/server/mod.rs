//! Requests: what comes in, and what goes out on each exchange.

pub(crate) mod active_faults;
pub(crate) mod config;
pub(crate) mod direct;
pub(crate) mod eviction;
pub(crate) mod exchange;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod outage;
pub(crate) mod poll;
pub(crate) mod rng;
pub(crate) mod scale;
pub(crate) mod serve;
pub(crate) mod start;
pub(crate) mod verbs;
pub(crate) mod watch;
