//! One merchant's endpoint, as the dispatcher sees it.

use super::IN_FLIGHT_PER_ENDPOINT_MAX;
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::time::Timestamp;
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
    timed_out: bool,
}

impl Endpoint {
    /// Whether an attempt may start now.
    pub(super) fn can_start(&self) -> bool {
        let most = if self.timed_out { 1 } else { IN_FLIGHT_PER_ENDPOINT_MAX };
        self.in_flight < most && !self.waiting.is_empty()
    }

    /// How an attempt ended: only an answer makes good for a time-out.
    pub(super) const fn heard(&mut self, outcome: Option<&Outcome>) {
        match outcome {
            Some(Outcome::TimedOut) => self.timed_out = true,
            Some(Outcome::Answered { .. }) => self.timed_out = false,
            Some(Outcome::Unreachable { .. } | Outcome::Blocked { .. } | Outcome::NoEndpoint)
            | None => {}
        }
    }

    /// Whether nothing would be lost with it. A time-out is remembered.
    pub(super) const fn is_forgettable(&self) -> bool {
        self.held == 0
            && self.read_at.is_none()
            && !self.in_turn
            && !self.timed_out
            && !self.paused
            && !self.more
    }
}
