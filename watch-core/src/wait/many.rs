//! Waits until several objects meet a condition.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::outcome_of_many::{LastKnownOfMany, OutcomeOfMany};
use super::present::PresentState;
use super::verdict::Verdict;
use crate::config::{Config, ConfigError};
use crate::diff::{Change, Diff};
use crate::doors::Machine;
use crate::io::event::Event;
use crate::io::input::{Input, Misuse};
use crate::io::output::{Done, Output};
use crate::io::phase::Phase;
use crate::io::time::Instant;
use crate::watcher::Watcher;
use crate::wire::object::Object;

/// Waits until all of several objects, or any of them, meet a condition, but no longer than the configured deadline.
///
/// The objects are those of the configuration: of a namespace, a label selector, or [several names](Self::names).
/// [`all`](Self::all) requires that all of them meet the condition at the same time. (`kubectl wait` waits for one
/// object after the other.) The condition is never met while a list is incomplete.
///
/// **Absence counts as for one object.** The predicate is called with `None` if no object matches, or if a given name
/// has no object. So "all pods of the selector are ready" isn't met while there are no pods. "All are deleted" is met
/// when the last one is gone.
///
/// **An object that can't be decoded** never counts as one that meets the condition. If the predicate returns
/// [`Verdict::Undecodable`], as [`decoded`](crate::conditions::decoded) does, the wait ends with this object, also while
/// a list is incomplete. An event or a list whose metadata can't be read is requested again. That is the last trouble of
/// the outcome.
///
/// In all other respects it works like a [`WaitFor`](crate::WaitFor): it is a [`Machine`], with a final read before the
/// deadline. It keeps each object in memory of its own.
///
/// ```
/// use core::time::Duration;
/// use watch_core::{Config, Object, Resource, WaitForMany, conditions};
///
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .labels("app=web")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// let is_gone = |pod: Option<&Object>| pod.is_none();
/// let waiting = WaitForMany::all(config.clone(), is_gone)?;
///
/// let mut waiting = WaitForMany::any(config, conditions::is_created)?;
/// waiting.names(["web-0", "web-1"])?;
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct WaitForMany<P> {
    present: PresentState,
    diff: Diff,
    predicate: P,
    quantity: Quantity,
    /// The number of objects of each name. `None` if all objects of the configuration count.
    names: Option<BTreeMap<Box<str>, usize>>,
    objects: BTreeMap<Name, Judged>,
    /// The number of objects that meet the condition.
    met: usize,
    list: List,
    outcome: Option<OutcomeOfMany>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    All,
    Any,
}

/// Whether `objects` has all objects of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// No list was complete.
    None,
    /// A list is being received.
    Incomplete,
    Complete,
}

/// Namespace (empty if there is none) and name.
type Name = (Box<str>, Box<str>);

#[derive(Clone, Debug)]
struct Judged {
    object: Object,
    is_met: bool,
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> WaitForMany<P> {
    /// Creates a wait until all objects meet the condition.
    ///
    /// # Errors
    /// Fails if the configuration starts without the present state.
    pub fn all(config: Config, predicate: P) -> Result<Self, ConfigError> {
        Self::new(config, Quantity::All, predicate)
    }

    /// Creates a wait until at least one object meets the condition.
    ///
    /// # Errors
    /// Fails if the configuration starts without the present state.
    pub fn any(config: Config, predicate: P) -> Result<Self, ConfigError> {
        Self::new(config, Quantity::Any, predicate)
    }

    /// Waits only for the objects with these names. The server still sends all objects of the configuration. Those with
    /// other names are dropped. Call it before the first `poll`.
    ///
    /// # Errors
    /// Fails if there is no name, or if a name is empty.
    pub fn names<N: AsRef<str>>(&mut self, names: impl IntoIterator<Item = N>) -> Result<&mut Self, ConfigError> {
        let names: BTreeMap<Box<str>, usize> = names.into_iter().map(|name| (name.as_ref().into(), 0)).collect();
        match names.first_key_value() {
            None => Err(ConfigError::Empty { field: "list of names" }),
            Some((first, _)) if first.is_empty() => Err(ConfigError::Empty { field: "name" }),
            Some(_) => {
                self.names = Some(names);
                Ok(self)
            }
        }
    }

    fn new(config: Config, quantity: Quantity, predicate: P) -> Result<Self, ConfigError> {
        Ok(Self {
            present: PresentState::new(config)?,
            diff: Diff::new(),
            predicate,
            quantity,
            names: None,
            objects: BTreeMap::new(),
            met: 0,
            list: List::None,
            outcome: None,
        })
    }

    /// Takes an input, as [`Watcher::handle`] does.
    ///
    /// # Errors
    /// Fails only for a mistake in the driver.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        self.present.handle(input)
    }

    /// Returns what to do, as [`Watcher::poll`] does. It returns the events too.
    pub fn poll(&mut self, now: Instant) -> Output {
        let output = self.present.watcher.poll(now);
        match &output {
            Output::Event(event) => {
                self.outcome = self.judge(event);
                if self.outcome.is_some() {
                    self.present.stop();
                }
            }
            Output::Done(done) if self.outcome.is_none() => {
                let last = self.last_known(done);
                self.outcome = Some(match done {
                    Done::DeadlineReached => OutcomeOfMany::DeadlineReached(last),
                    _ => OutcomeOfMany::Ended { done: Box::new(done.clone()), last },
                });
            }
            _ => {}
        }
        output
    }

    /// Returns how the wait ended; `None` before that.
    pub const fn outcome(&self) -> Option<&OutcomeOfMany> {
        self.outcome.as_ref()
    }

    /// Returns the watcher inside.
    pub const fn watcher(&self) -> &Watcher {
        &self.present.watcher
    }

    fn last_known(&self, done: &Done) -> LastKnownOfMany {
        LastKnownOfMany {
            met: self.objects(true),
            unmet: self.objects(false),
            absent: self.absent().cloned().collect(),
            as_of: self.present.watcher.freshness().synced_as_of,
            trouble: self.present.last_trouble(done),
        }
    }

    /// Returns the objects that meet the condition, or those that don't.
    fn objects(&self, is_met: bool) -> Vec<Object> {
        self.objects.values().filter(|judged| judged.is_met == is_met).map(|judged| judged.object.clone()).collect()
    }

    /// Returns the given names without an object.
    fn absent(&self) -> impl Iterator<Item = &Box<str>> {
        self.names.iter().flatten().filter(|(_, objects)| **objects == 0).map(|(name, _)| name)
    }

    /// Follows an event. Returns the outcome if the wait ends.
    fn judge(&mut self, event: &Event) -> Option<OutcomeOfMany> {
        if matches!(event, Event::InitialBegin { .. }) {
            self.list = List::Incomplete;
        } else if self.list == List::Incomplete && self.present.watcher.phase() == Phase::Live {
            // A list that wasn't completed may be followed by a watch without a list.
            self.list = List::None;
        }
        self.diff.handle(event.clone());
        let mut has_changed = false;
        while let Some(change) = self.diff.poll() {
            has_changed = true;
            match change {
                Change::Added(object) | Change::Modified(object) => {
                    if let Some(object) = self.put(object) {
                        return Some(OutcomeOfMany::Undecodable(object));
                    }
                }
                Change::Deleted(object) => self.remove(&name(object.namespace(), object.name())),
                Change::Vanished(vanished) => self.remove(&name(vanished.namespace(), vanished.name())),
                Change::Synced { .. } => self.list = List::Complete,
            }
        }
        let is_met = has_changed && self.list == List::Complete && self.is_met();
        is_met.then(|| OutcomeOfMany::Met(self.objects(true)))
    }

    /// Judges an object, and stores it in place of its predecessor. Returns it if it can't be decoded.
    fn put(&mut self, object: Object) -> Option<Object> {
        let name = name(object.namespace(), object.name());
        self.remove(&name);
        if let Some(names) = &mut self.names {
            // Objects with other names are dropped.
            *names.get_mut(object.name())? += 1;
        }
        let is_met = match (self.predicate)(Some(&object)).into() {
            Verdict::Met => true,
            Verdict::Unmet => false,
            Verdict::Undecodable => return Some(object.detach()),
        };
        self.met += usize::from(is_met);
        self.objects.insert(name, Judged { object: object.detach(), is_met });
        None
    }

    fn remove(&mut self, name: &Name) {
        let Some(Judged { is_met, .. }) = self.objects.remove(name) else { return };
        self.met -= usize::from(is_met);
        if let Some(objects) = self.names.as_mut().and_then(|names| names.get_mut(&name.1)) {
            *objects -= 1;
        }
    }

    fn is_met(&mut self) -> bool {
        let lacks_one = match &self.names {
            Some(_) => self.absent().next().is_some(),
            None => self.objects.is_empty(),
        };
        match self.quantity {
            Quantity::All => self.met == self.objects.len() && (!lacks_one || self.is_absence_met()),
            Quantity::Any => self.met > 0 || (lacks_one && self.is_absence_met()),
        }
    }

    fn is_absence_met(&mut self) -> bool {
        (self.predicate)(None).into() == Verdict::Met
    }
}

fn name(namespace: Option<&str>, name: &str) -> Name {
    (namespace.unwrap_or_default().into(), name.into())
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> Machine for WaitForMany<P> {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        Self::handle(self, input)
    }

    fn poll(&mut self, now: Instant) -> Output {
        Self::poll(self, now)
    }

    fn watcher(&self) -> &Watcher {
        Self::watcher(self)
    }
}

impl<P> fmt::Debug for WaitForMany<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForMany")
            .field("watcher", &self.present.watcher)
            .field("quantity", &self.quantity)
            .field("objects", &self.objects.len())
            .field("met", &self.met)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
