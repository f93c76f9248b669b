//! The events a merchant can be told of.

use crate::id::{EventId, InvoiceId};
use sha2::{Digest, Sha256};
use std::fmt;

/// An event of an invoice. By default exactly the seed document's two are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// The invoice entered `confirming` for the first time ever.
    PaymentDetected,
    /// The invoice was confirmed, and what was paid is credited.
    PaymentConfirmed,
}

impl EventKind {
    /// The `event` value of the payload.
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::PaymentDetected => "payment_detected",
            EventKind::PaymentConfirmed => "payment_confirmed",
        }
    }

    /// The id of this event of that invoice. It is a function of both, so that the same event can
    /// never be queued under two ids, whatever crashes and starts again.
    pub fn id_for(self, invoice: InvoiceId) -> EventId {
        let digest = Sha256::new().chain_update(invoice.0).chain_update(self.name()).finalize();
        let mut bytes = [0u8; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
        EventId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
