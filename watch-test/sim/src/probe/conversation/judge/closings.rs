//! The request after a watch that ended, and the reasons for which a watch is closed.
//!
//! A watch that lasted for its `timeoutSeconds` ended as announced: the next one follows without a backoff and without
//! a version check. If it ended earlier, or if the driver was late, so that the time of the end isn't known, a version
//! check comes first. `check_every` counts from the last answer about the version, or from the opening of the watch
//! that directly followed it. A slow opening closes only a watch that doesn't directly follow such an answer.

use core::cmp::Ordering;
use core::time::Duration;

use watch_core::{Cause, During, Event, Instant, Notice, Output, Phase, ResourceVersion, ResponseHead, Watcher};

use super::clock::Clock;
use super::repeats::is_accepted;
use super::waits::can_check;
use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// The end of a watch may come this much before its announced time. It is also the least time between two openings.
const SPACING: Duration = Duration::from_secs(1);
/// The least time between two watches without an event.
const WIDE_SPACING: Duration = Duration::from_secs(10);
/// After this time, a driver that was late isn't late any more.
const MOMENT: Duration = Duration::from_secs(1);
/// A watch that lasted this long is progress.
const LASTING: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, Default)]
pub(super) struct Closings {
    watch: Option<Watch>,
    class: Option<Class>,
    /// The next watch directly follows an answer about the version.
    is_fresh: bool,
    /// The time from which the period of `check_every` counts.
    asked: Option<Duration>,
    /// The exchange was aborted, without another output since.
    was_aborted: bool,
    /// What must follow the watch that ended.
    next: Option<Follows>,
    /// The consumer requested a relist.
    was_restarted: bool,
    /// Old events were emitted, for which there may be a version check at any time.
    had_old: bool,
}

/// The open watch.
#[derive(Clone, Copy, Debug)]
struct Watch {
    /// When it was requested, and when it ends by its `timeoutSeconds`.
    ends: Duration,
    opened: Option<Duration>,
    is_opened_late: bool,
    /// It directly follows an answer about the version.
    is_fresh: bool,
    /// The waited time at which a late driver handed in something.
    late: Option<Duration>,
    had_news: bool,
    has_ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
    Check,
    Watch,
    Either,
}

impl Closings {
    pub(super) fn new() -> Self {
        // Before the first watch nothing was seen.
        Self { is_fresh: true, ..Self::default() }
    }

    pub(super) const fn relist(&mut self) {
        self.was_restarted = true;
    }

    /// The head of the open exchange is processed by the next output.
    pub(super) fn opens(&mut self, head: &ResponseHead, clock: &Clock) {
        let Some(watch) = self.watch.as_mut().filter(|_| is_accepted(head)) else { return };
        watch.opened = Some(clock.now());
        watch.is_opened_late = clock.is_late();
        watch.late = clock.is_late().then(|| clock.total());
        watch.is_fresh = core::mem::replace(&mut self.is_fresh, false);
        if watch.is_fresh {
            self.asked = Some(clock.now());
        }
    }

    /// A part of the body is processed by the next output.
    pub(super) fn reads(&mut self, clock: &Clock) {
        if let Some(watch) = self.watch.as_mut().filter(|_| clock.is_late()) {
            watch.late = Some(clock.total());
        }
    }

    /// The end of the body is processed by the next output.
    pub(super) const fn ends(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.has_ended = true;
        }
    }

    pub(super) fn output(
        &mut self,
        output: &Output,
        asked: Option<&Asked>,
        setup: &Setup,
        version: Option<&ResourceVersion>,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        match output {
            Output::Send(_) => {
                let Some(asked) = asked else { return Ok(()) };
                self.ended(None, setup, clock, watcher)?;
                self.sent(output, asked, setup, clock, watcher)?;
            }
            Output::Wait(wait) if watcher.phase() == Phase::BackingOff => {
                self.ended(wait.until.map(Instant::since_origin), setup, clock, watcher)?;
            }
            Output::Event(event) => self.event(event, version, clock),
            Output::Notice(Notice::Retrying { trouble, .. }) => {
                self.next = None;
                self.failed(output, &trouble.cause, &trouble.during)?;
            }
            _ => {}
        }
        self.was_aborted = matches!(output, Output::Abort(_));
        Ok(())
    }

    fn event(&mut self, event: &Event, version: Option<&ResourceVersion>, clock: &Clock) {
        let has_news = match event {
            Event::InitialEnd { .. } => {
                self.asked = Some(clock.now());
                self.is_fresh |= self.watch.is_none();
                true
            }
            Event::Bookmark { .. } => true,
            Event::Added(object) | Event::Modified(object) => {
                let order = version.and_then(|version| object.resource_version().compare(version));
                self.had_old |= order == Some(Ordering::Less);
                order == Some(Ordering::Greater)
            }
            _ => false,
        };
        if let Some(watch) = &mut self.watch {
            watch.had_news |= has_news;
        }
    }

    fn failed(&self, output: &Output, cause: &Cause, during: &During) -> Result<(), Violation> {
        let is_watch = matches!(during, During::Watch { .. });
        match cause {
            Cause::SlowOpening { .. } if !is_watch => {
                broken(Oracle::Checks, format!("{output:?}: it isn't a watch that resumes"))
            }
            Cause::SlowOpening { .. } if self.watch.is_some_and(|watch| watch.is_fresh) => {
                broken(Oracle::Checks, format!("{output:?}: it directly follows an answer about the version"))
            }
            Cause::ShortWatch { .. } if self.watch.is_some_and(|watch| watch.is_opened_late) => broken(
                Oracle::Liveness,
                format!("{output:?}: the driver was late, so it isn't known how long it lasted"),
            ),
            _ => Ok(()),
        }
    }

    /// Determines what must follow a watch that ended without a failure. `until`: the end of the wait after it.
    fn ended(
        &mut self,
        until: Option<Duration>,
        setup: &Setup,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        let Some(watch) = self.watch.filter(|watch| watch.has_ended && self.next.is_none()) else { return Ok(()) };
        let Some(opened) = watch.opened.filter(|_| watcher.freshness().trouble.is_none()) else { return Ok(()) };
        let now = clock.now();
        let is_early = watch.ends > now + SPACING;
        let is_late = clock.is_late() || watch.late.is_some_and(|late| clock.total() <= late + MOMENT);
        self.next = Some(match () {
            () if is_early || is_late => Follows::Check,
            () if watch.had_news && !self.had_old => Follows::Watch,
            () => Follows::Either,
        });
        // A server that shuts down ends the watches of all clients, so they spread.
        let (spacing, spread) = match is_early {
            true => (WIDE_SPACING, setup.timing.shortest_backoff / 4),
            false => (SPACING, Duration::ZERO),
        };
        let latest = (opened + spacing).max(now + spread);
        if until.is_some_and(|until| until > latest) {
            let message =
                format!("the watch of {opened:?} to {:?} ended at {now:?}, and it waits until {until:?}", watch.ends);
            return broken(Oracle::Rate, message);
        }
        Ok(())
    }

    fn sent(
        &mut self,
        output: &Output,
        asked: &Asked,
        setup: &Setup,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        let is_check = asked.class == Class::Version
            || asked.class == Class::StreamingList && watcher.freshness().resource_version.is_some();
        let is_possible = !core::mem::take(&mut self.was_restarted) && can_check(watcher);
        let broken = |what: &str| broken(Oracle::Checks, format!("at {:?}, {output:?}: {what}", clock.now()));
        match self.next.take() {
            Some(Follows::Check) if is_possible && asked.class == Class::Watch => {
                return broken("the watch before ended early, or the time of its end isn't known");
            }
            Some(Follows::Watch) if is_possible && is_check && setup.check_every.is_none() => {
                return broken("the watch before ended as announced");
            }
            _ => {}
        }
        if let (Some(period), Some(watch), true) = (setup.check_every, self.watch, self.was_aborted && is_check) {
            if self.asked.is_some_and(|asked| clock.now() < asked + period) {
                return broken(&format!("the version was last checked at {:?}", self.asked));
            }
            let has_lasted = watch.opened.is_some_and(|opened| clock.now() >= opened + LASTING);
            if has_lasted && self.class == Some(Class::Watch) && watcher.freshness().attempts > 0 {
                return broken("the watch before lasted, which is progress");
            }
        }
        // The watch after the answer is over.
        self.is_fresh &= self.watch.is_none_or(|watch| watch.opened.is_none());
        let was_check = self.class == Some(Class::Version);
        self.is_fresh |= was_check && asked.class == Class::Watch;
        if is_check {
            self.asked = Some(clock.now());
        }
        self.class = Some(asked.class);
        self.watch = (asked.class.is_watch() && !is_check).then(|| Watch {
            ends: clock.now() + Duration::from_secs(asked.seconds.unwrap_or_default()),
            opened: None,
            is_opened_late: false,
            is_fresh: false,
            late: None,
            had_news: false,
            has_ended: false,
        });
        Ok(())
    }
}
