//! The pages of a list: continue tokens that form a cycle are detected, and a list counts as endless only for a
//! documented reason.

use watch_core::{Cause, During, Event, Notice, Output};

use super::received::{Received, object};
use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// The most consecutive pages without an item.
const MOST_EMPTY: u32 = 10;

#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    /// The tokens of the list in progress. The first page has none.
    tokens: Vec<String>,
    /// The length of the cycle of tokens, and the most pages until it is detected.
    most: Option<usize>,
    /// The consecutive pages without an item, and whether the page in progress has one.
    empty: u32,
    has_items: bool,
    is_unpaged: bool,
}

impl Pages {
    pub(super) fn output(
        &mut self,
        output: &Output,
        asked: Option<&Asked>,
        setup: &Setup,
        received: &Received,
    ) -> Result<(), Violation> {
        match output {
            Output::Send(_) => match asked {
                Some(asked) if asked.class == Class::Page => self.page(asked),
                Some(asked) => {
                    *self = Self { is_unpaged: asked.limit.is_none(), ..Self::default() };
                    Ok(())
                }
                None => Ok(()),
            },
            Output::Event(event) => {
                self.has_items |= matches!(event, Event::Initial(_)) && object(event).is_some();
                Ok(())
            }
            Output::Notice(Notice::Retrying { trouble, .. }) => match (&trouble.cause, &trouble.during) {
                (Cause::EndlessList { .. }, During::List { .. }) => self.endless(output, setup, received),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn page(&mut self, asked: &Asked) -> Result<(), Violation> {
        let token = asked.token.clone().unwrap_or_default();
        self.empty = if core::mem::take(&mut self.has_items) { 0 } else { self.empty + 1 };
        if self.most.is_none()
            && let Some(first) = self.tokens.iter().position(|other| *other == token)
        {
            // Brent's algorithm: a token is kept on the pages 1, 2, 4, 8 …, and compared with those after it.
            let length = self.tokens.len() - first;
            self.most = Some((first + 1).max(length).next_power_of_two() + length + 1);
        }
        self.tokens.push(token);
        if self.most.is_some_and(|most| self.tokens.len() > most) {
            return broken(Oracle::Spin, format!("the continue tokens form a cycle: {:?}", self.tokens));
        }
        Ok(())
    }

    fn endless(&self, output: &Output, setup: &Setup, received: &Received) -> Result<(), Violation> {
        let Some(token) = received.token() else { return Ok(()) };
        let is_full = self.tokens.len() + 1 >= setup.limits.pages as usize;
        let is_empty = self.empty >= MOST_EMPTY && !self.has_items;
        let is_repeated = self.tokens.contains(&token);
        if is_full || is_empty || is_repeated || self.is_unpaged || token.len() > setup.limits.continue_token {
            return Ok(());
        }
        let message = format!("{output:?}: {} pages, {} of them without an item", self.tokens.len() + 1, self.empty);
        broken(Oracle::Reference, message)
    }
}
