//! Room for attempts, over all endpoints: so many in all, and of them only a share for endpoints that
//! are slow. However many merchants' endpoints hang, the others' find room.

use super::{IN_FLIGHT_MAX, IN_FLIGHT_SLOW_MAX};
use cryptopayment_domain::id::MerchantId;
use std::collections::VecDeque;

/// The room, and who waits for the slow ones' share of it.
#[derive(Default)]
pub(super) struct Slots {
    pub(super) in_flight: usize,
    slow_in_flight: usize,
    /// Merchants whose turn came while the share was taken, each once.
    parked: VecDeque<MerchantId>,
}

impl Slots {
    /// Whether any attempt may start.
    pub(super) const fn is_room(&self) -> bool {
        self.in_flight < IN_FLIGHT_MAX
    }

    /// Takes room for an attempt. A slow endpoint that finds its share taken waits for it: false.
    pub(super) fn take(&mut self, merchant: MerchantId, slow: bool) -> bool {
        if slow && self.slow_in_flight >= IN_FLIGHT_SLOW_MAX {
            self.parked.push_back(merchant);
            return false;
        }
        self.in_flight += 1;
        self.slow_in_flight += usize::from(slow);
        true
    }

    /// Gives back the room of an attempt that was started as slow or not.
    pub(super) fn give_back(&mut self, slow: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.slow_in_flight = self.slow_in_flight.saturating_sub(usize::from(slow));
    }

    /// Whose turn comes again, now that the share has room. Ask once more when that one is through:
    /// it may not take the room.
    pub(super) fn unpark(&mut self) -> Option<MerchantId> {
        let is_room = self.slow_in_flight < IN_FLIGHT_SLOW_MAX;
        if is_room { self.parked.pop_front() } else { None }
    }
}
