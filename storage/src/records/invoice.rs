//! The stored form of an invoice's facts and of its state.

use std::sync::Arc;

use bincode::{Decode, Encode};
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{Ending, Invoice, InvoiceFact, Opened, Payment};
use cryptopayment_domain::payment::{Hash32, PaymentId};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::usd::Usd;
use uuid::Uuid;

use super::Malformed;
use super::delivery::EventKindRecord;
use super::parts::{
    BlockRecord, HashRecord, IdRecord, InstantRecord, MarketRecord, MoneyRecord, NetworkRecord,
    PaymentIdRecord, RateRecord, instant,
};
use super::payment::PaymentRecord;

/// An [`Opened`], but for what stands behind its rate.
#[derive(Encode, Decode)]
pub(crate) struct OpenedRecord {
    invoice: IdRecord,
    merchant: IdRecord,
    at: InstantRecord,
    expires_at: InstantRecord,
    network: NetworkRecord,
    amount_usd_cents: u64,
    due: MoneyRecord,
    tolerance: MoneyRecord,
    dust: MoneyRecord,
    rate: RateRecord,
    confirmations_required: u32,
    address: String,
    address_bytes: Vec<u8>,
    address_index: u32,
    order_id: Option<String>,
    metadata_sealed: Vec<u8>,
    success_url: Option<String>,
    cancel_url: Option<String>,
}

/// An [`InvoiceFact`].
#[derive(Encode, Decode)]
pub(crate) enum InvoiceFactRecord {
    Opened(Box<OpenedRecord>),
    PaymentSeen {
        payment: PaymentIdRecord,
        amount: MoneyRecord,
        at: InstantRecord,
    },
    PaymentMined {
        payment: PaymentIdRecord,
        amount: MoneyRecord,
        block: BlockRecord,
        at: InstantRecord,
    },
    PaymentUnmined {
        payment: PaymentIdRecord,
        block: HashRecord,
        at: InstantRecord,
    },
    PaymentVanished {
        payment: PaymentIdRecord,
        at: InstantRecord,
    },
    PaymentConfirmed {
        payment: PaymentIdRecord,
        round: u32,
        at: InstantRecord,
    },
    PaymentReverted {
        payment: PaymentIdRecord,
        round: u32,
        block: HashRecord,
        at: InstantRecord,
    },
    TimeRanOut {
        scanned_through: InstantRecord,
    },
    MiningTimeRanOut {
        scanned_through: InstantRecord,
    },
    Detected {
        at: InstantRecord,
    },
    Confirmed {
        at: InstantRecord,
    },
    Expired {
        at: InstantRecord,
    },
    Cancelled {
        at: InstantRecord,
    },
    MarkedPaid {
        credit: MoneyRecord,
        reason: String,
        at: InstantRecord,
    },
    Closed {
        reason: String,
        at: InstantRecord,
    },
    Told {
        event: EventKindRecord,
        payment: Option<PaymentIdRecord>,
        at: InstantRecord,
    },
    /// An `Opened` whose rate has sources.
    OpenedAtMarket(Box<(OpenedRecord, MarketRecord)>),
}

/// An [`Invoice`].
#[derive(Encode, Decode)]
pub(crate) struct InvoiceRecord {
    terms: OpenedRecord,
    payments: Vec<PaymentRecord>,
    time_over: bool,
    mining_time_over: bool,
    detected_at: Option<InstantRecord>,
    confirmed_at: Option<InstantRecord>,
    expired_at: Option<InstantRecord>,
    ending: Option<EndingRecord>,
    told: Vec<(EventKindRecord, Option<PaymentIdRecord>)>,
    last_event: Option<IdRecord>,
    market: MarketRecord,
}

/// An [`Ending`].
#[derive(Encode, Decode)]
enum EndingRecord {
    Cancelled,
    MarkedPaid,
    Closed,
}

impl From<&Opened> for OpenedRecord {
    fn from(opened: &Opened) -> Self {
        Self {
            invoice: opened.invoice.0.into_bytes(),
            merchant: opened.merchant.0.into_bytes(),
            at: opened.at.unix_ms(),
            expires_at: opened.expires_at.unix_ms(),
            network: opened.network.into(),
            amount_usd_cents: opened.amount_usd.cents(),
            due: opened.due.into(),
            tolerance: opened.tolerance.into(),
            dust: opened.dust.into(),
            rate: (&opened.rate).into(),
            confirmations_required: opened.confirmations_required,
            address: opened.address.clone(),
            address_bytes: opened.address_bytes.clone(),
            address_index: opened.address_index,
            order_id: opened.order_id.clone(),
            metadata_sealed: opened.metadata_sealed.clone(),
            success_url: opened.success_url.clone(),
            cancel_url: opened.cancel_url.clone(),
        }
    }
}

impl TryFrom<OpenedRecord> for Opened {
    type Error = Malformed;

    fn try_from(record: OpenedRecord) -> Result<Self, Malformed> {
        Ok(Self {
            invoice: InvoiceId(Uuid::from_bytes(record.invoice)),
            merchant: MerchantId(Uuid::from_bytes(record.merchant)),
            at: instant(record.at),
            expires_at: instant(record.expires_at),
            network: record.network.into(),
            amount_usd: Usd::from_cents(record.amount_usd_cents),
            due: record.due.try_into()?,
            tolerance: record.tolerance.try_into()?,
            dust: record.dust.try_into()?,
            rate: record.rate.try_into()?,
            confirmations_required: record.confirmations_required,
            address: record.address,
            address_bytes: record.address_bytes,
            address_index: record.address_index,
            order_id: record.order_id,
            metadata_sealed: record.metadata_sealed,
            success_url: record.success_url,
            cancel_url: record.cancel_url,
        })
    }
}

/// The terms with what stood behind their rate.
fn at_market(opened: OpenedRecord, market: MarketRecord) -> Result<Opened, Malformed> {
    let opened = Opened::try_from(opened)?;
    Ok(Opened { rate: market.behind(opened.rate)?, ..opened })
}

impl From<&InvoiceFact> for InvoiceFactRecord {
    fn from(fact: &InvoiceFact) -> Self {
        match fact {
            InvoiceFact::Opened(opened) if opened.rate.sources.is_empty() => {
                Self::Opened(Box::new((&**opened).into()))
            }
            InvoiceFact::Opened(opened) => {
                Self::OpenedAtMarket(Box::new(((&**opened).into(), (&opened.rate).into())))
            }
            InvoiceFact::PaymentSeen { payment, amount, at } => Self::PaymentSeen {
                payment: (*payment).into(),
                amount: (*amount).into(),
                at: at.unix_ms(),
            },
            InvoiceFact::PaymentMined { payment, amount, block, at } => Self::PaymentMined {
                payment: (*payment).into(),
                amount: (*amount).into(),
                block: (*block).into(),
                at: at.unix_ms(),
            },
            InvoiceFact::PaymentUnmined { payment, block, at } => Self::PaymentUnmined {
                payment: (*payment).into(),
                block: block.0,
                at: at.unix_ms(),
            },
            InvoiceFact::PaymentVanished { payment, at } => {
                Self::PaymentVanished { payment: (*payment).into(), at: at.unix_ms() }
            }
            InvoiceFact::PaymentConfirmed { payment, round, at } => Self::PaymentConfirmed {
                payment: (*payment).into(),
                round: *round,
                at: at.unix_ms(),
            },
            InvoiceFact::PaymentReverted { payment, round, block, at } => Self::PaymentReverted {
                payment: (*payment).into(),
                round: *round,
                block: block.0,
                at: at.unix_ms(),
            },
            InvoiceFact::TimeRanOut { scanned_through } => {
                Self::TimeRanOut { scanned_through: scanned_through.unix_ms() }
            }
            InvoiceFact::MiningTimeRanOut { scanned_through } => {
                Self::MiningTimeRanOut { scanned_through: scanned_through.unix_ms() }
            }
            InvoiceFact::Detected { at } => Self::Detected { at: at.unix_ms() },
            InvoiceFact::Confirmed { at } => Self::Confirmed { at: at.unix_ms() },
            InvoiceFact::Expired { at } => Self::Expired { at: at.unix_ms() },
            InvoiceFact::Cancelled { at } => Self::Cancelled { at: at.unix_ms() },
            InvoiceFact::MarkedPaid { credit, reason, at } => Self::MarkedPaid {
                credit: (*credit).into(),
                reason: reason.clone(),
                at: at.unix_ms(),
            },
            InvoiceFact::Closed { reason, at } => {
                Self::Closed { reason: reason.clone(), at: at.unix_ms() }
            }
            InvoiceFact::Told { event, payment, at } => Self::Told {
                event: (*event).into(),
                payment: payment.map(PaymentIdRecord::from),
                at: at.unix_ms(),
            },
        }
    }
}

impl TryFrom<InvoiceFactRecord> for InvoiceFact {
    type Error = Malformed;

    fn try_from(record: InvoiceFactRecord) -> Result<Self, Malformed> {
        use InvoiceFactRecord as Record;
        Ok(match record {
            Record::Opened(opened) => Self::Opened(Box::new((*opened).try_into()?)),
            Record::OpenedAtMarket(both) => Self::Opened(Box::new(at_market(both.0, both.1)?)),
            Record::PaymentSeen { payment, amount, at } => Self::PaymentSeen {
                payment: payment.into(),
                amount: amount.try_into()?,
                at: instant(at),
            },
            Record::PaymentMined { payment, amount, block, at } => Self::PaymentMined {
                payment: payment.into(),
                amount: amount.try_into()?,
                block: block.into(),
                at: instant(at),
            },
            Record::PaymentUnmined { payment, block, at } => Self::PaymentUnmined {
                payment: payment.into(),
                block: Hash32(block),
                at: instant(at),
            },
            Record::PaymentVanished { payment, at } => {
                Self::PaymentVanished { payment: payment.into(), at: instant(at) }
            }
            Record::PaymentConfirmed { payment, round, at } => {
                Self::PaymentConfirmed { payment: payment.into(), round, at: instant(at) }
            }
            Record::PaymentReverted { payment, round, block, at } => Self::PaymentReverted {
                payment: payment.into(),
                round,
                block: Hash32(block),
                at: instant(at),
            },
            Record::TimeRanOut { scanned_through } => {
                Self::TimeRanOut { scanned_through: instant(scanned_through) }
            }
            Record::MiningTimeRanOut { scanned_through } => {
                Self::MiningTimeRanOut { scanned_through: instant(scanned_through) }
            }
            Record::Detected { at } => Self::Detected { at: instant(at) },
            Record::Confirmed { at } => Self::Confirmed { at: instant(at) },
            Record::Expired { at } => Self::Expired { at: instant(at) },
            Record::Cancelled { at } => Self::Cancelled { at: instant(at) },
            Record::MarkedPaid { credit, reason, at } => {
                Self::MarkedPaid { credit: credit.try_into()?, reason, at: instant(at) }
            }
            Record::Closed { reason, at } => Self::Closed { reason, at: instant(at) },
            Record::Told { event, payment, at } => Self::Told {
                event: event.into(),
                payment: payment.map(PaymentId::from),
                at: instant(at),
            },
        })
    }
}

impl From<&Invoice> for InvoiceRecord {
    fn from(invoice: &Invoice) -> Self {
        Self {
            terms: (&*invoice.terms).into(),
            payments: invoice.payments.iter().map(PaymentRecord::from).collect(),
            time_over: invoice.time_over,
            mining_time_over: invoice.mining_time_over,
            detected_at: invoice.detected_at.map(Timestamp::unix_ms),
            confirmed_at: invoice.confirmed_at.map(Timestamp::unix_ms),
            expired_at: invoice.expired_at.map(Timestamp::unix_ms),
            ending: invoice.ending.map(|ending| match ending {
                Ending::Cancelled => EndingRecord::Cancelled,
                Ending::MarkedPaid => EndingRecord::MarkedPaid,
                Ending::Closed => EndingRecord::Closed,
            }),
            told: invoice
                .told
                .iter()
                .map(|(event, about)| ((*event).into(), about.map(Into::into)))
                .collect(),
            last_event: invoice.last_event.map(|event| event.0.into_bytes()),
            market: (&invoice.terms.rate).into(),
        }
    }
}

impl TryFrom<InvoiceRecord> for Invoice {
    type Error = Malformed;

    fn try_from(record: InvoiceRecord) -> Result<Self, Malformed> {
        let payments = record.payments.into_iter().map(Payment::try_from);
        Ok(Self {
            terms: Arc::new(at_market(record.terms, record.market)?),
            payments: payments.collect::<Result<_, _>>()?,
            time_over: record.time_over,
            mining_time_over: record.mining_time_over,
            detected_at: record.detected_at.map(instant),
            confirmed_at: record.confirmed_at.map(instant),
            expired_at: record.expired_at.map(instant),
            ending: record.ending.map(|ending| match ending {
                EndingRecord::Cancelled => Ending::Cancelled,
                EndingRecord::MarkedPaid => Ending::MarkedPaid,
                EndingRecord::Closed => Ending::Closed,
            }),
            told: record
                .told
                .into_iter()
                .map(|(event, about)| (event.into(), about.map(Into::into)))
                .collect(),
            last_event: record.last_event.map(|event| EventId(Uuid::from_bytes(event))),
        })
    }
}
