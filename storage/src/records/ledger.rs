//! The stored form of a ledger's facts and of its state.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use cryptopayment_domain::id::{InvoiceId, WithdrawalId};
use cryptopayment_domain::ledger::{Balance, Ledger, LedgerFact, Obligation, Release, Requested};
use cryptopayment_domain::usd::Usd;
use uuid::Uuid;

use super::Malformed;
use super::parts::{CreditKeyRecord, IdRecord, InstantRecord, MoneyRecord, NetworkRecord, instant};

/// A [`LedgerFact`].
#[derive(Encode, Decode)]
pub(crate) enum LedgerFactRecord {
    Credited(MovedRecord),
    ReversalOwed(MovedRecord),
    Reversed(MovedRecord),
    WithdrawalsFrozen { network: NetworkRecord, at: InstantRecord },
    CapitalGranted { invoice: IdRecord, amount: MoneyRecord, at: InstantRecord },
    Held { withdrawal: IdRecord, amount: MoneyRecord, usd_cents: Option<u64>, at: InstantRecord },
    Released(ReleasedRecord),
}

/// What a `Released` says.
#[derive(Encode, Decode)]
pub(crate) struct ReleasedRecord {
    withdrawal: IdRecord,
    amount: MoneyRecord,
    why: ReleaseRecord,
    usd_cents: Option<u64>,
    held_at: InstantRecord,
    at: InstantRecord,
}

/// A [`Release`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) enum ReleaseRecord {
    Cancelled,
    Rejected,
}

/// What credits and reversals say: which payment in which round, of which invoice, how much.
#[derive(Encode, Decode)]
pub(crate) struct MovedRecord {
    key: CreditKeyRecord,
    invoice: IdRecord,
    amount: MoneyRecord,
    at: InstantRecord,
}

/// A [`Ledger`].
#[derive(Encode, Decode)]
pub(crate) struct LedgerRecord {
    balances: Vec<(NetworkRecord, BalanceRecord)>,
    obligations: Vec<(CreditKeyRecord, ObligationRecord)>,
    /// Cents asked for by hours since the Unix epoch.
    requested: Vec<(i64, u64)>,
}

/// A [`Balance`].
#[derive(Encode, Decode)]
struct BalanceRecord {
    available: i128,
    frozen: bool,
    held: u128,
}

/// An [`Obligation`].
#[derive(Encode, Decode)]
pub(crate) struct ObligationRecord {
    invoice: IdRecord,
    amount: MoneyRecord,
}

impl From<&LedgerFact> for LedgerFactRecord {
    fn from(fact: &LedgerFact) -> Self {
        match fact {
            LedgerFact::Credited { key, invoice, amount, at } => Self::Credited(MovedRecord {
                key: (*key).into(),
                invoice: invoice.0.into_bytes(),
                amount: (*amount).into(),
                at: at.unix_ms(),
            }),
            LedgerFact::ReversalOwed { key, invoice, amount, at } => {
                Self::ReversalOwed(MovedRecord {
                    key: (*key).into(),
                    invoice: invoice.0.into_bytes(),
                    amount: (*amount).into(),
                    at: at.unix_ms(),
                })
            }
            LedgerFact::Reversed { key, invoice, amount, at } => Self::Reversed(MovedRecord {
                key: (*key).into(),
                invoice: invoice.0.into_bytes(),
                amount: (*amount).into(),
                at: at.unix_ms(),
            }),
            LedgerFact::WithdrawalsFrozen { network, at } => {
                Self::WithdrawalsFrozen { network: (*network).into(), at: at.unix_ms() }
            }
            LedgerFact::CapitalGranted { invoice, amount, at } => Self::CapitalGranted {
                invoice: invoice.0.into_bytes(),
                amount: (*amount).into(),
                at: at.unix_ms(),
            },
            LedgerFact::Held { withdrawal, amount, usd_value, at } => Self::Held {
                withdrawal: withdrawal.0.into_bytes(),
                amount: (*amount).into(),
                usd_cents: usd_value.map(Usd::cents),
                at: at.unix_ms(),
            },
            LedgerFact::Released { withdrawal, amount, why, usd_value, held_at, at } => {
                Self::Released(ReleasedRecord {
                    withdrawal: withdrawal.0.into_bytes(),
                    amount: (*amount).into(),
                    why: (*why).into(),
                    usd_cents: usd_value.map(Usd::cents),
                    held_at: held_at.unix_ms(),
                    at: at.unix_ms(),
                })
            }
        }
    }
}

impl From<Release> for ReleaseRecord {
    fn from(why: Release) -> Self {
        match why {
            Release::Cancelled => Self::Cancelled,
            Release::Rejected => Self::Rejected,
        }
    }
}

impl From<ReleaseRecord> for Release {
    fn from(record: ReleaseRecord) -> Self {
        match record {
            ReleaseRecord::Cancelled => Self::Cancelled,
            ReleaseRecord::Rejected => Self::Rejected,
        }
    }
}

impl TryFrom<LedgerFactRecord> for LedgerFact {
    type Error = Malformed;

    fn try_from(record: LedgerFactRecord) -> Result<Self, Malformed> {
        let invoice_id = |bytes| InvoiceId(Uuid::from_bytes(bytes));
        Ok(match record {
            LedgerFactRecord::Credited(MovedRecord { key, invoice, amount, at }) => {
                Self::Credited {
                    key: key.into(),
                    invoice: invoice_id(invoice),
                    amount: amount.try_into()?,
                    at: instant(at),
                }
            }
            LedgerFactRecord::ReversalOwed(MovedRecord { key, invoice, amount, at }) => {
                Self::ReversalOwed {
                    key: key.into(),
                    invoice: invoice_id(invoice),
                    amount: amount.try_into()?,
                    at: instant(at),
                }
            }
            LedgerFactRecord::Reversed(MovedRecord { key, invoice, amount, at }) => {
                Self::Reversed {
                    key: key.into(),
                    invoice: invoice_id(invoice),
                    amount: amount.try_into()?,
                    at: instant(at),
                }
            }
            LedgerFactRecord::WithdrawalsFrozen { network, at } => {
                Self::WithdrawalsFrozen { network: network.into(), at: instant(at) }
            }
            LedgerFactRecord::CapitalGranted { invoice, amount, at } => Self::CapitalGranted {
                invoice: invoice_id(invoice),
                amount: amount.try_into()?,
                at: instant(at),
            },
            LedgerFactRecord::Held { withdrawal, amount, usd_cents, at } => Self::Held {
                withdrawal: WithdrawalId(Uuid::from_bytes(withdrawal)),
                amount: amount.try_into()?,
                usd_value: usd_cents.map(Usd::from_cents),
                at: instant(at),
            },
            LedgerFactRecord::Released(record) => Self::Released {
                withdrawal: WithdrawalId(Uuid::from_bytes(record.withdrawal)),
                amount: record.amount.try_into()?,
                why: record.why.into(),
                usd_value: record.usd_cents.map(Usd::from_cents),
                held_at: instant(record.held_at),
                at: instant(record.at),
            },
        })
    }
}

impl From<&Ledger> for LedgerRecord {
    fn from(ledger: &Ledger) -> Self {
        let balances = ledger.balances().iter().map(|(network, balance)| {
            let Balance { available, held, frozen } = *balance;
            ((*network).into(), BalanceRecord { available, frozen, held })
        });
        let obligations =
            ledger.obligations().iter().map(|(key, owed)| ((*key).into(), owed.into()));
        let requested = ledger.requested().cents_by_hour().iter();
        let requested = requested.map(|(hour, cents)| (*hour, *cents)).collect();
        Self { balances: balances.collect(), obligations: obligations.collect(), requested }
    }
}

impl TryFrom<LedgerRecord> for Ledger {
    type Error = Malformed;

    fn try_from(record: LedgerRecord) -> Result<Self, Malformed> {
        let balances = record.balances.into_iter().map(|(network, balance)| {
            let BalanceRecord { available, frozen, held } = balance;
            (network.into(), Balance { available, held, frozen })
        });
        let mut obligations = BTreeMap::new();
        for (key, owed) in record.obligations {
            obligations.insert(key.into(), owed.try_into()?);
        }
        let requested = Requested::from_parts(record.requested.into_iter().collect());
        Ok(Ledger::from_parts(balances.collect(), obligations, requested))
    }
}

impl From<&Obligation> for ObligationRecord {
    fn from(owed: &Obligation) -> Self {
        Self { invoice: owed.invoice.0.into_bytes(), amount: owed.amount.into() }
    }
}

impl TryFrom<ObligationRecord> for Obligation {
    type Error = Malformed;

    fn try_from(record: ObligationRecord) -> Result<Self, Malformed> {
        let invoice = InvoiceId(Uuid::from_bytes(record.invoice));
        Ok(Self { invoice, amount: record.amount.try_into()? })
    }
}
