//! What happens by itself, and how exchanges hear of it.

use core::time::Duration;

use super::ApiServer;
use super::exchange::ExchangeId;
use crate::model::cluster::News;
use crate::model::controllers;

impl ApiServer {
    /// The exchanges that have something to send since the last call, or may have.
    pub fn take_woken(&mut self) -> impl Iterator<Item = ExchangeId> + use<> {
        core::mem::take(&mut self.woken).into_iter()
    }

    /// When something happens that no exchange waits for by itself.
    pub fn next_tick(&self) -> Option<Duration> {
        [self.cluster.next_stage(), controllers::next_pass(&self.cluster)].into_iter().flatten().min()
    }

    /// Lets happen what is due by now.
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

    /// Shows open watches what has happened in the cluster. It follows every change, before anything else is done to an
    /// exchange.
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
                        // A resource that was defined again in the meantime is another one, alike as it may be.
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
