//! What the dispatcher takes in from the index of due deliveries, and when it looks there next.

use super::{AFTER_A_CRASH, Dispatcher, Due, HELD_PER_MERCHANT_MAX};
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_storage::ViewError;

impl Dispatcher {
    /// Reads a merchant's index at that instant, unless it will be read before.
    pub(super) fn read_again_at(&mut self, merchant: MerchantId, at: Timestamp) {
        let set = self.endpoint(merchant).read_at;
        if set.is_some_and(|set| set <= at) {
            return;
        }
        if let Some(set) = set {
            self.later.remove(&(set, merchant));
        }
        self.endpoint(merchant).read_at = Some(at);
        self.later.insert((at, merchant));
    }

    /// Takes in what is due of every merchant.
    pub(super) fn read_index(&mut self, now: Timestamp) {
        // Who was paused and has gone on may have been missed; who still is will be asked once more.
        self.endpoints.values_mut().for_each(|endpoint| endpoint.paused = false);
        match self.house.views().merchants_with_deliveries() {
            Ok(firsts) => {
                firsts.into_iter().for_each(|first| self.read_merchant(first.merchant, now));
            }
            Err(error) => tracing::error!(%error, "the index of due deliveries cannot be read"),
        }
    }

    /// Takes in a merchant's earliest deliveries, as many as there is room for.
    pub(super) fn read_merchant(&mut self, merchant: MerchantId, now: Timestamp) {
        if self.endpoint(merchant).paused {
            return;
        }
        if let Err(error) = self.try_to_read_merchant(merchant, now) {
            tracing::error!(%merchant, %error, "a merchant's due deliveries cannot be read");
            self.read_again_at(merchant, now.plus(AFTER_A_CRASH));
        }
        self.forget_if_idle(merchant);
    }

    fn try_to_read_merchant(
        &mut self,
        merchant: MerchantId,
        now: Timestamp,
    ) -> Result<(), ViewError> {
        let views = self.house.views();
        let for_ever = Timestamp::from_unix_ms(i64::MAX);
        // What is held is in the index too, and in front: so there is always one more than that.
        let limit = self.endpoint(merchant).held.max(HELD_PER_MERCHANT_MAX) + 1;
        let rows = views.deliveries_due_of(merchant, for_ever, limit)?;
        let last_is_due = rows.last().is_some_and(|last| last.at <= now);
        self.endpoint(merchant).more = rows.len() == limit && last_is_due;
        for row in rows {
            if row.at > now {
                // The rows are in the order of their times.
                self.read_again_at(merchant, row.at);
                break;
            }
            if self.held.contains(&row.event) {
                continue;
            }
            let queued = views.delivery(row.event)?.map(|row| row.value.queued);
            let after = queued.and_then(|queued| queued.after);
            self.take(Due { event: row.event, merchant, after, at: row.at }, now)?;
        }
        Ok(())
    }
}
