//! The network as a value: facts about one exchange on their way from a server to a client.
//!
//! It cuts, delays, coalesces, truncates, stalls, and delivers facts about requests that are over.

mod fact;

use core::time::Duration;
use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use watch_core::{RequestId, ResponseHead, TransportErrorKind};
use watch_test::check::Rng;
use watch_test::model::{End, ExchangeId};

pub(crate) use self::fact::{Fact, Fate};
use super::damage::{Lines, Pending};
use super::oracle::unreadable::Arrived;
use super::plan::{Damage, Falsification, Pieces, Versions};
use super::proxy::{self, Renumbering};

/// A list that a proxy falsifies.
#[derive(Clone, Debug)]
pub(crate) struct FalsifiedList {
    /// The kind of falsification.
    pub(crate) how: Falsification,
    /// The continue token of its request.
    pub(crate) token: Option<String>,
}

/// One exchange.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    /// The process of the client: the facts must not reach another one.
    pub(crate) process: u32,
    pub(crate) request: RequestId,
    /// The exchange on the server's side, while it is open there.
    pub(crate) exchange: Option<ExchangeId>,
    /// When the server's next timer for it is due.
    pub(crate) due: Option<Duration>,
    /// Whether the client dropped the exchange, but its bytes still arrive.
    pub(crate) is_late: bool,
    pub(crate) is_watch: bool,
    /// A list of which only the version is used.
    pub(crate) is_check: bool,
    /// Its head, once it has arrived.
    pub(crate) status: u16,
    /// The server sends all of it slowly, a few bytes at a time.
    pub(crate) drips: bool,
    queue: VecDeque<(Duration, Fact)>,
    has_head: bool,
    has_ended: bool,
    /// The bytes taken from the server so far, and the number after which it ends.
    taken: u64,
    cut: Option<(u64, Fate)>,
    /// The time until which nothing arrives.
    stalled_until: Duration,
    /// When the server's process ends it in order.
    pub(crate) retires: Option<Duration>,
    /// The form of versions for the client.
    pub(crate) versions: Versions,
    renumbering: Renumbering,
    /// One in this number of pieces comes twice.
    pub(crate) twice: u64,
    pieces: u64,
    pub(crate) falsified: Option<FalsifiedList>,
    /// The bytes so far of a list that is to be falsified.
    list: BytesMut,
    lines: Lines,
    /// The bytes that have arrived, and the positions of unreadable ones.
    arrived: u64,
    unreadable: VecDeque<(u64, Arrived)>,
    /// Whether damaged bytes left an object without an end, so that the following bytes may belong to it.
    pub(crate) is_open_ended: bool,
}

impl Link {
    pub(crate) fn new(client: usize, process: u32, request: RequestId) -> Self {
        Self {
            client,
            process,
            request,
            exchange: None,
            due: None,
            is_late: false,
            is_watch: false,
            is_check: false,
            status: 0,
            drips: false,
            queue: VecDeque::new(),
            has_head: false,
            has_ended: false,
            taken: 0,
            cut: None,
            stalled_until: Duration::ZERO,
            retires: None,
            versions: Versions::default(),
            renumbering: Renumbering::default(),
            twice: 0,
            pieces: 0,
            falsified: None,
            list: BytesMut::new(),
            lines: Lines::default(),
            arrived: 0,
            unreadable: VecDeque::new(),
            is_open_ended: false,
        }
    }

    /// Returns whether no more facts of the exchange can arrive.
    pub(crate) fn is_over(&self) -> bool {
        self.queue.is_empty() && (self.has_ended || self.is_late)
    }

    /// Returns whether a fact of the exchange can arrive at present. If the server has no time for its end, a rule has
    /// stalled it.
    pub(crate) fn can_speak(&self, now: Duration) -> bool {
        self.stalled_until <= now && self.due.is_some() && !self.has_ended && self.exchange.is_some()
    }

    pub(crate) const fn is_stalled(&self) -> bool {
        self.stalled_until.as_nanos() == Duration::MAX.as_nanos()
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Returns whether the head of a watch has arrived, but not its end.
    pub(crate) const fn is_open_watch(&self) -> bool {
        self.is_watch && self.has_head && !self.has_ended && !self.is_late
    }

    /// Returns when the next fact arrives.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        let (at, _) = self.queue.front()?;
        Some((*at).max(self.stalled_until)).filter(|at| *at < Duration::MAX)
    }

    /// Returns the next fact that has arrived.
    pub(crate) fn arrive(&mut self, now: Duration) -> Option<Fact> {
        self.next_at().filter(|at| *at <= now)?;
        let (_, fact) = self.queue.pop_front()?;
        if let Fact::Bytes(bytes) = &fact {
            self.arrived += bytes.len() as u64;
        }
        Some(fact)
    }

    /// Returns the last unreadable bytes among those that arrived since the last call.
    pub(crate) fn unreadable(&mut self) -> Option<Arrived> {
        let mut last = None;
        while let Some((position, what)) = self.unreadable.front()
            && *position <= self.arrived
        {
            last = Some(*what);
            self.unreadable.pop_front();
        }
        last
    }

    /// Ends it after this number of bytes. Returns whether that is possible.
    pub(crate) const fn cut_after(&mut self, bytes: u64, fate: Fate) -> bool {
        if self.has_ended {
            return false;
        }
        self.cut = Some((self.taken + bytes, fate));
        true
    }

    /// Stops arrivals until this time.
    pub(crate) fn stall(&mut self, until: Duration) {
        self.stalled_until = self.stalled_until.max(until);
    }

    /// Delays the facts that are on their way.
    pub(crate) fn postpone(&mut self, by: Duration) {
        for (at, _) in &mut self.queue {
            *at = at.saturating_add(by);
        }
    }

    /// Records that the connection to the server is lost, or that the server has sent everything. Returns whether a cut
    /// of the network ended it just now.
    pub(crate) fn cut_now(&mut self, at: Duration) -> bool {
        match self.cut {
            Some((after, fate)) if !self.has_ended && self.taken >= after => {
                match fate {
                    Fate::Ends(end) => self.end(at, end),
                    Fate::Fails { kind, loses } => {
                        if loses {
                            self.lose();
                        }
                        self.fail(at, kind);
                    }
                }
                true
            }
            _ => false,
        }
    }

    pub(crate) fn head(&mut self, at: Duration, head: ResponseHead) {
        if !self.has_ended {
            self.has_head = true;
            self.push(at, Fact::Head(head));
        }
    }

    /// Passes bytes of the server to the client. Returns what was damaged of them.
    pub(crate) fn bytes(
        &mut self,
        at: Duration,
        bytes: Bytes,
        pieces: Pieces,
        chance: &mut Rng,
        pending: &mut Pending,
    ) -> Vec<Damage> {
        if self.falsified.is_some() || self.is_renamed() {
            self.list.extend_from_slice(&bytes);
            return Vec::new();
        }
        let bytes = self.renumbering.pass(bytes, self.versions);
        if !self.is_watch {
            self.cut_up(at, bytes, pieces, chance);
            return Vec::new();
        }
        let mut damages = Vec::new();
        for part in self.lines.pass(bytes, pending) {
            let is_all = self.cut_up(at, part.bytes, pieces, chance);
            if let Some(how) = part.damage.filter(|_| is_all) {
                self.is_unreadable(if how.is_complete() { Arrived::Document } else { Arrived::Bytes });
                self.is_open_ended |= !how.is_complete();
                damages.push(how);
            }
        }
        damages
    }

    /// Records that the server has sent everything: now a list can be falsified, and the rest of a line is passed on.
    pub(crate) fn sent_all(&mut self, at: Duration, pieces: Pieces, chance: &mut Rng) {
        let rest = self.lines.rest();
        self.cut_up(at, rest, pieces, chance);
        if self.falsified.is_none() && !self.is_renamed() {
            return;
        }
        let mut list = core::mem::take(&mut self.list).freeze();
        let mut is_unreadable = false;
        if let Some(FalsifiedList { how, token }) = self.falsified.take()
            && let Some(falsified) = proxy::falsify(&list, how, token.as_deref())
        {
            is_unreadable = how.is_unreadable();
            list = falsified;
        }
        if self.is_renamed() {
            list = proxy::rename(&list, self.versions).unwrap_or(list);
        }
        let bytes = self.renumbering.pass(list, self.versions);
        if self.cut_up(at, bytes, pieces, chance) && is_unreadable {
            self.is_unreadable(Arrived::List);
        }
    }

    /// Returns whether the version of the list is replaced or removed.
    const fn is_renamed(&self) -> bool {
        !self.is_watch && matches!(self.versions, Versions::OpaqueLists | Versions::UnversionedLists)
    }

    /// Records that the last bytes can't be read.
    fn is_unreadable(&mut self, what: Arrived) {
        // If pieces come twice, the position of the unreadable bytes isn't known.
        if self.twice == 0 {
            self.unreadable.push_back((self.taken, what));
        }
    }

    /// Queues the bytes in pieces. Returns whether all bytes were passed on.
    fn cut_up(&mut self, at: Duration, mut bytes: Bytes, pieces: Pieces, chance: &mut Rng) -> bool {
        if self.has_ended {
            return false;
        }
        let offered = bytes.len();
        if let Some((after, _)) = self.cut {
            bytes.truncate(usize::try_from(after.saturating_sub(self.taken)).unwrap_or(usize::MAX));
        }
        let is_all = bytes.len() == offered;
        self.taken += bytes.len() as u64;
        if pieces == Pieces::Joined
            && let Some((last, Fact::Bytes(before))) = self.queue.back_mut()
            && *last == at
        {
            *before = [before.as_ref(), &bytes].concat().into();
            return is_all;
        }
        while !bytes.is_empty() {
            let len = match pieces {
                Pieces::Uncut | Pieces::Joined => bytes.len(),
                Pieces::Bytes => 1,
                Pieces::UpTo(most) => 1 + chance.below(most.max(1)) as usize,
                Pieces::AroundLineBreaks => match bytes.iter().position(|byte| *byte == b'\n') {
                    Some(0) => 1,
                    Some(at) => at,
                    None => bytes.len(),
                },
            };
            let piece = bytes.split_to(len.min(bytes.len()));
            self.pieces += 1;
            if self.twice > 0 && self.pieces.is_multiple_of(self.twice) {
                self.push(at, Fact::Bytes(piece.clone()));
            }
            self.push(at, Fact::Bytes(piece));
        }
        is_all
    }

    /// Ends the exchange.
    pub(crate) fn end(&mut self, at: Duration, end: End) {
        if self.has_ended {
            return;
        }
        if end == End::Reset {
            self.lose();
        }
        let fact = match end {
            End::Complete if self.has_head => Fact::End,
            End::Reset => Fact::Failed(TransportErrorKind::Reset),
            End::Complete | End::Cut => Fact::Failed(TransportErrorKind::Truncated),
        };
        self.push(at, fact);
        self.has_ended = true;
    }

    /// Discards the facts that are on their way, because the connection is lost.
    fn lose(&mut self) {
        self.queue.retain(|(_, fact)| matches!(fact, Fact::Head(_)));
    }

    /// Fails the exchange: there was no connection, or it is closed.
    pub(crate) fn fail(&mut self, at: Duration, kind: TransportErrorKind) {
        self.push(at, Fact::Failed(kind));
        self.has_ended = true;
    }

    fn push(&mut self, at: Duration, fact: Fact) {
        let at = self.queue.back().map_or(at, |(last, _)| at.max(*last));
        self.queue.push_back((at, fact));
    }
}
