//! A delivery is taken into memory: now, behind another, or when there is room.

use super::{Dispatcher, Due, HELD_PER_MERCHANT_MAX};
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::DeliveryState;
use cryptopayment_storage::ViewError;

impl Dispatcher {
    /// Takes in a delivery, now or when its time comes or when there is room.
    pub(super) fn take(&mut self, due: Due, now: Timestamp) -> Result<(), ViewError> {
        if self.held.contains(&due.event) {
            if due.at <= now {
                // Somebody wants it sent again while the last attempt is on its way out.
                self.wanted_again.insert(due.event);
            }
            return Ok(());
        }
        if due.at > now {
            self.read_again_at(due.merchant, due.at);
            return Ok(());
        }
        let endpoint = self.endpoint(due.merchant);
        if endpoint.paused || endpoint.held >= HELD_PER_MERCHANT_MAX {
            endpoint.more = true;
            return Ok(());
        }
        self.take_with_those_before(due)
    }

    /// Holds a delivery behind the one whose first attempt it waits for, and that one behind the
    /// one before: they may all still be in the index, and who waits for them must not fill their
    /// places.
    fn take_with_those_before(&mut self, due: Due) -> Result<(), ViewError> {
        let mut next = Some(due);
        while let Some(due) = next.take() {
            match due.after {
                // Everything is read before it is held: what is held and in no queue waits for ever.
                Some(first) if !self.first_attempt_ended(first)? => {
                    if !self.held.contains(&first) {
                        let queued = self.house.views().delivery(first)?;
                        let after = queued.and_then(|row| row.value.queued.after);
                        next = Some(Due { event: first, after, ..due });
                    }
                    self.hold(due.event, due.merchant);
                    self.behind.entry(first).or_default().push(due);
                }
                Some(_) | None => {
                    self.hold(due.event, due.merchant);
                    self.line_up(due.event, due.merchant);
                }
            }
        }
        Ok(())
    }

    fn hold(&mut self, event: EventId, merchant: MerchantId) {
        self.held.insert(event);
        self.endpoint(merchant).held += 1;
    }

    /// Whether the first attempt of that event has ended, however it ended, or never will.
    fn first_attempt_ended(&self, event: EventId) -> Result<bool, ViewError> {
        let row = self.house.views().delivery(event)?;
        Ok(row.is_none_or(|row| {
            row.value.attempts > 0 || !matches!(row.value.state, DeliveryState::Due(_))
        }))
    }
}
