//! Compares the CPU time of watch-hyper, kube-rs and client-go: see `peers/speed/run.sh --help`.

pub mod clients;
pub mod measure;
pub mod plot;
pub mod real;
pub mod recording;
pub mod server;
pub mod table;
pub mod trial;
