//! An API server to test Kubernetes watches against.
//!
//! ```
//! # fn get(url: &str) -> std::io::Result<String> {
//! #     use std::io::{Read as _, Write as _};
//! #     let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a path");
//! #     let mut stream = std::net::TcpStream::connect(host)?;
//! #     write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
//! #     let mut reply = String::new();
//! #     stream.read_to_string(&mut reply).map(|_| reply)
//! # }
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let server = watch_test::TestServer::start().await?;
//! server.create("configmaps", Some("default"), serde_json::json!({"metadata": {"name": "a"}}))?;
//! server.expire();                                          // a watch from an older version now gets 410
//! let reply = get(&format!("{}/api/v1/configmaps?watch=1&resourceVersion=1", server.url()))?; // the client under test
//! assert!(reply.contains("too old resource version") && server.requests()[0].is_watch());
//! # Ok::<(), Box<dyn core::error::Error>>(()) })?; Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! It answers as kube-apiserver does, byte for byte: the order of keys, the five shapes of errors, the times of
//! bookmarks, the events of selectors, and the conditions for a 410. It fails on demand: see [`fault`].
//!
//! The model ([`model::ApiServer`]) is a value without clock, threads or IO. It can be used by itself; as a real HTTP
//! server ([`TestServer`]); and, with the feature `service`, as a tower service on tokio's clock (`InProcessServer`),
//! which a test can pause.
//!
//! The feature `check` adds checks of the events that a client delivers (the module `check`): an oracle that knows what
//! was written, shrinking, and drawing. The feature `live` starts a real `etcd` and `kube-apiserver` (the module
//! `live`).
//!
//! The default features `cli` and `record` are the program's: a dev-dependency needs neither (`default-features =
//! false`).
//!
//! # Types of other crates
//!
//! These are part of the API, so a new major version of one of them is a new major version of this crate:
//!
//! | crate | what | why |
//! |---|---|---|
//! | `serde_json` | `Value`: objects as tests write and read them | a test writes them with `json!` |
//! | `serde` | `Serialize`, `Deserialize` of faults and rules | the HTTP API takes them as JSON |
//! | `bytes` | `Bytes`: bodies of requests and replies of the model | pieces of a body are shared without a copy |
//! | `http` | `Request`, `HeaderMap`, `StatusCode` of the model's requests and replies; with `service`, `Response` | what clients for Rust send and return |
//! | `http-body`, `tower-service` (feature `service`) | the traits that `ApiService` and `ApiBody` implement | clients take any such service as their transport |
//! | `watch-core` | `Status`, the body of a refusal; with `check`, `Event` and `ResourceVersion` | both are of this
//! repository |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other here, not the rare case")]

#[cfg(feature = "check")]
pub mod check;
pub mod fault;
mod http;
#[cfg(all(feature = "live", unix))]
pub mod live;
mod millis;
pub mod model;
#[cfg_attr(not(feature = "check"), expect(unreachable_pub, reason = "`check` re-exports it"))]
mod rng;
#[cfg(feature = "service")]
mod service;

pub use self::http::{Builder, ClientIdentity, Handle, TestServer};
pub use self::model::LoggedRequest;
#[cfg(feature = "service")]
pub use self::service::{ApiBody, ApiService, InProcessServer};
/// The body of a refusal.
pub use watch_core::wire::Status;
