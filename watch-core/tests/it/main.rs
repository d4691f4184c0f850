//! Tests of the machine, through its two doors only.

mod checkpoint;
mod config;
mod diff;
mod first;
mod recover;
mod rig;
mod stop;
mod storm;
mod time;
