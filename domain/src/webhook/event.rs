//! The events a merchant can be told of.

use super::subject::Subject;
use crate::id::{EventId, InvoiceId, WithdrawalId};
use crate::payment::PaymentId;
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

/// An event that merchants are told of. By default exactly the seed document's two are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// The invoice entered `confirming` for the first time ever.
    PaymentDetected,
    /// The invoice was confirmed, and what was paid is credited.
    PaymentConfirmed,
    /// The invoice was opened.
    InvoiceCreated,
    /// The invoice entered `expired` for the first time ever: by time, cancelled or closed.
    InvoiceExpired,
    /// A payment came in time, and the amount is not reached with it.
    PaymentPartial,
    /// A payment leaves its invoice expired: it came, or was mined, too late.
    PaymentLate,
    /// A reorganisation took a payment out of the block it was in.
    PaymentReverted,
    /// A withdrawal was requested; its money is held.
    WithdrawalRequested,
    /// A withdrawal was approved, by a human or because it needs none.
    WithdrawalApproved,
    /// A withdrawal was rejected; its money is available again.
    WithdrawalRejected,
    /// The merchant cancelled a withdrawal; its money is available again.
    WithdrawalCancelled,
    /// The merchant asked for a test of its endpoint.
    WebhookTest,
}

impl EventKind {
    /// What a merchant can choose, in the documented order. The first two are always sent.
    pub const CHOICES: [EventKind; 11] = [
        EventKind::PaymentDetected,
        EventKind::PaymentConfirmed,
        EventKind::InvoiceCreated,
        EventKind::InvoiceExpired,
        EventKind::PaymentPartial,
        EventKind::PaymentLate,
        EventKind::PaymentReverted,
        EventKind::WithdrawalRequested,
        EventKind::WithdrawalApproved,
        EventKind::WithdrawalRejected,
        EventKind::WithdrawalCancelled,
    ];

    /// The `event` value of the payload.
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::PaymentDetected => "payment_detected",
            EventKind::PaymentConfirmed => "payment_confirmed",
            EventKind::InvoiceCreated => "invoice_created",
            EventKind::InvoiceExpired => "invoice_expired",
            EventKind::PaymentPartial => "payment_partial",
            EventKind::PaymentLate => "payment_late",
            EventKind::PaymentReverted => "payment_reverted",
            EventKind::WithdrawalRequested => "withdrawal_requested",
            EventKind::WithdrawalApproved => "withdrawal_approved",
            EventKind::WithdrawalRejected => "withdrawal_rejected",
            EventKind::WithdrawalCancelled => "withdrawal_cancelled",
            EventKind::WebhookTest => "webhook_test",
        }
    }

    /// Its bit in a stored [`EventSet`](super::EventSet). A bit is never given to another event; a
    /// test is no choice and has none.
    pub const fn bit(self) -> u32 {
        match self {
            EventKind::PaymentDetected => 1 << 0,
            EventKind::PaymentConfirmed => 1 << 1,
            EventKind::InvoiceCreated => 1 << 2,
            EventKind::InvoiceExpired => 1 << 3,
            EventKind::PaymentPartial => 1 << 4,
            EventKind::PaymentLate => 1 << 5,
            EventKind::PaymentReverted => 1 << 6,
            EventKind::WithdrawalRequested => 1 << 7,
            EventKind::WithdrawalApproved => 1 << 8,
            EventKind::WithdrawalRejected => 1 << 9,
            EventKind::WithdrawalCancelled => 1 << 10,
            EventKind::WebhookTest => 0,
        }
    }

    /// Whether it is about a withdrawal; else it is about an invoice.
    pub const fn is_of_withdrawal(self) -> bool {
        match self {
            EventKind::WithdrawalRequested
            | EventKind::WithdrawalApproved
            | EventKind::WithdrawalRejected
            | EventKind::WithdrawalCancelled => true,
            EventKind::PaymentDetected
            | EventKind::PaymentConfirmed
            | EventKind::InvoiceCreated
            | EventKind::InvoiceExpired
            | EventKind::PaymentPartial
            | EventKind::PaymentLate
            | EventKind::PaymentReverted
            | EventKind::WebhookTest => false,
        }
    }

    /// The subject of such an event, whose id is `id`.
    pub const fn subject(self, id: Uuid) -> Subject {
        if self.is_of_withdrawal() {
            Subject::Withdrawal(WithdrawalId(id))
        } else {
            Subject::Invoice(InvoiceId(id))
        }
    }

    /// The id of this event of that subject. It is a function of both, so that the same event can
    /// never be queued under two ids, whatever crashes and starts again.
    pub fn id_for(self, subject: impl Into<Subject>) -> EventId {
        id_of(Sha256::new().chain_update(subject.into().uuid()).chain_update(self.name()))
    }

    /// The id of this event of that invoice about one of its payments, of which each has its own.
    pub fn id_for_payment(self, invoice: InvoiceId, payment: PaymentId) -> EventId {
        let digest = Sha256::new().chain_update(invoice.0).chain_update(self.name());
        let digest = digest.chain_update(payment.network.name()).chain_update(payment.txid.0);
        id_of(digest.chain_update(payment.index.to_be_bytes()))
    }
}

/// The digest's first 16 bytes as a UUID v4.
fn id_of(digest: Sha256) -> EventId {
    let mut bytes = [0u8; 16];
    bytes.iter_mut().zip(digest.finalize()).for_each(|(byte, of_digest)| *byte = of_digest);
    EventId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// No event has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no event has this name")]
pub struct UnknownEvent;

impl std::str::FromStr for EventKind {
    type Err = UnknownEvent;

    fn from_str(name: &str) -> Result<Self, UnknownEvent> {
        let all = EventKind::CHOICES.into_iter().chain([EventKind::WebhookTest]);
        all.into_iter().find(|kind| kind.name() == name).ok_or(UnknownEvent)
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
    use crate::network::Network;
    use crate::payment::Hash32;

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
            let event = kind.id_for(invoice.parse::<InvoiceId>().unwrap());
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

    /// Made with Python: `uuid.UUID(bytes=sha256(invoice + name [+ network + txid + index])[:16],
    /// version=4)`.
    #[test]
    fn each_payment_and_each_withdrawal_has_events_of_its_own() {
        let invoice: InvoiceId = "550e8400-e29b-41d4-a716-446655440000".parse().unwrap();
        let payment = |index| PaymentId { network: Network::Btc, txid: Hash32([0xAB; 32]), index };
        for (index, id) in [
            (0, "5d499641-b70b-4749-8550-770dea04ac26"),
            (1, "cef8c993-52ba-47bd-9a09-7af81a581850"),
        ] {
            let event = EventKind::PaymentLate.id_for_payment(invoice, payment(index));
            assert_eq!(event.to_string(), id);
        }
        let event = EventKind::WithdrawalRequested.id_for(WithdrawalId(invoice.0));
        assert_eq!(event.to_string(), "3ece0c6f-6a64-4a6a-9ba7-87775e16058a");
    }

    #[test]
    fn every_event_is_found_by_its_name_and_has_a_subject_of_its_kind() {
        for kind in EventKind::CHOICES.into_iter().chain([EventKind::WebhookTest]) {
            assert_eq!(kind.name().parse(), Ok(kind));
            let key = kind.subject(Uuid::nil()).key();
            assert_eq!(key == "withdrawal_id", kind.name().starts_with("withdrawal_"));
        }
        assert_eq!("payment".parse::<EventKind>(), Err(UnknownEvent));
        assert_eq!("Payment_late".parse::<EventKind>(), Err(UnknownEvent));
    }
}
