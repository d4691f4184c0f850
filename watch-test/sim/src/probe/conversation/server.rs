//! A random server. It reads each request. Mostly its answer is sensible; sometimes it deviates.
//!
//! Each class of requests has a behaviour, which lasts for some requests. So a conversation reaches paths that need
//! several answers of one kind (a fallback, a rollback, a relist after repeated failures), and mixtures of behaviours.

use watch_core::TransportErrorKind;
use watch_test::check::Rng;

use super::answer::{Answer, BEFORE, DURING, Fact, Pause};
use super::asked::{Asked, Class};
use super::cutter::Cutter;
use super::documents::Writing;
use super::lists::ListOddity;
use super::refusal::Refusal;
use super::store::{KEYS, Store};
use super::versions::Versions;
use super::watch_oddity::WatchOddity;

/// The state of the server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) rng: Rng,
    pub(super) store: Store,
    pub(super) versions: Versions,
    pub(super) writing: Writing,
    pub(super) cutter: Cutter,
    /// Whether every watch begins with all objects.
    pub(super) repeats_objects: bool,
    /// Whether initial events often have the deletion of an object that had the name before.
    pub(super) predecessors: bool,
    /// Whether deletions have the version that the object had before.
    pub(super) old_deletions: bool,
    /// Whether watches end after their time. Otherwise they stay open without events.
    pub(super) ends_watches: bool,
    /// One in this many events comes after a pause.
    pub(super) density: u64,
    /// The percentage of good behaviours, for each class.
    good: [u64; Class::COUNT],
    favourites: [Behaviour; Class::COUNT],
    behaviours: [(Behaviour, u64); Class::COUNT],
    /// The behaviour for the next requests of all classes, and their number.
    outage: Option<(Behaviour, u64)>,
}

/// What a server does with requests of a class.
#[derive(Clone, Debug)]
pub(super) enum Behaviour {
    Good,
    Refuses(Refusal),
    /// The exchange fails before its head.
    Fails(TransportErrorKind),
    /// No answer comes.
    Silent,
    /// A list has this oddity.
    List(ListOddity),
    /// A watch has this oddity.
    Watch(WatchOddity),
}

const CLASSES: [Class; Class::COUNT] =
    [Class::List, Class::Page, Class::Version, Class::StreamingList, Class::Watch, Class::Unversioned];

impl Server {
    /// Draws a server. `names` is the number of different names of objects.
    pub(super) fn draw(rng: &mut Rng, versions: Versions, names: usize) -> Self {
        let first = versions.first();
        let mut own = Rng::new(rng.next_u64());
        let calm = rng.pick(&[30, 60, 80, 95]);
        let good = core::array::from_fn(|_| if rng.one_in(3) { rng.pick(&[0, 40, 90]) } else { calm });
        let favourites = CLASSES.map(|class| odd(&mut own, class));
        Self {
            store: Store::new(&mut own, first, names.min(KEYS.len()) as u64),
            writing: Writing::draw(&mut own),
            cutter: Cutter::draw(&mut own),
            repeats_objects: own.one_in(8),
            predecessors: own.one_in(6),
            old_deletions: own.one_in(6),
            ends_watches: !own.one_in(4),
            density: own.pick(&[1, 2, 6, 100]),
            good,
            favourites,
            behaviours: core::array::from_fn(|_| (Behaviour::Good, 0)),
            outage: None,
            versions,
            rng: own,
        }
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, asked: &Asked) -> Answer {
        for _ in 0..self.rng.below(3) {
            self.store.write(&mut self.rng);
        }
        if self.rng.one_in(60) {
            let writes = self.rng.skewed(8) as usize;
            self.store.restore(writes);
        }
        match self.behaviour(asked.class) {
            Behaviour::Good if asked.class.is_watch() => self.watch(asked, None),
            Behaviour::Good => self.list(asked, None),
            Behaviour::Watch(oddity) => self.watch(asked, Some(oddity)),
            Behaviour::List(oddity) => self.list(asked, Some(oddity)),
            Behaviour::Refuses(refusal) => refusal.answer(&mut self.rng, self.cutter),
            Behaviour::Fails(kind) => {
                let mut answer = Answer::default();
                let pause = self.cutter.before_head(&mut self.rng);
                answer.add(pause, Fact::Failed(kind));
                answer
            }
            Behaviour::Silent => Answer::default(),
        }
    }

    fn behaviour(&mut self, class: Class) -> Behaviour {
        if let Some((behaviour, left)) = self.outage.take().or_else(|| self.outage_begins()) {
            self.outage = (left > 1).then(|| (behaviour.clone(), left - 1));
            return behaviour;
        }
        let at = class as usize;
        if self.behaviours[at].1 == 0 {
            let behaviour = if self.rng.below(100) < self.good[at] {
                Behaviour::Good
            } else if self.rng.one_in(2) {
                self.favourites[at].clone()
            } else {
                odd(&mut self.rng, class)
            };
            self.behaviours[at] = (behaviour, self.rng.skewed(8));
        }
        self.behaviours[at].1 -= 1;
        self.behaviours[at].0.clone()
    }

    fn outage_begins(&mut self) -> Option<(Behaviour, u64)> {
        if !self.rng.one_in(40) {
            return None;
        }
        let behaviour = match self.rng.below(5) {
            0 => Behaviour::Silent,
            1 | 2 => Behaviour::Fails(self.rng.pick(&BEFORE)),
            _ => Behaviour::Refuses(Refusal::draw(&mut self.rng, &[401, 403, 429, 503])),
        };
        Some((behaviour, self.rng.skewed(10)))
    }

    /// Adds the end of a body: by the rules of HTTP, by an error, or none.
    pub(super) fn end(&mut self, answer: &mut Answer, pause: Pause) {
        match self.rng.below(10) {
            0 => {}
            1 | 2 => answer.add(pause, Fact::Failed(self.rng.pick(&DURING))),
            _ => answer.add(pause, Fact::End),
        }
    }
}

fn odd(rng: &mut Rng, class: Class) -> Behaviour {
    match rng.below(12) {
        0..=3 => Behaviour::Refuses(Refusal::draw(rng, likely(class))),
        4 => Behaviour::Fails(rng.pick(&BEFORE)),
        5 => Behaviour::Fails(rng.pick(&DURING)),
        6 => Behaviour::Silent,
        _ if class.is_watch() => Behaviour::Watch(rng.pick(&WatchOddity::ALL)),
        _ => Behaviour::List(rng.pick(&ListOddity::ALL)),
    }
}

/// Returns the statuses that have a special meaning for requests of a class.
const fn likely(class: Class) -> &'static [u16] {
    match class {
        Class::List => &[401, 403, 410, 429, 503],
        Class::Page => &[400, 410, 413, 414, 431],
        Class::Version => &[401, 403, 404, 410, 429, 503],
        Class::StreamingList => &[400, 404, 405, 406, 410, 415, 422, 429],
        Class::Watch | Class::Unversioned => &[401, 403, 404, 410, 429, 503],
    }
}
