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

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Python: the first 16 bytes of SHA-256 over the invoice's 16 bytes and the name,
    /// as a UUID v4. These ids are in journals and in merchants' databases: they never change.
    #[test]
    fn the_id_of_an_event_is_the_same_for_ever() {
        use EventKind::{PaymentConfirmed, PaymentDetected};
        let sample = "550e8400-e29b-41d4-a716-446655440000";
        let nil = "00000000-0000-0000-0000-000000000000";
        let full = "ffffffff-ffff-4fff-bfff-ffffffffffff";
        let rows = [
            (sample, PaymentDetected, "87cf11be-64f4-408f-aca9-661a5b1cc5ec"),
            (sample, PaymentConfirmed, "7d7b6e46-6537-49e8-ade3-75394aebc5e9"),
            (nil, PaymentDetected, "bd7d76b3-6fd0-4e64-b89f-622efa777bfb"),
            (nil, PaymentConfirmed, "4f8e7ea9-5e90-4913-97b6-bac4ca0b8760"),
            (full, PaymentDetected, "aceeeadd-3342-43cf-9367-168e75b6c43e"),
            (full, PaymentConfirmed, "e9ca39eb-adcf-45f4-aead-bf08fb208beb"),
        ];
        for (invoice, kind, id) in rows {
            let event = kind.id_for(invoice.parse().unwrap());
            assert_eq!(event.to_string(), id, "{kind} of {invoice}");
            assert_eq!(event.0.get_version_num(), 4);
        }
    }

    #[test]
    fn events_are_named_as_in_the_seed_document() {
        let document = include_str!("../../../docs/seed-api.txt");
        for (kind, name) in [
            (EventKind::PaymentDetected, "payment_detected"),
            (EventKind::PaymentConfirmed, "payment_confirmed"),
        ] {
            assert_eq!(kind.to_string(), name);
            assert!(document.contains(&format!("\n{name} | ")), "{name} is no event of it");
        }
    }
}
