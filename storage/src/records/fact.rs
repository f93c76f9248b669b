//! The stored form of a fact: one record of the journal.

use bincode::{Decode, Encode};
use cryptopayment_domain::fact::{Fact, WatchingFact};
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId, WithdrawalId};
use cryptopayment_domain::payment::Hash32;
use uuid::Uuid;

use super::delivery::DeliveryFactRecord;
use super::invoice::InvoiceFactRecord;
use super::ledger::LedgerFactRecord;
use super::merchant::MerchantFactRecord;
use super::operator::OperatorFactRecord;
use super::parts::{HashRecord, IdRecord, NetworkRecord};
use super::withdrawal::WithdrawalFactRecord;
use super::{Malformed, Stored};

/// A [`Fact`].
#[derive(Encode, Decode)]
pub(crate) enum FactRecord {
    Merchant(IdRecord, MerchantFactRecord),
    Invoice(IdRecord, InvoiceFactRecord),
    Ledger(IdRecord, LedgerFactRecord),
    Delivery(IdRecord, DeliveryFactRecord),
    Watching(NetworkRecord, WatchingFactRecord),
    Operator(OperatorFactRecord),
    Withdrawal(IdRecord, WithdrawalFactRecord),
}

/// A [`WatchingFact`].
#[derive(Encode, Decode)]
pub(crate) enum WatchingFactRecord {
    WatchingBegan { height: u64, hash: HashRecord },
}

impl Stored for Fact {
    type Record = FactRecord;

    fn to_record(&self) -> FactRecord {
        match self {
            Fact::Merchant(id, fact) => FactRecord::Merchant(id.0.into_bytes(), fact.into()),
            Fact::Invoice(id, fact) => FactRecord::Invoice(id.0.into_bytes(), fact.into()),
            Fact::Ledger(id, fact) => FactRecord::Ledger(id.0.into_bytes(), fact.into()),
            Fact::Delivery(id, fact) => FactRecord::Delivery(id.0.into_bytes(), fact.into()),
            Fact::Watching(network, fact) => FactRecord::Watching((*network).into(), fact.into()),
            Fact::Operator(fact) => FactRecord::Operator(fact.into()),
            Fact::Withdrawal(id, fact) => FactRecord::Withdrawal(id.0.into_bytes(), fact.into()),
        }
    }

    fn from_record(record: FactRecord) -> Result<Self, Malformed> {
        Ok(match record {
            FactRecord::Merchant(id, fact) => {
                Fact::Merchant(MerchantId(Uuid::from_bytes(id)), fact.into())
            }
            FactRecord::Invoice(id, fact) => {
                Fact::Invoice(InvoiceId(Uuid::from_bytes(id)), fact.try_into()?)
            }
            FactRecord::Ledger(id, fact) => {
                Fact::Ledger(MerchantId(Uuid::from_bytes(id)), fact.try_into()?)
            }
            FactRecord::Delivery(id, fact) => {
                Fact::Delivery(EventId(Uuid::from_bytes(id)), fact.into())
            }
            FactRecord::Watching(network, fact) => Fact::Watching(network.into(), fact.into()),
            FactRecord::Operator(fact) => Fact::Operator(fact.try_into()?),
            FactRecord::Withdrawal(id, fact) => {
                Fact::Withdrawal(WithdrawalId(Uuid::from_bytes(id)), fact.try_into()?)
            }
        })
    }
}

impl From<&WatchingFact> for WatchingFactRecord {
    fn from(fact: &WatchingFact) -> Self {
        match fact {
            WatchingFact::WatchingBegan { height, hash } => {
                Self::WatchingBegan { height: *height, hash: hash.0 }
            }
        }
    }
}

impl From<WatchingFactRecord> for WatchingFact {
    fn from(record: WatchingFactRecord) -> Self {
        match record {
            WatchingFactRecord::WatchingBegan { height, hash } => {
                Self::WatchingBegan { height, hash: Hash32(hash) }
            }
        }
    }
}
