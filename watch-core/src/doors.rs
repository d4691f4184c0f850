//! The trait of the two doors.

use crate::io::input::{Input, Misuse};
use crate::io::output::Output;
use crate::io::time::Instant;
use crate::watcher::Watcher;

/// A machine with two doors: a [`Watcher`], a [`WaitFor`](crate::WaitFor), or a watcher that is recorded
/// (`trace::Traced`, with the feature `trace`).
///
/// A driver that is generic over it drives all of them. Each type also has these methods without the trait, so a caller
/// doesn't have to import it.
///
/// ```
/// use watch_core::{Config, Done, Input, Instant, Machine, Misuse, Outcome, Output, Resource, WaitFor, Watcher};
///
/// /// Runs a machine to its end. `act` acts on an output; for `Output::Wait` it waits, and returns the input.
/// fn drive(
///     machine: &mut impl Machine,
///     mut act: impl FnMut(Output) -> Option<Input>,
///     now: impl Fn() -> Instant,
/// ) -> Result<Done, Misuse> {
///     loop {
///         let input = match machine.poll(now()) {
///             Output::Done(done) => return Ok(done),
///             output => act(output),
///         };
///         input.map_or(Ok(()), |input| machine.handle(input))?;
///     }
/// }
///
/// let config = Config::builder(Resource::core("v1", "pods")).namespace("default").name("web-0").build()?;
/// let stop = |output: Output| matches!(output, Output::Wait(_)).then_some(Input::Stop);
///
/// let mut watcher = Watcher::new(config.clone());
/// assert_eq!(drive(&mut watcher, stop, || Instant::ORIGIN)?, Done::Stopped);
///
/// let mut wait = WaitFor::new(config, |pod| pod.is_none())?;
/// drive(&mut wait, stop, || Instant::ORIGIN)?;
/// assert!(matches!(wait.outcome(), Some(Outcome::Ended { .. })));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait Machine {
    /// Takes an input. It is processed by the next [`poll`](Self::poll): see [`Watcher::handle`].
    ///
    /// # Errors
    /// Fails only for a mistake in the driver. The input is then ignored. The behaviour of a server never causes an
    /// error.
    fn handle(&mut self, input: Input) -> Result<(), Misuse>;

    /// Returns what to do, given the time. Call it until it returns [`Output::Wait`] or [`Output::Done`]: see
    /// [`Watcher::poll`].
    fn poll(&mut self, now: Instant) -> Output;

    /// Returns the watcher inside, for its configuration, phase, freshness, counters and checkpoint.
    fn watcher(&self) -> &Watcher;
}

impl Machine for Watcher {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        Self::handle(self, input)
    }

    fn poll(&mut self, now: Instant) -> Output {
        Self::poll(self, now)
    }

    fn watcher(&self) -> &Watcher {
        self
    }
}
