//! Tests of the machine, through its two doors only.

mod captures;
mod cut_short;
mod cuts;
mod first;
mod rig;
mod stop;
mod storm;
mod time;
mod transcript;
