//! Rows of merchants and admins, and of what merchants are told.

use cryptopayment_domain::merchant::{Answered, Merchant};
use cryptopayment_domain::operator::{Freeze, SkippedAddresses};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{Attempt, Delivery, DeliveryFact};

use crate::records::delivery::{DeliveryFactRecord, DeliveryRecord};
use crate::records::merchant::{AnsweredRecord, MerchantRecord};
use crate::records::operator::SkippedRecord;
use crate::records::parts::{InstantRecord, instant};
use crate::records::{Malformed, Stored};

/// A merchant.
pub(crate) struct MerchantRow {
    pub merchant: Merchant,
    pub last_seq: u64,
}

/// A delivery.
pub(crate) struct DeliveryRow {
    pub delivery: Delivery,
    pub last_seq: u64,
    /// Sequence of its queueing: its place among the merchant's events.
    pub queued_seq: u64,
}

/// An admin.
pub(crate) struct AdminRow {
    pub email_sealed: Vec<u8>,
    pub password_sealed: Vec<u8>,
    pub registered_at: Timestamp,
}

impl Stored for MerchantRow {
    type Record = (u64, MerchantRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, (&self.merchant).into())
    }

    fn from_record((last_seq, merchant): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { merchant: merchant.into(), last_seq })
    }
}

impl Stored for DeliveryRow {
    type Record = (u64, u64, DeliveryRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, self.queued_seq, (&self.delivery).into())
    }

    fn from_record((last_seq, queued_seq, delivery): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { delivery: delivery.into(), last_seq, queued_seq })
    }
}

/// An attempt has the shape that its fact has.
impl Stored for Attempt {
    type Record = DeliveryFactRecord;

    fn to_record(&self) -> DeliveryFactRecord {
        self.into()
    }

    fn from_record(record: DeliveryFactRecord) -> Result<Self, Malformed> {
        match record.into() {
            DeliveryFact::Attempted(attempt) => Ok(*attempt),
            DeliveryFact::Queued(_) | DeliveryFact::Redelivered { .. } => {
                Err(Malformed::because("it is no attempt"))
            }
        }
    }
}

impl Stored for AdminRow {
    type Record = (Vec<u8>, Vec<u8>, InstantRecord);

    fn to_record(&self) -> Self::Record {
        let (email, password) = (self.email_sealed.clone(), self.password_sealed.clone());
        (email, password, self.registered_at.unix_ms())
    }

    fn from_record((email, password, at): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { email_sealed: email, password_sealed: password, registered_at: instant(at) })
    }
}

impl Stored for Answered {
    type Record = AnsweredRecord;

    fn to_record(&self) -> AnsweredRecord {
        self.into()
    }

    fn from_record(record: AnsweredRecord) -> Result<Self, Malformed> {
        Ok(record.into())
    }
}

impl Stored for Freeze {
    type Record = (String, InstantRecord);

    fn to_record(&self) -> Self::Record {
        (self.reason.clone(), self.since.unix_ms())
    }

    fn from_record((reason, since): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { reason, since: instant(since) })
    }
}

impl Stored for SkippedAddresses {
    type Record = SkippedRecord;

    fn to_record(&self) -> SkippedRecord {
        (*self).into()
    }

    fn from_record(record: SkippedRecord) -> Result<Self, Malformed> {
        Ok(record.into())
    }
}
