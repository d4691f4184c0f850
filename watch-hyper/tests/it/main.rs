//! Tests of the public API, one file a subject. `fake` and `server` are the servers that they watch.

mod adapters;
mod bad_input;
mod changes;
mod chunks;
mod churn;
mod credentials;
#[cfg(feature = "metrics")]
mod dashboard;
mod decode_on;
mod directory;
mod docs_rs;
mod end_to_end;
mod errors;
mod examples;
mod fake;
mod faults;
#[cfg(all(feature = "kube-runtime", feature = "k8s-openapi"))]
mod from_kube_rs;
#[cfg(feature = "gzip")]
mod gzip;
mod hint;
mod http2;
#[cfg(feature = "kube")]
mod kube;
#[cfg(feature = "kube-runtime")]
mod kube_runtime;
#[cfg(feature = "kube-runtime")]
mod kube_streams;
#[cfg(feature = "kube")]
mod kube_types;
mod kubernetes_watcher;
mod late;
mod log;
mod log_words;
#[cfg(feature = "metrics")]
mod metrics;
mod notices;
mod odd_servers;
mod operator;
mod pace;
mod pending_writes;
mod pressure;
mod proxy;
mod rotation;
mod server;
#[cfg(unix)]
mod signals;
mod soak;
mod spans;
mod stop;
mod store;
mod store_changes;
mod store_factory;
mod store_filters;
mod store_histories;
mod store_queries;
mod store_readers;
mod store_rig;
mod stream;
mod tls;
mod trace;
#[cfg(feature = "kube")]
mod track_writes;
mod trust;
mod wait_for;
mod wait_for_many;
#[cfg(feature = "k8s-openapi")]
mod waits;
mod work_queue;
mod wrong_type;
