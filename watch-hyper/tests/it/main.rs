//! Tests through the public door. One file a subject; `fake` and `server` are what they watch.

mod ancestor;
mod changes;
mod chunks;
mod churn;
mod credentials;
mod end_to_end;
mod errors;
mod examples;
mod fake;
mod faults;
#[cfg(feature = "gzip")]
mod gzip;
mod http2;
#[cfg(feature = "kube")]
mod kube;
#[cfg(feature = "metrics")]
mod metrics;
mod operator;
mod pace;
mod pressure;
mod proxy;
mod server;
mod soak;
mod spans;
mod stop;
mod store;
mod stream;
mod tls;
mod trace;
mod wait_for;
