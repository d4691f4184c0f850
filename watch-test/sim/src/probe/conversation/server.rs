//! A drawn server: it knows what is asked, mostly gives an answer that makes sense, and then deviates.
//!
//! For each class of requests it is in a mood, and it stays in it for some requests. So what takes several answers of
//! one kind (a fallback, a rollback, a relist after repeated failures) is reached, and so are mixtures of moods.

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
use super::watches::WatchOddity;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) rng: Rng,
    pub(super) store: Store,
    pub(super) versions: Versions,
    pub(super) writing: Writing,
    pub(super) cutter: Cutter,
    /// Every watch begins with all objects.
    pub(super) repeats_objects: bool,
    /// Deletions have the version that the object had before.
    pub(super) old_deletions: bool,
    /// Watches end when their time is over; otherwise they are silent.
    pub(super) ends_watches: bool,
    /// How dense events are: one in this many comes after a pause.
    pub(super) density: u64,
    /// Of a hundred moods of each class, this many are good.
    good: [u64; Class::COUNT],
    favourites: [Mood; Class::COUNT],
    moods: [(Mood, u64); Class::COUNT],
    /// The next requests of any class all have this answer.
    outage: Option<(Mood, u64)>,
}

/// What a server does with requests of a class.
#[derive(Clone, Debug)]
pub(super) enum Mood {
    Good,
    Refuses(Refusal),
    /// The exchange fails before its head.
    Fails(TransportErrorKind),
    /// There is no answer.
    Silent,
    /// A list has this oddity.
    List(ListOddity),
    /// A watch has this oddity.
    Watch(WatchOddity),
}

const CLASSES: [Class; Class::COUNT] =
    [Class::List, Class::Page, Class::Version, Class::StreamingList, Class::Watch, Class::Unversioned];

impl Server {
    /// `names`: the objects have this many names, the first ones.
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
            old_deletions: own.one_in(6),
            ends_watches: !own.one_in(4),
            density: own.pick(&[1, 2, 6, 100]),
            good,
            favourites,
            moods: core::array::from_fn(|_| (Mood::Good, 0)),
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
        match self.mood(asked.class) {
            Mood::Good if asked.class.is_watch() => self.watch(asked, None),
            Mood::Good => self.list(asked, None),
            Mood::Watch(oddity) => self.watch(asked, Some(oddity)),
            Mood::List(oddity) => self.list(asked, Some(oddity)),
            Mood::Refuses(refusal) => refusal.answer(&mut self.rng, self.cutter),
            Mood::Fails(kind) => {
                let mut answer = Answer::default();
                let pause = self.cutter.before_head(&mut self.rng);
                answer.add(pause, Fact::Failed(kind));
                answer
            }
            Mood::Silent => Answer::default(),
        }
    }

    fn mood(&mut self, class: Class) -> Mood {
        if let Some((mood, left)) = self.outage.take().or_else(|| self.outage_begins()) {
            self.outage = (left > 1).then(|| (mood.clone(), left - 1));
            return mood;
        }
        let at = class as usize;
        if self.moods[at].1 == 0 {
            let mood = if self.rng.below(100) < self.good[at] {
                Mood::Good
            } else if self.rng.one_in(2) {
                self.favourites[at].clone()
            } else {
                odd(&mut self.rng, class)
            };
            self.moods[at] = (mood, self.rng.skewed(8));
        }
        self.moods[at].1 -= 1;
        self.moods[at].0.clone()
    }

    fn outage_begins(&mut self) -> Option<(Mood, u64)> {
        if !self.rng.one_in(40) {
            return None;
        }
        let mood = match self.rng.below(5) {
            0 => Mood::Silent,
            1 | 2 => Mood::Fails(self.rng.pick(&BEFORE)),
            _ => Mood::Refuses(Refusal::draw(&mut self.rng, &[401, 403, 429, 503])),
        };
        Some((mood, self.rng.skewed(10)))
    }

    /// The end of a body: by the rules of HTTP, by an error, or never.
    pub(super) fn end(&mut self, answer: &mut Answer, pause: Pause) {
        match self.rng.below(10) {
            0 => {}
            1 | 2 => answer.add(pause, Fact::Failed(self.rng.pick(&DURING))),
            _ => answer.add(pause, Fact::End),
        }
    }
}

fn odd(rng: &mut Rng, class: Class) -> Mood {
    match rng.below(12) {
        0..=3 => Mood::Refuses(Refusal::draw(rng, likely(class))),
        4 => Mood::Fails(rng.pick(&BEFORE)),
        5 => Mood::Fails(rng.pick(&DURING)),
        6 => Mood::Silent,
        _ if class.is_watch() => Mood::Watch(rng.pick(&WatchOddity::ALL)),
        _ => Mood::List(rng.pick(&ListOddity::ALL)),
    }
}

/// The statuses that mean something in particular for requests of a class.
const fn likely(class: Class) -> &'static [u16] {
    match class {
        Class::List => &[401, 403, 410, 429, 503],
        Class::Page => &[400, 410, 413, 414, 431],
        Class::Version => &[401, 403, 404, 410, 429, 503],
        Class::StreamingList => &[400, 404, 405, 406, 410, 415, 422, 429],
        Class::Watch | Class::Unversioned => &[401, 403, 404, 410, 429, 503],
    }
}
