//! The model, protected by a lock, its clock, and the tasks that wait for its changes.

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

/// The largest advance of the clock. The clock starts in this century, and a date has a year of four digits.
pub(crate) const FARTHEST: Duration = Duration::from_secs(7000 * 365 * 24 * 60 * 60);

/// Shares the model between the connections, the timers and the test.
#[derive(Debug)]
pub(crate) struct Shared {
    inner: Mutex<Inner>,
    clock: Clock,
    /// Notified when the time of the model's next timer changes.
    pub(crate) ticks: Notify,
    /// Notified when the model changes.
    happened: Notify,
    go_away: watch::Sender<()>,
    /// Notified when the clock is advanced.
    advanced: watch::Sender<()>,
    observer: Observer,
}

/// The source of the time.
#[derive(Debug)]
pub(crate) enum Clock {
    /// The computer's clock. Timers run on the server's thread, so a test's runtime with a paused clock doesn't affect
    /// them.
    Real { origin: Instant, timers: Handle },
    /// The clock of the caller's tokio runtime.
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
    /// The sum of all advances of the clock.
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

    /// Calls a function with the model, and wakes the affected tasks.
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

    /// Waits until a condition holds. The condition is evaluated now, and after each change of the model.
    pub(crate) async fn until(&self, mut holds: impl FnMut(&ApiServer) -> bool) {
        loop {
            let mut happened = core::pin::pin!(self.happened.notified());
            // Changes from here on are noticed.
            happened.as_mut().enable();
            if holds(&self.lock().server) {
                return;
            }
            happened.await;
        }
    }

    /// Waits this long by the server's clock, which advances don't shorten. Returns early if the server is dropped.
    pub(crate) async fn pass(&self, lasts: Duration) {
        match &self.clock {
            Clock::Real { timers, .. } => {
                // The task and the timer are dropped with this future.
                let mut timer = JoinSet::new();
                timer.spawn_on(async move { sleep(lasts).await }, timers);
                drop(timer.join_next().await);
            }
            #[cfg(feature = "service")]
            Clock::Tokio { .. } => sleep(lasts).await,
        }
    }

    /// Returns the next step of an exchange, and the time. If the step is `Wait`, the task is woken when the next step
    /// may be available.
    pub(crate) fn poll(&self, id: ExchangeId, waker: &Waker) -> (Step, Duration) {
        self.with_inner(|inner, now| {
            let step = inner.server.poll(now, id);
            if matches!(step, Step::Wait(_)) {
                inner.wakers.insert(id, waker.clone());
            }
            (step, now)
        })
    }

    /// Passes a request to the callback.
    pub(crate) fn show(&self, number: usize) {
        if self.observer.is_there()
            && let Some(request) = self.with(|server, _| server.logged(number).cloned())
        {
            self.observer.show(&request);
        }
    }

    /// Removes an exchange, since its client disconnected.
    pub(crate) fn forget(&self, id: ExchangeId) {
        self.with_inner(|inner, now| {
            inner.wakers.remove(&id);
            inner.server.close(now, id);
        });
    }

    /// Returns the time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.clock.elapsed() + self.lock().ahead
    }

    /// Advances the clock, no further than [`FARTHEST`].
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

    /// Waits until this time.
    pub(crate) async fn sleep_until(&self, at: Duration) {
        let mut advanced = self.advanced.subscribe();
        loop {
            let left = at.saturating_sub(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                // The sender lives as long as `self`.
                _ = advanced.changed() => {}
            }
        }
    }

    /// Waits this long.
    pub(crate) async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().saturating_add(duration)).await;
    }

    /// Makes every connection finish its open exchanges and accept no new ones.
    pub(crate) fn go_away(&self) {
        self.go_away.send_replace(());
    }

    pub(crate) fn going_away(&self) -> watch::Receiver<()> {
        self.go_away.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in a test's thread doesn't make the model invalid.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
