//! Timers, and the exchanges that they wake.

use core::time::Duration;

use super::ApiServer;
use super::exchange::ExchangeId;
use crate::model::cluster::News;
use crate::model::controllers;

impl ApiServer {
    /// Returns the exchanges that may have something to send since the last call.
    pub fn take_woken(&mut self) -> impl Iterator<Item = ExchangeId> + use<> {
        core::mem::take(&mut self.woken).into_iter()
    }

    /// Returns the time of the next timer that no exchange waits for.
    pub fn next_tick(&self) -> Option<Duration> {
        [self.cluster.next_stage(), controllers::next_pass(&self.cluster)].into_iter().flatten().min()
    }

    /// Runs the timers that are due.
    pub fn tick(&mut self, now: Duration) {
        if self.cluster.next_stage().is_some_and(|at| at <= now) {
            self.cluster.establish(now);
        }
        controllers::run(&mut self.cluster, now);
        if let (Some(at), Some(interval)) = (self.next_progress, self.settings.progress_interval)
            && at <= now
        {
            self.cluster.progress_all();
            self.next_progress = Some(now + interval.max(Duration::from_millis(1)));
        }
        self.show_news();
    }

    /// Passes the changes of the cluster to the open watches. It must be called after every change, before an exchange
    /// is used in another way.
    pub(super) fn show_news(&mut self) {
        for news in self.cluster.take_news() {
            match news {
                News::Changed { replica, stored, change } => {
                    for (id, exchange) in &mut self.exchanges {
                        let watch = exchange.watch_mut().filter(|watch| watch.shows(replica, &stored));
                        if watch.is_some_and(|watch| watch.offer(&change)) {
                            self.woken.insert(*id);
                        }
                    }
                }
                News::Delivered => {
                    let waiting = self.exchanges.iter().filter(|(_, exchange)| exchange.is_waiting());
                    self.woken.extend(waiting.map(|(id, _)| *id));
                }
                News::TornDown(versions) => {
                    for (id, exchange) in &mut self.exchanges {
                        // A resource that was defined again in the meantime is another one, even if it looks the same.
                        if let Some(watch) = exchange.watch_mut().filter(|watch| watch.is_of(&versions)) {
                            watch.is_ending = true;
                            self.woken.insert(*id);
                        }
                    }
                }
            }
        }
    }
}
