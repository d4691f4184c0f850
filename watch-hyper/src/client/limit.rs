//! The limit on concurrent requests of a lane, once it is known.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

use tokio::sync::watch;

use super::request_error::RequestError;

/// The most requests on one connection. The window of the connection is as large as this many stream windows
/// ([`STREAM_WINDOW`](super::lanes::STREAM_WINDOW)), so consumers that don't read can't block the others.
pub(super) const MOST: usize = 1000;

/// Set by the connections, read by the lane.
#[derive(Debug)]
pub(super) struct Limit {
    state: watch::Sender<State>,
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
    Failed(RequestError),
}

impl Limit {
    pub(super) fn new() -> Self {
        Self { state: watch::Sender::new(State::Closed), connections: AtomicUsize::new(0), openings: AtomicU64::new(0) }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Begins the first connection, for one request.
    pub(super) fn opening(self: &Arc<Self>) -> Opening {
        let number = self.openings.fetch_add(1, Ordering::Relaxed);
        self.state.send_replace(State::Opening(number));
        Opening { limit: Arc::clone(self), number }
    }

    /// Counts an established connection.
    pub(super) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets the limit that a connection reported.
    pub(super) fn learn(&self, streams: usize) {
        // A server that allows none now may allow some later; one request is sent to find out.
        self.state.send_replace(State::Open(streams.clamp(1, MOST)));
    }

    /// Counts a closed connection. After the last one was closed, a single request makes the next one.
    pub(super) fn closed(&self) {
        if self.connections.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.state.send_if_modified(|state| {
                let was_open = matches!(state, State::Open(_));
                if was_open {
                    *state = State::Closed;
                }
                was_open
            });
        }
    }

    /// Waits until the first connection is established or has failed.
    pub(super) async fn settled(&self) -> Result<(), RequestError> {
        let mut states = self.state.subscribe();
        // The sender is `self`, so it exists.
        match states.wait_for(|state| !matches!(state, State::Opening(_))).await.as_deref() {
            Ok(State::Failed(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

/// The duty of making the first connection. It belongs to a request, and ends with it at the latest.
#[derive(Debug)]
pub(super) struct Opening {
    limit: Arc<Limit>,
    number: u64,
}

impl Opening {
    /// Reports that the connection failed.
    pub(super) fn failed(self, error: RequestError) {
        self.end(State::Failed(error));
    }

    /// Has no effect if there is a connection by now, or another request makes one.
    fn end(&self, end: State) {
        self.limit.state.send_if_modified(|state| {
            let is_mine = matches!(state, State::Opening(number) if *number == self.number);
            if is_mine {
                *state = end;
            }
            is_mine
        });
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.end(State::Closed);
    }
}
