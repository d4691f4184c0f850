//! Tests through the public door. One file a subject; `fake` and `server` are what they watch.

mod changes;
mod chunks;
mod credentials;
mod end_to_end;
mod errors;
mod fake;
#[cfg(feature = "gzip")]
mod gzip;
mod http2;
#[cfg(feature = "metrics")]
mod metrics;
mod pressure;
mod proxy;
mod server;
mod stop;
mod store;
mod stream;
mod tls;
