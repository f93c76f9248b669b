//! The stored form of a ledger's facts and of its state.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::ledger::{Balance, Ledger, LedgerFact, Obligation};
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
}

/// A [`Balance`].
#[derive(Encode, Decode)]
struct BalanceRecord {
    available: i128,
    frozen: bool,
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
        })
    }
}

impl From<&Ledger> for LedgerRecord {
    fn from(ledger: &Ledger) -> Self {
        let balances = ledger.balances().iter().map(|(network, balance)| {
            let Balance { available, frozen } = *balance;
            ((*network).into(), BalanceRecord { available, frozen })
        });
        let obligations =
            ledger.obligations().iter().map(|(key, owed)| ((*key).into(), owed.into()));
        Self { balances: balances.collect(), obligations: obligations.collect() }
    }
}

impl TryFrom<LedgerRecord> for Ledger {
    type Error = Malformed;

    fn try_from(record: LedgerRecord) -> Result<Self, Malformed> {
        let balances = record.balances.into_iter().map(|(network, balance)| {
            let BalanceRecord { available, frozen } = balance;
            (network.into(), Balance { available, frozen })
        });
        let mut obligations = BTreeMap::new();
        for (key, owed) in record.obligations {
            obligations.insert(key.into(), owed.try_into()?);
        }
        Ok(Ledger::from_parts(balances.collect(), obligations))
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
