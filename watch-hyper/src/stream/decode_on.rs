//! A watch whose objects are decoded on other threads.

use core::error::Error;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_core::Stream;
use tokio::sync::oneshot;
use watch_core::{Checkpoint, Event, FromObject, Object};

use super::handle::Handle;

/// A job that decodes some objects, for a pool of threads to run. See [`Watch::decode_on`](crate::Watch::decode_on).
pub type DecodeJob = Box<dyn FnOnce() + Send>;

/// A watch whose objects are decoded on other threads: see [`Watch::decode_on`](crate::Watch::decode_on).
///
/// The events come in the order of the watch, however long each object takes. The [checkpoint](Handle::checkpoint)
/// covers the items that were yielded, and no others. Dropping the stream closes its request. A job that hasn't begun
/// when the stream is dropped does nothing.
///
/// After [`Handle::stop`], the objects that were already read are yielded, then `None`.
#[must_use = "a watch does nothing unless polled"]
pub struct DecodeOn<T: FromObject> {
    handle: Handle,
    spawn: Box<dyn FnMut(DecodeJob) + Send>,
    /// The events that were read and not yielded, in their order.
    pending: VecDeque<Pending<T>>,
    /// The limit on the length of `pending`.
    limit: usize,
    has_ended: bool,
}

/// The number of jobs into which `limit` events are divided. It is large enough for the threads of most machines, and
/// small enough that a thread is rarely woken for only one object.
const BATCHES: usize = 8;

/// An event that was read and not yielded.
struct Pending<T: FromObject> {
    item: Item<T>,
    /// The checkpoint that covers this event and all before it.
    covered: Option<Checkpoint>,
}

enum Item<T: FromObject> {
    /// An event without an object.
    Plain(Event),
    Decoding {
        object: Object,
        result: oneshot::Receiver<Decoded<T>>,
    },
}

/// The result of a job. The outer error is the payload of a panic.
type Decoded<T> = Result<Result<Event<T>, <T as FromObject>::Error>, Box<dyn Any + Send>>;

impl<T: FromObject> DecodeOn<T> {
    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        &mut self.handle
    }
}

impl<T: FromObject + Send + 'static> DecodeOn<T> {
    pub(super) fn new(mut handle: Handle, limit: usize, spawn: Box<dyn FnMut(DecodeJob) + Send>) -> Self {
        handle.hold_checkpoint();
        Self { handle, spawn, pending: VecDeque::new(), limit: limit.max(1), has_ended: false }
    }

    /// Reads events until no event is ready, or until `limit` of them wait to be yielded.
    fn fill(&mut self, cx: &mut Context<'_>) {
        // Events are read in batches: to wake a thread takes about as long as to decode an object.
        let batch = (self.limit / BATCHES).max(1);
        while !self.has_ended && self.pending.len() + batch <= self.limit {
            let mut jobs = Vec::new();
            while jobs.len() < batch {
                match self.handle.poll_event(cx) {
                    Poll::Ready(Some(event)) => {
                        let (item, job) = start(event);
                        jobs.extend(job);
                        self.pending.push_back(Pending { item, covered: self.handle.polled_checkpoint() });
                    }
                    Poll::Ready(None) => {
                        self.has_ended = true;
                        return self.spawn(jobs);
                    }
                    Poll::Pending => return self.spawn(jobs),
                }
            }
            self.spawn(jobs);
        }
    }

    fn spawn(&mut self, jobs: Vec<DecodeJob>) {
        if !jobs.is_empty() {
            (self.spawn)(Box::new(|| jobs.into_iter().for_each(|job| job())));
        }
    }
}

/// Returns an item for the event, and the job that decodes its object, if it has one.
fn start<T: FromObject + Send + 'static>(event: Event) -> (Item<T>, Option<DecodeJob>) {
    let object = match &event {
        Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
            object.clone()
        }
        Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. } => {
            return (Item::Plain(event), None);
        }
    };
    let (send, result) = oneshot::channel();
    let job = move || {
        // The stream was dropped: nothing takes the result.
        if send.is_closed() {
            return;
        }
        // Safe to unwind: the closure owns all that it uses, and a panic drops it.
        let decoded = catch_unwind(AssertUnwindSafe(|| event.try_map(T::from_object)));
        // Fails if the stream was dropped in the meantime.
        drop(send.send(decoded));
    };
    (Item::Decoding { object, result }, Some(Box::new(job)))
}

impl<T: FromObject + Send + 'static> Stream for DecodeOn<T> {
    type Item = Result<Event<T>, DecodeOnError<T::Error>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.fill(cx);
        let Some(first) = self.pending.front_mut() else {
            return if self.has_ended { Poll::Ready(None) } else { Poll::Pending };
        };
        let decoded = match &mut first.item {
            Item::Plain(_) => None,
            Item::Decoding { result, .. } => Some(ready!(Pin::new(result).poll(cx))),
        };
        let Some(Pending { item, covered }) = self.pending.pop_front() else { return Poll::Pending };
        self.handle.hold_checkpoint_at(covered);
        let yielded = match (item, decoded) {
            (Item::Decoding { .. }, Some(Ok(Ok(Ok(event))))) => Ok(event),
            (Item::Decoding { .. }, Some(Ok(Ok(Err(error))))) => Err(DecodeOnError::Decode(error)),
            (Item::Decoding { object, .. }, Some(Ok(Err(payload)))) => {
                Err(DecodeOnError::Panicked { object: Box::new(object), message: text_of(&*payload).into() })
            }
            (Item::Decoding { object, .. }, _) => Err(DecodeOnError::Dropped { object: Box::new(object) }),
            (Item::Plain(event), _) => event.try_map(T::from_object).map_err(DecodeOnError::Decode),
        };
        Poll::Ready(Some(self.handle.decoded(yielded)))
    }
}

/// Why an object of a [`DecodeOn`] is missing. The stream continues.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeOnError<E> {
    /// The object doesn't fit the type.
    Decode(E),
    /// Decoding the object panicked.
    Panicked {
        /// The object, with its raw bytes.
        object: Box<Object>,
        /// The message of the panic.
        message: Box<str>,
    },
    /// The pool dropped the job without running it.
    Dropped {
        /// The object, with its raw bytes.
        object: Box<Object>,
    },
}

impl<E: fmt::Display> fmt::Display for DecodeOnError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Panicked { object, message } => write!(f, "{object}: the decoder panicked: {message}"),
            Self::Dropped { object } => {
                write!(f, "{object}: not decoded, because the pool of threads dropped the job; is it shut down?")
            }
        }
    }
}

impl<E: Error> Error for DecodeOnError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // Its text is that of the error itself.
            Self::Decode(error) => error.source(),
            Self::Panicked { .. } | Self::Dropped { .. } => None,
        }
    }
}

/// Returns the message of a panic: `panic!` has a `&str` or a `String` as payload.
fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(its payload is no text)")
}

impl<T: FromObject> fmt::Debug for DecodeOn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeOn")
            .field("handle", &self.handle)
            .field("pending", &self.pending.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
