//! What goes wrong, said in advance.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::End;

/// What is done to one reply on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) head_delay: Duration,
    pub(crate) cut: Option<Cut>,
    pub(crate) stall: Option<Stall>,
    pub(crate) drip: Option<Drip>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cut {
    pub(crate) after_bytes: u64,
    pub(crate) end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stall {
    pub(crate) after_bytes: u64,
    pub(crate) lasts: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drip {
    pub(crate) bytes: usize,
    pub(crate) every: Duration,
}
