// The README's example needs the client.
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "client"), doc = "Watches Kubernetes resources over any tower service.")]

#[cfg(feature = "client")]
mod client;
mod clock;
#[cfg(any(feature = "client", feature = "kube"))]
mod credentials;
mod driver;
mod error;
mod exchange;
#[cfg(feature = "gzip")]
mod gzip;
mod known_error;
#[cfg(feature = "kube")]
mod kube;
#[cfg(feature = "kube")]
mod kube_type;
mod meter;
mod rate_limiter;
mod seed;
mod spans;
mod store;
mod stream;
mod transport;
mod wait_for;
mod work_queue;

pub use watch_core;

#[cfg(feature = "client")]
pub use self::client::{Client, ClientBody, ClientBuilder, ClientError, RequestError};
pub use self::known_error::ClassifiedError;
#[cfg(feature = "kube")]
pub use self::kube_type::config_for;
pub use self::rate_limiter::RateLimiter;
pub use self::store::{Ended, Reflector, Set, Store, StoreFreshness};
pub use self::stream::{Changes, Handle, Stopper, Watch};
pub use self::transport::{RefreshCredentials, Transport};
pub use self::wait_for::{WaitFor, wait_for};
pub use self::work_queue::{Turn, WorkQueue};
