//! The limit on concurrent requests of a lane, once it is known.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::lanes::Lanes;
use super::request_error::RequestError;

/// The most requests on one connection. The window of the connection is as large as this many stream windows
/// ([`STREAM_WINDOW`](super::lanes::STREAM_WINDOW)), so consumers that don't read can't block the others.
pub(super) const MOST: usize = 1000;

/// Set by the connections, read by the lane.
#[derive(Debug)]
pub(super) struct Limit {
    state: Mutex<State>,
    /// Gives out the places when the first connection is established or failed.
    lanes: Weak<Lanes>,
    connections: AtomicUsize,
    /// How many requests have opened a first connection.
    openings: AtomicU64,
}

#[derive(Clone, Debug)]
pub(super) enum State {
    /// There is no connection, and no request makes one.
    Closed,
    /// Request number N is opening the first connection. The other requests wait, since this connection may take them
    /// all.
    Opening(u64),
    /// This many requests can be open.
    Open(usize),
    /// The first connection couldn't be made.
    Failed,
}

impl Limit {
    pub(super) fn new(lanes: Weak<Lanes>) -> Self {
        let (connections, openings) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { state: Mutex::new(State::Closed), lanes, connections, openings }
    }

    pub(super) fn state(&self) -> State {
        self.lock().clone()
    }

    /// Begins the first connection, for one request.
    pub(super) fn opening(self: &Arc<Self>) -> Opening {
        let number = self.openings.fetch_add(1, Ordering::Relaxed);
        *self.lock() = State::Opening(number);
        Opening { limit: Arc::clone(self), number }
    }

    /// Counts an established connection.
    pub(super) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets the limit that a connection reported.
    pub(super) fn learn(&self, streams: usize) {
        // A server that allows none now may allow some later; one request is sent to find out.
        *self.lock() = State::Open(streams.clamp(1, MOST));
        self.settled();
    }

    /// Counts a closed connection. After the last one was closed, a single request makes the next one.
    pub(super) fn closed(&self) {
        if self.connections.fetch_sub(1, Ordering::Relaxed) == 1 {
            let mut state = self.lock();
            if matches!(*state, State::Open(_)) {
                *state = State::Closed;
            }
        }
    }

    /// The requests that wait get places, or make the next connection.
    fn settled(&self) {
        if let Some(lanes) = self.lanes.upgrade() {
            lanes.give_out();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The duty of making the first connection. It belongs to a request, and ends with it at the latest.
#[derive(Debug)]
pub(super) struct Opening {
    limit: Arc<Limit>,
    number: u64,
}

impl Opening {
    /// Reports that the connection failed. The requests that wait for it fail, too.
    pub(super) fn failed(self, error: RequestError) {
        if self.end(State::Failed)
            && let Some(lanes) = self.limit.lanes.upgrade()
        {
            lanes.fail(&self.limit, &error);
        }
    }

    /// Has no effect if there is a connection by now, or another request makes one. Returns whether it had one.
    fn end(&self, end: State) -> bool {
        let mut state = self.limit.lock();
        let is_mine = matches!(*state, State::Opening(number) if number == self.number);
        if is_mine {
            *state = end;
        }
        is_mine
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if self.end(State::Closed) {
            self.limit.settled();
        }
    }
}
