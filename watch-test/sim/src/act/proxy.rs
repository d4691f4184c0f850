//! The steps of a proxy between server and client, which changes replies or answers requests.

use crate::client::planned::FalseLists;
use crate::damage::Pending;
use crate::plan::Action;
use crate::world::World;

impl World {
    /// Executes a step of a proxy. Returns whether it had an effect.
    pub(super) fn proxy(&mut self, action: &Action) -> bool {
        match action {
            Action::FalsifyLists { client, how, times } => {
                let client = self.client(*client);
                self.clients[client].false_lists = FalseLists { times: *times, how: *how };
                *times > 0
            }
            Action::Parrot { client, watches } => {
                let client = self.client(*client);
                self.clients[client].parrots = *watches;
                *watches > 0
            }
            Action::Damage { client, how, after, times } => {
                let client = self.client(*client);
                self.clients[client].damage = Pending { how: *how, after: *after, times: (*times).min(100) };
                *times > 0
            }
            _ => unreachable!("`Action::layer` puts it elsewhere: {action:?}"),
        }
    }
}
