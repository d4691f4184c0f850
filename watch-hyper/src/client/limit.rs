//! How many requests the connections of a lane can have open at a time, once that is known.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

use tokio::sync::watch;

use super::request_error::RequestError;

/// Never more than that on one connection: so many windows ([`STREAM_WINDOW`](super::lanes::STREAM_WINDOW)) the
/// connection's own window holds, so that consumers who don't read can't block the others.
pub(super) const MOST: usize = 1000;

/// Learned from the connections, asked by the lane.
#[derive(Debug)]
pub(super) struct Limit {
    state: watch::Sender<State>,
    connections: AtomicUsize,
    /// How many requests were to make a first connection.
    openings: AtomicU64,
}

#[derive(Clone, Debug)]
pub(super) enum State {
    /// There is no connection, and nobody makes one.
    Closed,
    /// Somebody's request, the how manieth, is making the first one. The others wait for what becomes of it, since it
    /// may take them all.
    Opening(u64),
    /// So many requests can be open.
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

    /// A request is to make the first connection.
    pub(super) fn opening(self: &Arc<Self>) -> Opening {
        let number = self.openings.fetch_add(1, Ordering::Relaxed);
        self.state.send_replace(State::Opening(number));
        Opening { limit: Arc::clone(self), number }
    }

    /// A connection stands.
    pub(super) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection says how many it can take.
    pub(super) fn learn(&self, streams: usize) {
        // A server that allows none for the moment allows some later: one request will find out.
        self.state.send_replace(State::Open(streams.clamp(1, MOST)));
    }

    /// A connection is gone. After the last one the next is made by one request, not by all at once.
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

    /// Waits for what becomes of the first connection.
    pub(super) async fn settled(&self) -> Result<(), RequestError> {
        let mut states = self.state.subscribe();
        // The sender is `self`, so it can't be gone.
        match states.wait_for(|state| !matches!(state, State::Opening(_))).await.as_deref() {
            Ok(State::Failed(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

/// The task of making the first connection. Goes with the request, and ends with it at the latest.
#[derive(Debug)]
pub(super) struct Opening {
    limit: Arc<Limit>,
    number: u64,
}

impl Opening {
    /// It came to nothing, for this reason.
    pub(super) fn failed(self, error: RequestError) {
        self.end(State::Failed(error));
    }

    /// If there is a connection by now, or somebody else is making one, nothing of that changes.
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
