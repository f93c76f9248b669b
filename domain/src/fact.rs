//! The facts of the journal: every aggregate's, with the aggregate each belongs to.

use crate::id::{EventId, InvoiceId, MerchantId, WithdrawalId};
use crate::invoice::InvoiceFact;
use crate::ledger::LedgerFact;
use crate::merchant::MerchantFact;
use crate::network::Network;
use crate::operator::OperatorFact;
use crate::payment::Hash32;
use crate::webhook::DeliveryFact;
use crate::withdrawal::WithdrawalFact;

/// Something that happened. The journal is a sequence of these; everything else is a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// To a merchant's account.
    Merchant(MerchantId, MerchantFact),
    /// To an invoice.
    Invoice(InvoiceId, InvoiceFact),
    /// To a merchant's money.
    Ledger(MerchantId, LedgerFact),
    /// To the delivery of an event.
    Delivery(EventId, DeliveryFact),
    /// To the watching of a network.
    Watching(Network, WatchingFact),
    /// On the operator's side.
    Operator(OperatorFact),
    /// To a withdrawal.
    Withdrawal(WithdrawalId, WithdrawalFact),
}

/// A fact of a network's watching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchingFact {
    /// The network was watched for the first time, from this block on: no address of ours had been
    /// shown before, so nothing below can matter.
    WatchingBegan {
        /// The tip at that moment.
        height: u64,
        /// Its hash.
        hash: Hash32,
    },
}
