//! The stored form of a payment in its invoice's state.

use bincode::{Decode, Encode};
use cryptopayment_domain::invoice::{Payment, Place};
use cryptopayment_domain::time::Timestamp;

use super::Malformed;
use super::parts::{BlockRecord, InstantRecord, MoneyRecord, PaymentIdRecord, instant};

/// A [`Payment`].
#[derive(Encode, Decode)]
pub(crate) struct PaymentRecord {
    id: PaymentIdRecord,
    amount: MoneyRecord,
    time: InstantRecord,
    place: PlaceRecord,
    mined_at: Option<InstantRecord>,
    credited: bool,
    round: u32,
}

/// A [`Place`].
#[derive(Encode, Decode)]
enum PlaceRecord {
    Mempool { since: InstantRecord },
    Block(BlockRecord),
    Gone,
}

impl From<&Payment> for PaymentRecord {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id.into(),
            amount: payment.amount.into(),
            time: payment.time.unix_ms(),
            place: match payment.place {
                Place::Mempool { since } => PlaceRecord::Mempool { since: since.unix_ms() },
                Place::Block(block) => PlaceRecord::Block(block.into()),
                Place::Gone => PlaceRecord::Gone,
            },
            mined_at: payment.mined_at.map(Timestamp::unix_ms),
            credited: payment.credited,
            round: payment.round,
        }
    }
}

impl TryFrom<PaymentRecord> for Payment {
    type Error = Malformed;

    fn try_from(record: PaymentRecord) -> Result<Self, Malformed> {
        Ok(Self {
            id: record.id.into(),
            amount: record.amount.try_into()?,
            time: instant(record.time),
            place: match record.place {
                PlaceRecord::Mempool { since } => Place::Mempool { since: instant(since) },
                PlaceRecord::Block(block) => Place::Block(block.into()),
                PlaceRecord::Gone => Place::Gone,
            },
            mined_at: record.mined_at.map(instant),
            credited: record.credited,
            round: record.round,
        })
    }
}
