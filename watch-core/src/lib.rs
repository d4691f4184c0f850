//! The Kubernetes LIST + WATCH protocol as a pure state machine.
//!
//! > **A [`Watcher`] is a value. Facts go in through [`handle`](Watcher::handle). Time goes in, and decisions come out,
//! > through [`poll`](Watcher::poll).**
//!
//! The crate has no socket, clock, runtime, thread or entropy: bytes and time go in, requests and events come out. So a
//! watch can be embedded anywhere. Its behaviour on a lost connection, an expired version or a faulty proxy can be
//! tested without a cluster, without waiting, and repeatably.
//!
//! # The driver
//!
//! 1. `poll` with the time, act on the output, and `poll` again, until the output is `Wait`.
//! 2. Wait for the response, for more of the body, or for the time in the output.
//! 3. `handle` one input, or every input that is ready. Go to 1.
//!
//! Inputs are processed before timeouts are checked. So a late driver loses nothing, whether it hands in
//! every input that is ready or, as here, one input per `poll`.
//!
//! ```
//! use watch_core::{Event, Input, Instant, Misuse, Notice, Output, Request, RequestId, Watcher};
//! # use watch_core::Done;
//!
//! trait Io {
//!     fn send(&mut self, request: Request);                         // start it; don't wait
//!     fn abort(&mut self, id: RequestId);                           // drop it
//!     fn next(&mut self, until: Option<Instant>) -> Option<Input>;  // head, bytes, end or error; None: it is time
//! }
//!
//! trait Clock {
//!     fn now(&self) -> Instant;
//! }
//!
//! fn drive(
//!     mut watcher: Watcher,
//!     mut io: impl Io,
//!     clock: impl Clock,
//!     sink: impl Fn(Event),
//!     log: impl Fn(Notice),
//! ) -> Result<Done, Misuse> {
//!     loop {
//!         match watcher.poll(clock.now()) {
//!             Output::Send(request) => io.send(request),
//!             Output::Abort(id) => io.abort(id),
//!             Output::Event(event) => sink(event),
//!             Output::Notice(notice) => log(notice),
//!             Output::Wait(wait) => if let Some(input) = io.next(wait.until) { watcher.handle(input)? },
//!             Output::Done(done) => return Ok(done),
//!         }
//!     }
//! }
//! ```
//!
//! A driver that is generic over [`Machine`] also drives a [`WaitFor`], a [`WaitForMany`] and a watcher that is recorded.
//!
//! The same steps by hand. A string literal takes the place of the server:
//!
//! ```
//! use watch_core::{Config, Input, Instant, Output, Resource, ResponseHead, Watcher};
//!
//! let config = Config::builder(Resource::core("v1", "pods")).namespace("default").bookmarks(false).build()?;
//! let mut watcher = Watcher::new(config);
//! let now = Instant::ORIGIN;
//!
//! let Output::Send(request) = watcher.poll(now) else { unreachable!() };
//! assert_eq!(request.uri(), "/api/v1/namespaces/default/pods?limit=500");
//!
//! let id = request.id;
//! watcher.handle(Input::Response { id, head: ResponseHead::new(200) })?;
//! let list = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]}"#;
//! watcher.handle(Input::Body { id, bytes: list.into() })?;
//! watcher.handle(Input::End { id })?;
//!
//! let outputs: Vec<_> = (0..4).map(|_| watcher.poll(now)).collect();
//! let [Output::Event(begin), Output::Event(end), Output::Send(watch), Output::Wait(_)] = &outputs[..] else {
//!     unreachable!()
//! };
//! assert_eq!((begin.to_string(), end.to_string()), ("INITIAL (first)".into(), "INITIAL END @7".into()));
//! assert!(watch.uri().contains("watch=true&resourceVersion=7"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! 1. No clock, IO, global, thread, entropy or randomly seeded map is in this crate: `#![no_std]` with `alloc`. The
//!    feature `http` needs std (it is on by default, and gives [`Request`]s the `http` crate's type; on x86, it also
//!    lets the scan of JSON choose SIMD instructions at run time, which changes no output). Without it, the crate builds
//!    for targets that have no std.
//! 2. At most one HTTP exchange is open.
//! 3. Every way back to the start is gated by time, by a watch that lasted, or by something that happens once:
//!    *no server can make it spin*.
//! 4. The same configuration and the same inputs at the same times give the same outputs, byte for byte, everywhere.
//! 5. How a body is cut into pieces changes nothing, however late the driver hands them in.
//! 6. Memory is bounded by the configured [`Limits`] and by what was handed in and not yet polled.
//! 7. Bytes never make it panic, and never cause [`Misuse`]: that is the driver's mistake, and only the driver's.
//! 8. The [`Checkpoint`] covers exactly what `poll` has returned.
//! 9. After ERROR, [`Input::Stop`] or [`Output::Abort`], nothing of that exchange is ever emitted.
//!
//! # Timeouts
//!
//! | waits for | as long as | then |
//! |---|---|---|
//! | the head of a response | [`Timing::response_timeout`] | retries |
//! | the next item of a list | [`Timing::list_item_timeout`] | retries |
//! | the rest of an object | [`Timing::object_timeout`] | resumes |
//! | any event on a watch | its `timeoutSeconds`, plus [`Timing::grace`] | resumes |
//! | the next bookmark, after the first | [`Timing::idle_timeout`] | resumes |
//! | the end marker of a streaming list | [`Timing::initial_events_timeout`] since the last object | falls back to LIST |
//! | more of the body of an error | 2 s; 0.25 s after a complete `Status` | uses what arrived |
//! | the end of the body of an error | 10 s | uses what arrived |
//! | the next attempt | the backoff ([`Timing::shortest_backoff`] to [`Timing::longest_backoff`]), or `Retry-After` if that is longer | retries |
//! | the next watch, after the connection of an open one broke | a random time of up to a quarter of [`Timing::shortest_backoff`], at most twice in 30 s; otherwise the backoff, plus the time that these resumes saved if there was no progress | resumes |
//! | the next version check, after one showed an older version than was seen | 2 to 3 s, or `Retry-After` | repeats it |
//! | the next version check, while a watch is open | [`ConfigBuilder::check_every`] | closes the watch, checks, resumes |
//! | the end of the watch | [`ConfigBuilder::deadline`] | ends |
//! | the final read of a [`WaitFor`] or [`WaitForMany`] | a quarter of the deadline, 5 s at most | ends |
//! | progress | [`ConfigBuilder::give_up_after`] | ends |
//!
//! They run only while the machine waits: from [`Output::Wait`] to the next `poll`, up to the time that the wait named.
//! The time that a driver or consumer needs doesn't count, and neither does a sleep of the computer. Inputs that are
//! ready are processed before the timeout, even if the driver hands in only one per `poll`. Only the end of the watch
//! and the final read are points in time.
//!
//! # Errors
//!
//! A [`ConfigError`] is a mistake of the caller, found when the configuration is built. A [`Misuse`] is a mistake of
//! the driver; bytes never cause it. A [`Trouble`] is a failure of the server or the network; the machine handles it. A
//! [`DecodeError`] means that one object doesn't fit the consumer's type.
//!
//! # Types of other crates
//!
//! These are part of the API, so a new major version of one of them is a new major version of this crate:
//!
//! | crate | what | why |
//! |---|---|---|
//! | `bytes` | `Bytes`, for bodies that go in and objects that come out | an object is a slice of the buffer in which it arrived, without a copy |
//! | `serde` | `Serialize`, `Deserialize` of [`Checkpoint`], [`DiffSnapshot`] and, for traces, of inputs, outputs and configuration; the bounds of [`Object::decode`] and [`FromObject`] | a consumer stores checkpoints in a format of its choice, and its types deserialize themselves |
//! | `serde_json` (feature `trace`) | `RawValue`, in an entry of a trace | an entry keeps an output as it was written, to be compared byte for byte |
//! | `http` (feature `http`) | `Request`, in [`Request`]; `response::Parts`, from which a [`ResponseHead`] is made | what clients for Rust send and return |
//! | `k8s-openapi` (feature `k8s-openapi`) | the trait `Resource`, which is the bound of `Config::for_type`; the types that the [`conditions`] take; the trait `Metadata`, whose types implement [`ObjectMetadata`] and [`HasUid`](conditions::HasUid) | names the resource of a type, and has its labels; conditions on built-in resources |
//! | `arbitrary` (feature `arbitrary`) | `Arbitrary`, for inputs | what fuzzers for Rust take |
//!
//! # The states
//!
//! Each row is a transition, with its reason. A watch begins in Starting. From every other state, [`Input::Relist`]
//! leads to Starting and [`Input::Stop`] to Done.
//!
#![doc = include_str!("../states.svg")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

extern crate alloc;

pub mod conditions;
mod config;
mod diff;
mod doors;
mod fingerprint;
mod from_object;
mod io;
mod machine;
mod metadata;
mod object_metadata;
mod pending_writes;
mod predicate;
#[cfg(feature = "trace")]
pub mod trace;
mod type_probe;
mod wait;
mod watcher;
#[cfg(feature = "wire")]
pub mod wire;
#[cfg(not(feature = "wire"))]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    unfulfilled_lint_expectations,
    reason = "what writes is used by the feature `wire` only"
)]
mod wire;
mod work_queue;

pub use self::config::label_matcher::LabelMatcher;
pub use self::config::resource::Resource;
pub use self::config::resource_name::{Reading, ResourceName};
pub use self::config::selector::{FieldSelector, LabelSelector};
pub use self::config::{
    Config, ConfigBuilder, ConfigError, InitialList, JsonCheck, Limits, ListSemantics, OnExpired, Representation,
    Start, Timing,
};
pub use self::diff::{Change, Debounce, Diff, DiffSnapshot, PredicateFilter, Touched, Vanished};
pub use self::doors::Machine;
pub use self::from_object::FromObject;
pub use self::io::cause::{Cause, TimedOut};
pub use self::io::checkpoint::{Checkpoint, CheckpointError};
pub use self::io::counters::Counters;
pub use self::io::event::{Event, InitialCause};
pub use self::io::input::{Input, Misuse, ResponseHead, TransportError, TransportErrorKind};
pub use self::io::list_changes::ListChanges;
pub use self::io::notice::{Next, Notice, Skipped};
pub use self::io::output::{Done, Output, Wait, Waiting};
pub use self::io::phase::Phase;
pub use self::io::request::{Request, RequestId, RequestKind};
pub use self::io::time::Instant;
pub use self::io::trouble::{During, Trouble};
pub use self::metadata::{Entries, Finalizers, OwnerReference, OwnerReferences, PartialObjectMetadata};
pub use self::object_metadata::ObjectMetadata;
pub use self::pending_writes::{PendingWrites, Written};
pub use self::predicate::{Fallback, Or, Predicate, predicates};
pub use self::wait::{
    Condition, LastKnown, LastKnownOfMany, ObjectState, Outcome, OutcomeOfMany, Verdict, WaitFor, WaitForMany,
};
pub use self::watcher::{Freshness, Watcher};
pub use self::wire::object::{DecodeError, Object};
pub use self::wire::version::{InvalidResourceVersion, LONGEST_RESOURCE_VERSION, ResourceVersion};
pub use self::wire::{FrameError, FrameErrorKind, Malformed, Status, StatusCause, StatusDetails, WireError};
pub use self::work_queue::WorkQueue;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
