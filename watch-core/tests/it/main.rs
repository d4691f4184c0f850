//! Tests of the machine, through its two doors only.

mod first;
mod rig;
