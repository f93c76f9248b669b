//! An invoice on a stage: it is told commands at given times, and its books are kept.

use super::laws;
use crate::fact::Fact;
use crate::id::{InvoiceId, MerchantId};
use crate::invoice::{Command, Invoice, Observation, Opened, Refusal, decide, open};
use crate::ledger::{Ledger, LedgerFact};
use crate::money::Money;
use crate::network::Network;
use crate::payment::{BlockRef, Hash32, PaymentId, Tip};
use crate::rate::Rate;
use crate::time::{Span, Timestamp};
use crate::usd::Usd;
use crate::webhook::EventSet;

/// 2024-01-15T10:00:00+00:00, when every invoice on the stage is opened.
pub(crate) const OPENED_AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);

/// So many hundredths of a coin.
pub(crate) fn cents(network: Network, cents: u128) -> Money {
    Money::new(network, cents * 10u128.pow(network.decimals() - 2)).unwrap()
}

/// Terms over 100.00 coins, tolerance 0.50, dust 0.05, half an hour, 3 confirmations.
pub(crate) fn terms(network: Network) -> Opened {
    Opened {
        invoice: InvoiceId(uuid::Uuid::from_u128(1)),
        merchant: MerchantId(uuid::Uuid::from_u128(2)),
        at: OPENED_AT,
        expires_at: OPENED_AT.plus(Span::from_minutes(30)),
        network,
        amount_usd: Usd::from_cents(10_000),
        due: cents(network, 10_000),
        tolerance: cents(network, 50),
        dust: cents(network, 5),
        rate: Rate::one_to_one(OPENED_AT),
        confirmations_required: 3,
        address: "the address".into(),
        address_bytes: vec![1],
        address_index: 0,
        order_id: None,
        metadata_sealed: Vec::new(),
        success_url: None,
        cancel_url: None,
    }
}

/// The block of that height on one of several forks.
pub(crate) fn block(height: u64, fork: u8, time: Timestamp) -> BlockRef {
    let mut hash = [fork; 32];
    hash[..8].copy_from_slice(&height.to_be_bytes());
    BlockRef { height, hash: Hash32(hash), time }
}

/// The `index`-th output of the transaction of that name.
pub(crate) fn payment(network: Network, name: &str, index: u32) -> PaymentId {
    let mut txid = [0; 32];
    txid[..name.len()].copy_from_slice(name.as_bytes());
    PaymentId { network, txid: Hash32(txid), index }
}

/// One invoice, everything that was written about it, and its merchant's ledger.
pub(crate) struct Stage {
    pub(crate) invoice: Invoice,
    pub(crate) facts: Vec<Fact>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Timestamp,
    pub(crate) tip: Tip,
    /// What its merchant wants to be told of.
    pub(crate) events: EventSet,
}

impl Stage {
    /// A merchant that wants the seed's two events.
    pub(crate) fn new(terms: Opened) -> Stage {
        Stage::wanting(EventSet::SEED, terms)
    }

    pub(crate) fn wanting(events: EventSet, terms: Opened) -> Stage {
        let tip = Tip { height: 90, hash: Hash32([0; 32]), solid_height: Some(90) };
        let (clock, opening) = (terms.at, open(terms, events));
        let (invoice, facts) = (opening.invoice, opening.facts);
        Stage { invoice, facts, ledger: Ledger::default(), clock, tip, events }
    }

    /// Tells the invoice something, holds what it decides against the laws, and books it.
    pub(crate) fn tell(&mut self, command: &Command) -> Result<(), Refusal> {
        let decision = decide(&self.invoice, command, self.events, self.clock)?;
        let before = std::mem::replace(&mut self.invoice, decision.invoice);
        for fact in &decision.facts {
            if let Fact::Ledger(_, fact) = fact {
                self.ledger.apply(fact);
            }
        }
        self.facts.extend(decision.facts.iter().cloned());
        laws::hold(&before, command, &decision.facts, self);
        Ok(())
    }

    pub(crate) fn observe(&mut self, payment: PaymentId, observation: Observation) {
        let tip = self.tip;
        self.tell(&Command::Observe { payment, observation, tip }).expect("never refused");
    }

    pub(crate) fn deepen(&mut self) {
        self.tell(&Command::Deepen { tip: self.tip }).expect("never refused");
    }

    /// Lets the ledger settle what it owes.
    pub(crate) fn settle(&mut self) {
        let merchant = self.invoice.terms.merchant;
        for fact in self.ledger.settle(self.clock) {
            self.ledger.apply(&fact);
            self.facts.push(Fact::Ledger(merchant, fact));
        }
    }

    /// Credits less reversals of one payment, in base units.
    pub(crate) fn net_credit(&self, payment: PaymentId) -> i128 {
        let mut net = 0;
        for fact in &self.facts {
            let (key, amount, sign) = match fact {
                Fact::Ledger(_, LedgerFact::Credited { key, amount, .. }) => (key, amount, 1),
                Fact::Ledger(_, LedgerFact::Reversed { key, amount, .. }) => (key, amount, -1),
                Fact::Ledger(..) | Fact::Invoice(..) | Fact::Delivery(..) => continue,
                Fact::Merchant(..) | Fact::Watching(..) | Fact::Operator(..) => continue,
                Fact::Withdrawal(..) => continue,
            };
            if key.payment == payment {
                net += i128::try_from(amount.units()).unwrap() * sign;
            }
        }
        net
    }
}
