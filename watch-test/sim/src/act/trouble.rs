//! What happens to the whole server.

use core::time::Duration;

use watch_test::fault::Fault;
use watch_test::model::End;

use crate::plan::Watched;
use crate::world::World;
use crate::world::server::{define, undefine};

/// How long watches outlive the definition of their resource, and a bit.
const TEAR_DOWN: Duration = Duration::from_secs(2);

impl World {
    /// The store goes back; `behind`: under servers that go on.
    pub(super) fn restore(&mut self, back: u64, behind: bool) -> bool {
        let before = self.server.resource_version();
        let to = before.saturating_sub(back).max(self.begins_at);
        // Of versions in no order nobody can say that they went back.
        if to >= before || !self.setup.versions.show_order() || self.was_undefined || self.lies {
            return false;
        }
        if behind {
            self.server.restore_behind(to);
            self.lies = true;
            self.tell_lies();
        } else {
            self.server.restore(to);
        }
        self.truth.restore(self.server.resource_version());
        true
    }

    /// A server that shuts down lets its watches be, silent, and then ends them in order.
    pub(super) fn drain(&mut self, lasts: Duration) -> bool {
        let until = self.now + lasts;
        let open: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.is_open_watch()).map(|(number, _)| *number).collect();
        for number in &open {
            if let Some(link) = self.links.get_mut(number) {
                link.stall(until);
                link.end(until, End::Complete);
            }
            self.close(*number);
        }
        !open.is_empty()
    }

    /// Another process takes the port, and this one goes on with the watches that it has, until it ends them in order.
    pub(super) fn replace(&mut self, lasts: Duration) -> bool {
        let until = self.now + lasts;
        let mut is_any = false;
        for link in self.links.values_mut().filter(|link| link.is_open_watch()) {
            link.retires = Some(link.retires.map_or(until, |earlier| earlier.min(until)));
            is_any = true;
        }
        self.server.inject(Fault::Replica { number: 1 }.times(100));
        is_any
    }

    /// The definition of the custom resource goes, and with it all objects: they first, so that each is accounted for.
    pub(super) fn undefine(&mut self) -> bool {
        if self.setup.resource != Watched::Widgets || self.lies {
            return false;
        }
        // Twice, since the first deletion only marks those that have a finalizer.
        for _ in 0..2 {
            self.clear();
        }
        self.undefined_until = self.now + TEAR_DOWN;
        self.was_undefined = true;
        undefine(&mut self.server, self.now)
    }

    /// It comes back, but not while watches of the old one are still being torn down.
    pub(crate) fn define(&mut self) -> bool {
        self.setup.resource == Watched::Widgets
            && self.now >= self.undefined_until
            && define(&mut self.server, self.now)
    }
}
