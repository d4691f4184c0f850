//! The steps of the network: faults of connections and of the bytes on them.

use core::time::Duration;

use crate::client::planned::Unreachable;
use crate::net::Fate;
use crate::plan::Action;
use crate::world::World;

impl World {
    /// Executes a step of the network. Returns whether it had an effect.
    pub(super) fn network(&mut self, action: &Action) -> bool {
        let millis = Duration::from_millis;
        match action {
            Action::Cut { client, after, end } => {
                let now = self.now;
                let Some(number) = self.open_link(*client) else { return false };
                let link = self.links.get_mut(&number);
                link.is_some_and(|link| {
                    link.due = Some(now);
                    link.cut_after(*after, Fate::Ends(*end))
                })
            }
            Action::Break { client, after, how, loses } => {
                let now = self.now;
                let Some(number) = self.open_link(*client) else { return false };
                let link = self.links.get_mut(&number);
                link.is_some_and(|link| {
                    link.due = Some(now);
                    link.cut_after(*after, Fate::Fails { kind: how.kind(), loses: *loses })
                })
            }
            Action::Stall { client, lasts } => {
                let until = lasts.map_or(Duration::MAX, |lasts| self.now + millis(lasts));
                let Some(number) = self.open_link(*client) else { return false };
                self.links.get_mut(&number).map(|link| link.stall(until)).is_some()
            }
            Action::Unreachable { client, times, how } => {
                let client = self.client(*client);
                self.clients[client].unreachable = Unreachable { times: *times, how: *how };
                *times > 0
            }
            _ => unreachable!("`Action::layer` puts it elsewhere: {action:?}"),
        }
    }

    fn open_link(&self, client: u8) -> Option<u64> {
        let number = self.clients[self.client(client)].link?;
        self.links.get(&number).filter(|link| !link.has_ended()).map(|_| number)
    }
}
