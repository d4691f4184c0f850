//! A watch whose objects are decoded on several threads.

use core::error::Error;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::any::Any;
use std::collections::VecDeque;

use futures_core::Stream;
use tokio::task::coop;
use watch_core::{Checkpoint, Event, FromObject, Object};

use super::handle::Handle;
use super::slot::{Claim, Decoded, Running, Ticket, slot};

/// A job that decodes some objects, for a pool of threads to run. See [`Watch::decode_on`](crate::Watch::decode_on).
pub type DecodeJob = Box<dyn FnOnce() + Send>;

/// A watch whose objects are decoded on several threads: see [`Watch::decode_on`](crate::Watch::decode_on).
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
    running: Running,
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
        claim: Claim<T>,
    },
}

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
        let (running, pending) = (Running::default(), VecDeque::new());
        Self { handle, spawn, running, pending, limit: limit.max(1), has_ended: false }
    }

    /// Reads events until no event is ready, or until `limit` of them wait to be yielded.
    fn fill(&mut self, cx: &mut Context<'_>) {
        // Events are read in batches: to wake a thread takes about as long as to decode an object.
        let batch = (self.limit / BATCHES).max(1);
        while !self.has_ended && self.pending.len() + batch <= self.limit {
            let mut tickets = Vec::new();
            while tickets.len() < batch {
                match self.handle.poll_event(cx) {
                    Poll::Ready(Some(event)) => {
                        let (item, ticket) = start(event);
                        tickets.extend(ticket);
                        self.pending.push_back(Pending { item, covered: self.handle.polled_checkpoint() });
                    }
                    Poll::Ready(None) => {
                        self.has_ended = true;
                        return self.spawn(tickets);
                    }
                    Poll::Pending => return self.spawn(tickets),
                }
            }
            self.spawn(tickets);
        }
    }

    fn spawn(&mut self, tickets: Vec<Ticket<T>>) {
        if !tickets.is_empty() {
            let running = self.running.clone();
            (self.spawn)(Box::new(move || running.run(tickets)));
        }
    }

    /// Decodes an object in this thread, if a thread of the pool is busy with others. Returns whether it did.
    ///
    /// If no thread of the pool is busy, the objects wait for one.
    fn help(&self) -> bool {
        self.running.is_any()
            && self.pending.iter().any(|pending| match &pending.item {
                Item::Plain(_) => false,
                Item::Decoding { claim, .. } => claim.decode(),
            })
    }

    /// Waits for the first object, and decodes others meanwhile. Returns `None` if the first event has no object.
    fn poll_first(&self, first: &Pending<T>, cx: &mut Context<'_>) -> Poll<Option<FirstDecoded<T>>> {
        let Item::Decoding { claim, .. } = &first.item else { return Poll::Ready(None) };
        loop {
            if let Some(result) = claim.take() {
                return Poll::Ready(Some(result));
            }
            let budget = ready!(coop::poll_proceed(cx));
            if !self.help() {
                return claim.poll_take(cx).map(Some);
            }
            budget.made_progress();
        }
    }
}

/// The result of the first event that waits; `None` if the pool dropped its job.
type FirstDecoded<T> = Option<Decoded<T>>;

/// Returns an item for the event, and a ticket to decode its object, if it has one.
fn start<T: FromObject>(event: Event) -> (Item<T>, Option<Ticket<T>>) {
    let object = match &event {
        Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
            object.clone()
        }
        Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. } => {
            return (Item::Plain(event), None);
        }
    };
    let (claim, ticket) = slot(event);
    (Item::Decoding { object, claim }, Some(ticket))
}

impl<T: FromObject + Send + 'static> Stream for DecodeOn<T> {
    type Item = Result<Event<T>, DecodeOnError<T::Error>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.fill(cx);
        let Some(first) = self.pending.front() else {
            return if self.has_ended { Poll::Ready(None) } else { Poll::Pending };
        };
        let decoded = ready!(self.poll_first(first, cx));
        let Some(Pending { item, covered }) = self.pending.pop_front() else { return Poll::Pending };
        self.handle.hold_checkpoint_at(covered);
        let yielded = match (item, decoded.flatten()) {
            (Item::Decoding { .. }, Some(Ok(Ok(event)))) => Ok(event),
            (Item::Decoding { .. }, Some(Ok(Err(error)))) => Err(DecodeOnError::Decode(error)),
            (Item::Decoding { object, .. }, Some(Err(payload))) => {
                Err(DecodeOnError::Panicked { object: Box::new(object), message: text_of(&*payload).into() })
            }
            (Item::Decoding { object, .. }, None) => Err(DecodeOnError::Dropped { object: Box::new(object) }),
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
