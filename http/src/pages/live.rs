//! The checkout pages that are held open: each is woken when its invoice or its network's tip
//! changes, and reads the views then.
//!
//! Nothing is queued for a slow reader: wakings merge, the next state is the newest. One that reads
//! nothing at all is let go by the connection's write timeout, and comes back.

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_storage::{DurableGroup, Feed, FeedError, Seq};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Pages that one address may hold open at once: a whole office behind one router.
const PER_ADDRESS_MAX: usize = 64;

/// All pages held open. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    /// Held for a lookup at a time, never across an await.
    open: Arc<Mutex<Open>>,
    streams_max: usize,
    closing: watch::Sender<bool>,
}

#[derive(Default)]
struct Open {
    streams: usize,
    by_address: HashMap<IpAddr, usize>,
    /// The newest sequence that concerns each invoice somebody looks at.
    invoices: HashMap<InvoiceId, watch::Sender<Seq>>,
}

/// One page's place among those held open; given back when dropped.
pub struct Place {
    live: Live,
    invoice: InvoiceId,
    address: IpAddr,
    changed: watch::Receiver<Seq>,
    closing: watch::Receiver<bool>,
}

impl Live {
    /// Room for so many pages.
    pub fn new(streams_max: usize) -> Live {
        Live { open: Arc::default(), streams_max, closing: watch::Sender::new(false) }
    }

    /// A place for one more page on this invoice; none when all are taken, or the server stops.
    pub fn join(&self, invoice: InvoiceId, address: IpAddr) -> Option<Place> {
        let mut open = self.lock();
        let held = open.by_address.get(&address).copied().unwrap_or(0);
        let full = open.streams >= self.streams_max || held >= PER_ADDRESS_MAX;
        if full || *self.closing.borrow() {
            return None;
        }
        open.streams += 1;
        metrics::gauge!("http_streams").increment(1);
        open.by_address.insert(address, held + 1);
        let sender = open.invoices.entry(invoice).or_insert_with(|| watch::Sender::new(0));
        let (changed, closing) = (sender.subscribe(), self.closing.subscribe());
        Some(Place { live: self.clone(), invoice, address, changed, closing })
    }

    /// Wakes pages as facts become durable, until the store or the server closes.
    pub async fn follow(self, feed: Feed) {
        let mut facts = feed.subscribe();
        let mut closing = self.closing.subscribe();
        loop {
            let next = tokio::select! {
                _ = closing.wait_for(|closing| *closing) => return,
                next = facts.next() => next,
            };
            match next {
                Ok(group) => self.wake(&group),
                // What was missed is in the views; so everyone looks.
                Err(FeedError::Lagged { .. }) => self.wake_all(),
                Err(FeedError::Closed) => return self.close(),
            }
        }
    }

    /// Ends every page, and lets no other in.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    fn wake(&self, group: &DurableGroup) {
        let open = self.lock();
        if open.invoices.is_empty() {
            return;
        }
        for (seq, fact) in group.iter() {
            if let Fact::Invoice(invoice, _) = fact
                && let Some(sender) = open.invoices.get(invoice)
            {
                sender.send_replace(seq);
            }
        }
    }

    fn wake_all(&self) {
        self.lock().invoices.values().for_each(|sender| sender.send_modify(|_| {}));
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Ends when the invoice has changed since it was last looked at.
    ///
    /// # Errors
    /// [`Closed`] when the server stops.
    pub async fn changed(&mut self) -> Result<(), Closed> {
        tokio::select! {
            _ = self.closing.wait_for(|closing| *closing) => Err(Closed),
            changed = self.changed.changed() => changed.map_err(|_| Closed),
        }
    }

    /// Takes note that the invoice is looked at now.
    pub fn looked(&mut self) {
        self.changed.mark_unchanged();
    }
}

/// The server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.live.lock();
        open.streams = open.streams.saturating_sub(1);
        metrics::gauge!("http_streams").decrement(1);
        let held = open.by_address.get(&self.address).copied().unwrap_or(0);
        if held > 1 {
            open.by_address.insert(self.address, held - 1);
        } else {
            open.by_address.remove(&self.address);
        }
        // This place's own receiver is still counted.
        let last = |sender: &watch::Sender<Seq>| sender.receiver_count() <= 1;
        if open.invoices.get(&self.invoice).is_some_and(last) {
            open.invoices.remove(&self.invoice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_domain::invoice::InvoiceFact;
    use cryptopayment_domain::time::Timestamp;
    use futures::FutureExt;
    use uuid::Uuid;

    fn invoice(number: u128) -> InvoiceId {
        InvoiceId(Uuid::from_u128(number))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn group(first: Seq, invoices: &[u128]) -> DurableGroup {
        let at = Timestamp::from_unix_s(0);
        let fact = |number: &u128| Fact::Invoice(invoice(*number), InvoiceFact::Expired { at });
        DurableGroup { first, facts: invoices.iter().map(fact).collect() }
    }

    #[test]
    fn a_page_wakes_for_its_own_invoice_only_and_wakings_merge() {
        let live = Live::new(10);
        let mut page = live.join(invoice(1), address(1)).unwrap();
        live.wake(&group(5, &[2, 3]));
        assert_eq!(page.changed().now_or_never(), None);
        live.wake(&group(8, &[1]));
        live.wake(&group(9, &[2, 1]));
        assert_eq!(page.changed().now_or_never(), Some(Ok(())));
        assert_eq!(page.changed().now_or_never(), None, "two wakings are one");
        live.wake(&group(11, &[1]));
        page.looked();
        assert_eq!(page.changed().now_or_never(), None, "seen already");
        live.wake_all();
        assert_eq!(page.changed().now_or_never(), Some(Ok(())));
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let live = Live::new(3);
        let places: Vec<_> = (1..=3).map(|last| live.join(invoice(1), address(last))).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(live.join(invoice(1), address(4)).is_none(), "all places are taken");
        drop(places);
        assert!(live.join(invoice(1), address(4)).is_some());
        assert!(live.lock().invoices.is_empty() && live.lock().by_address.is_empty());

        let live = Live::new(1000);
        let places: Vec<_> =
            (0..PER_ADDRESS_MAX).map(|_| live.join(invoice(1), address(1))).collect();
        assert!(live.join(invoice(2), address(1)).is_none(), "one address has its share");
        assert!(live.join(invoice(2), address(2)).is_some());
        drop(places);
    }

    #[test]
    fn closing_ends_every_page_and_lets_none_in() {
        let live = Live::new(10);
        let mut page = live.join(invoice(1), address(1)).unwrap();
        live.close();
        assert_eq!(page.changed().now_or_never(), Some(Err(Closed)));
        assert!(live.join(invoice(1), address(1)).is_none());
    }
}
