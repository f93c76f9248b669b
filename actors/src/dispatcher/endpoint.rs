//! One merchant's endpoint, as the dispatcher sees it.

use super::{IN_FLIGHT_PER_ENDPOINT_MAX, SLOW};
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::webhook::Outcome;
use std::collections::VecDeque;

/// One merchant's deliveries.
#[derive(Default)]
pub(super) struct Endpoint {
    /// Those whose attempt may start.
    pub(super) waiting: VecDeque<EventId>,
    pub(super) in_flight: usize,
    /// All that are in memory: waiting, in flight, resting, behind another.
    pub(super) held: usize,
    /// More are due in the merchant's index.
    pub(super) more: bool,
    /// When that index must be read next.
    pub(super) read_at: Option<Timestamp>,
    /// It has its place in the turn.
    pub(super) in_turn: bool,
    /// It wants no webhooks until it is set again: nothing is held for it.
    pub(super) paused: bool,
    /// How many of the attempts that it might have in flight a slow one has cost it.
    withheld: usize,
}

impl Endpoint {
    /// Whether an attempt may start now.
    pub(super) fn can_start(&self) -> bool {
        let most = IN_FLIGHT_PER_ENDPOINT_MAX.saturating_sub(self.withheld);
        self.in_flight < most && !self.waiting.is_empty()
    }

    /// Whether others would wait for it, were they many.
    pub(super) const fn is_slow(&self) -> bool {
        self.withheld > 0
    }

    /// How an attempt ended, and after how long. A slow one leaves it a single one at a time,
    /// however it ended; each quick answer gives it back one more.
    pub(super) fn heard(&mut self, outcome: Option<&Outcome>, took: Span) {
        match outcome {
            Some(Outcome::TimedOut) => self.withheld = IN_FLIGHT_PER_ENDPOINT_MAX - 1,
            Some(_) if took >= SLOW => self.withheld = IN_FLIGHT_PER_ENDPOINT_MAX - 1,
            Some(Outcome::Answered { .. }) => self.withheld = self.withheld.saturating_sub(1),
            Some(Outcome::Unreachable { .. } | Outcome::Blocked { .. } | Outcome::NoEndpoint)
            | None => {}
        }
    }

    /// Whether nothing would be lost with it. That it was slow is remembered.
    pub(super) const fn is_forgettable(&self) -> bool {
        self.held == 0
            && self.read_at.is_none()
            && !self.in_turn
            && self.withheld == 0
            && !self.paused
            && !self.more
    }
}
