//! The model behind a lock, with a clock, and whoever waits for it to have something to send.

use core::task::Waker;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::observer::Observer;
use crate::model::{ApiServer, ExchangeId, Step};

/// How far the clock can be put forward: dates have years of four digits, and begin in this century.
pub(crate) const FARTHEST: Duration = Duration::from_secs(7000 * 365 * 24 * 60 * 60);

/// See the module.
#[derive(Debug)]
pub(crate) struct Shared {
    inner: Mutex<Inner>,
    clock: Clock,
    /// Something changed about when the model wants to be woken.
    pub(crate) ticks: Notify,
    /// Something happened.
    happened: Notify,
    go_away: watch::Sender<()>,
    /// The clock was put forward.
    advanced: watch::Sender<()>,
    observer: Observer,
}

/// Whose time it is.
#[derive(Debug)]
pub(crate) enum Clock {
    /// The computer's. Timers run where the server does, whatever runtime a test has, and whether its time is paused.
    Real { origin: Instant, timers: Handle },
    /// tokio's, of the runtime that asks.
    #[cfg(feature = "service")]
    Tokio { origin: tokio::time::Instant },
}

impl Clock {
    fn elapsed(&self) -> Duration {
        match self {
            Self::Real { origin, .. } => origin.elapsed(),
            #[cfg(feature = "service")]
            Self::Tokio { origin } => origin.elapsed(),
        }
    }
}

#[derive(Debug)]
struct Inner {
    server: ApiServer,
    wakers: BTreeMap<ExchangeId, Waker>,
    /// How far the clock was put forward.
    ahead: Duration,
}

impl Shared {
    pub(crate) fn new(server: ApiServer, clock: Clock, observer: Observer) -> Self {
        let inner = Inner { server, wakers: BTreeMap::new(), ahead: Duration::ZERO };
        Self {
            inner: Mutex::new(inner),
            clock,
            ticks: Notify::new(),
            happened: Notify::new(),
            go_away: watch::Sender::new(()),
            advanced: watch::Sender::new(()),
            observer,
        }
    }

    /// Does something with the model, and wakes whoever it concerns.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut ApiServer, Duration) -> T) -> T {
        self.with_inner(|inner, now| act(&mut inner.server, now))
    }

    fn with_inner<T>(&self, act: impl FnOnce(&mut Inner, Duration) -> T) -> T {
        let mut inner = self.lock();
        let now = self.clock.elapsed() + inner.ahead;
        let before = inner.server.next_tick();
        let result = act(&mut inner, now);
        let concerned: Vec<ExchangeId> = inner.server.take_woken().collect();
        let wakers: Vec<Waker> = concerned.iter().filter_map(|id| inner.wakers.remove(id)).collect();
        let has_moved = inner.server.next_tick() != before;
        drop(inner);
        for waker in wakers {
            waker.wake();
        }
        if has_moved {
            self.ticks.notify_one();
        }
        self.happened.notify_waiters();
        result
    }

    /// Waits until something holds. It is looked at whenever anything has happened.
    pub(crate) async fn until(&self, mut holds: impl FnMut(&ApiServer) -> bool) {
        loop {
            let mut happened = core::pin::pin!(self.happened.notified());
            // From here on nothing is missed.
            happened.as_mut().enable();
            if holds(&self.lock().server) {
                return;
            }
            happened.await;
        }
    }

    /// Returns after that time of the server's clock as it runs by itself, or when the server is no more.
    pub(crate) async fn pass(&self, lasts: Duration) {
        match &self.clock {
            Clock::Real { timers, .. } => {
                // Dropped with this future, and the timer with it.
                let mut timer = JoinSet::new();
                timer.spawn_on(async move { sleep(lasts).await }, timers);
                drop(timer.join_next().await);
            }
            #[cfg(feature = "service")]
            Clock::Tokio { .. } => sleep(lasts).await,
        }
    }

    /// What comes next on an exchange, and what time it is. If that is to wait, the task is woken when there may be
    /// something.
    pub(crate) fn poll(&self, id: ExchangeId, waker: &Waker) -> (Step, Duration) {
        self.with_inner(|inner, now| {
            let step = inner.server.poll(now, id);
            if matches!(step, Step::Wait(_)) {
                inner.wakers.insert(id, waker.clone());
            }
            (step, now)
        })
    }

    /// Shows a request to whom requests are shown.
    pub(crate) fn show(&self, number: usize) {
        if self.observer.is_there()
            && let Some(request) = self.with(|server, _| server.logged(number).cloned())
        {
            self.observer.show(&request);
        }
    }

    /// The client went away.
    pub(crate) fn forget(&self, id: ExchangeId) {
        self.with_inner(|inner, now| {
            inner.wakers.remove(&id);
            inner.server.close(now, id);
        });
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.clock.elapsed() + self.lock().ahead
    }

    /// Puts the clock forward, no further than [`FARTHEST`].
    pub(crate) fn advance(&self, by: Duration) {
        let mut inner = self.lock();
        inner.ahead = inner.ahead.saturating_add(by).min(FARTHEST);
        let wakers = core::mem::take(&mut inner.wakers);
        drop(inner);
        for waker in wakers.into_values() {
            waker.wake();
        }
        self.ticks.notify_one();
        self.advanced.send_replace(());
    }

    /// Returns when it is that late.
    pub(crate) async fn sleep_until(&self, at: Duration) {
        let mut advanced = self.advanced.subscribe();
        loop {
            let left = at.saturating_sub(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                // The sender lives as long as this.
                _ = advanced.changed() => {}
            }
        }
    }

    /// Returns when so much time has passed.
    pub(crate) async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().saturating_add(duration)).await;
    }

    /// Has every connection finish what is under way and take nothing new.
    pub(crate) fn go_away(&self) {
        self.go_away.send_replace(());
    }

    pub(crate) fn going_away(&self) -> watch::Receiver<()> {
        self.go_away.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in one test's thread says nothing against the model.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
