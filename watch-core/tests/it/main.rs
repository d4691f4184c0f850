//! Tests of the machine, through its two doors only.

mod first;
mod recover;
mod rig;
mod stop;
mod storm;
mod time;
