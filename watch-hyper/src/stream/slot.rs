//! An object that is decoded by a job of a pool, or by the stream that waits for it.

use core::mem;
use core::task::{Context, Poll, Waker};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use watch_core::{Event, FromObject};

/// The result of decoding. The outer error is the payload of a panic.
pub(super) type Decoded<T> = Result<Result<Event<T>, <T as FromObject>::Error>, Box<dyn Any + Send>>;

/// An event whose object is to be decoded. A [`Claim`] and a [`Ticket`] share it, and the first to call `decode` does
/// it.
struct Slot<T: FromObject>(Mutex<Inner<T>>);

struct Inner<T: FromObject> {
    state: State<T>,
    /// Woken when there is a result.
    waker: Option<Waker>,
}

enum State<T: FromObject> {
    /// No thread has begun to decode the object.
    Waiting(Event),
    Decoding,
    Decoded(Decoded<T>),
    /// The pool dropped the job before it ran.
    Dropped,
    /// The result was taken, or the stream was dropped.
    Closed,
}

impl<T: FromObject> Slot<T> {
    // No code of a user runs while the lock is held, so what it protects is consistent even if a thread panicked.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decodes the object, unless another thread has begun to. Returns whether it did.
    fn decode(&self) -> bool {
        let event = {
            let mut inner = self.lock();
            match mem::replace(&mut inner.state, State::Decoding) {
                State::Waiting(event) => event,
                other => {
                    inner.state = other;
                    return false;
                }
            }
        };
        // Safe to unwind: the closure owns all that it uses, and a panic drops it.
        let decoded = catch_unwind(AssertUnwindSafe(|| event.try_map(T::from_object)));
        self.finish(State::Decoded(decoded));
        true
    }

    /// Sets the result, if the stream still waits for one.
    fn finish(&self, result: State<T>) {
        let mut inner = self.lock();
        let unused = match inner.state {
            State::Closed => result,
            _ => mem::replace(&mut inner.state, result),
        };
        let waker = inner.waker.take();
        drop(inner);
        drop(unused);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Returns the two ends of a new slot: that of the stream, and that of the job.
pub(super) fn slot<T: FromObject>(event: Event) -> (Claim<T>, Ticket<T>) {
    let slot = Arc::new(Slot(Mutex::new(Inner { state: State::Waiting(event), waker: None })));
    (Claim(Arc::clone(&slot)), Ticket(slot))
}

/// The end of the stream. If it is dropped, the job does nothing.
pub(super) struct Claim<T: FromObject>(Arc<Slot<T>>);

impl<T: FromObject> Claim<T> {
    /// Decodes the object in this thread, unless another thread has begun to. Returns whether it did.
    pub(super) fn decode(&self) -> bool {
        self.0.decode()
    }

    /// Returns the result, if there is one; `None` in it if the pool dropped the job.
    pub(super) fn take(&self) -> Option<Option<Decoded<T>>> {
        Self::take_from(&mut self.0.lock())
    }

    /// Does the same as [`take`](Self::take). If there is no result, the task is woken when there is one.
    pub(super) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Decoded<T>>> {
        let mut inner = self.0.lock();
        match Self::take_from(&mut inner) {
            Some(result) => Poll::Ready(result),
            None => {
                inner.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn take_from(inner: &mut Inner<T>) -> Option<Option<Decoded<T>>> {
        match mem::replace(&mut inner.state, State::Closed) {
            State::Decoded(decoded) => Some(Some(decoded)),
            State::Dropped => Some(None),
            other => {
                inner.state = other;
                None
            }
        }
    }
}

impl<T: FromObject> Drop for Claim<T> {
    fn drop(&mut self) {
        // What it held is dropped without the lock.
        let unused = mem::replace(&mut self.0.lock().state, State::Closed);
        drop(unused);
    }
}

/// The end of a job. If it is dropped before the object is decoded, the stream learns of it.
pub(super) struct Ticket<T: FromObject>(Arc<Slot<T>>);

impl<T: FromObject> Drop for Ticket<T> {
    fn drop(&mut self) {
        let is_waiting = matches!(self.0.lock().state, State::Waiting(_));
        if is_waiting {
            self.0.finish(State::Dropped);
        }
    }
}

/// The number of jobs of a stream that run now.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<AtomicUsize>);

impl Running {
    /// Returns whether a job runs now.
    pub(super) fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// Runs a job: decodes the objects of these tickets.
    pub(super) fn run<T: FromObject>(&self, tickets: Vec<Ticket<T>>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        let _over = Over(&self.0);
        for ticket in tickets {
            ticket.0.decode();
        }
    }
}

/// Counts a job as over when it is dropped, also by a panic.
struct Over<'a>(&'a AtomicUsize);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
