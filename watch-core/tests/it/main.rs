//! Tests of the machine, through its two doors only.

mod bad_input;
mod captures;
mod checkpoint;
mod config;
mod cut_short;
mod cuts;
mod diff;
mod first;
mod recover;
mod rig;
mod stop;
mod storm;
mod time;
mod transcript;
