//! One merchant's ledger: balances, and what is still owed to be reversed.

use super::fact::{CreditKey, LedgerFact};
use super::requested::Requested;
use crate::id::InvoiceId;
use crate::money::Money;
use crate::network::Network;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// One merchant's ledger as its facts have made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<Network, Balance>,
    obligations: BTreeMap<CreditKey, Obligation>,
    requested: Requested,
}

/// What a merchant owns of one coin, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Free to withdraw; below zero only after a reversal.
    pub available: i128,
    /// Held for withdrawals under way.
    pub held: u128,
    /// A reversal has left it below zero, and it still is: the merchant's withdrawals stand still.
    pub frozen: bool,
}

/// A reversal that the ledger owes: a credited payment has left the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// The invoice that had been paid.
    pub invoice: InvoiceId,
    /// How much had been credited.
    pub amount: Money,
}

impl Ledger {
    /// A ledger of these parts, as it was stored.
    pub fn from_parts(
        balances: BTreeMap<Network, Balance>,
        obligations: BTreeMap<CreditKey, Obligation>,
        requested: Requested,
    ) -> Ledger {
        Ledger { balances, obligations, requested }
    }

    /// The balance of a network's coin.
    pub fn balance(&self, network: Network) -> Balance {
        self.balances.get(&network).copied().unwrap_or_default()
    }

    /// Every balance that was ever moved.
    pub const fn balances(&self) -> &BTreeMap<Network, Balance> {
        &self.balances
    }

    /// Reversals still owed, in the order of their keys.
    pub const fn obligations(&self) -> &BTreeMap<CreditKey, Obligation> {
        &self.obligations
    }

    /// What the merchant has asked to withdraw lately.
    pub const fn requested(&self) -> &Requested {
        &self.requested
    }

    /// A coin whose balance a reversal has left below zero, if there is one: it is owed, so nothing
    /// is paid out in any coin. Lifts itself when credits have made up for it.
    pub fn frozen_by(&self) -> Option<Network> {
        let mut frozen = self.balances.iter().filter(|(_, balance)| balance.frozen);
        frozen.next().map(|(network, _)| *network)
    }

    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, fact: &LedgerFact) {
        match fact {
            LedgerFact::Credited { amount, .. } | LedgerFact::CapitalGranted { amount, .. } => {
                self.add(*amount);
            }
            LedgerFact::ReversalOwed { key, invoice, amount, .. } => {
                let obligation = Obligation { invoice: *invoice, amount: *amount };
                self.obligations.insert(*key, obligation);
            }
            LedgerFact::Reversed { key, amount, .. } => {
                self.obligations.remove(key);
                self.take(*amount);
            }
            LedgerFact::WithdrawalsFrozen { network, .. } => {
                self.balances.entry(*network).or_default().frozen = true;
            }
            LedgerFact::Held { amount, usd_value, at, .. } => {
                self.take(*amount);
                let held = &mut self.balances.entry(amount.network()).or_default().held;
                *held = held.saturating_add(amount.units());
                if let Some(value) = usd_value {
                    self.requested.add(*value, *at);
                }
            }
            LedgerFact::Released { amount, usd_value, held_at, .. } => {
                self.add(*amount);
                let held = &mut self.balances.entry(amount.network()).or_default().held;
                *held = held.saturating_sub(amount.units());
                if let Some(value) = usd_value {
                    self.requested.take(*value, *held_at);
                }
            }
        }
    }

    /// The facts that settle every open obligation; empty when there is none.
    pub fn settle(&self, at: Timestamp) -> Vec<LedgerFact> {
        let mut after = self.clone();
        let mut facts = Vec::new();
        for (key, Obligation { invoice, amount }) in &self.obligations {
            let reversed =
                LedgerFact::Reversed { key: *key, invoice: *invoice, amount: *amount, at };
            after.apply(&reversed);
            facts.push(reversed);
            let network = amount.network();
            let balance = after.balance(network);
            if balance.available < 0 && !balance.frozen {
                let frozen = LedgerFact::WithdrawalsFrozen { network, at };
                after.apply(&frozen);
                facts.push(frozen);
            }
        }
        facts
    }

    fn add(&mut self, amount: Money) {
        let balance = self.balances.entry(amount.network()).or_default();
        balance.available = balance.available.saturating_add_unsigned(amount.units());
        balance.frozen &= balance.available < 0;
    }

    fn take(&mut self, amount: Money) {
        let balance = self.balances.entry(amount.network()).or_default();
        balance.available = balance.available.saturating_sub_unsigned(amount.units());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{Hash32, PaymentId};

    const AT: Timestamp = Timestamp::from_unix_s(1_700_000_000);

    fn key(byte: u8) -> CreditKey {
        let payment = PaymentId { network: Network::Ltc, txid: Hash32([byte; 32]), index: 0 };
        CreditKey { payment, round: 0 }
    }

    #[test]
    fn a_reversal_is_owed_once_settled_once_and_freezes_a_negative_balance() {
        let invoice = InvoiceId(uuid::Uuid::nil());
        let amount = Money::new(Network::Ltc, 500).unwrap();
        let mut ledger = Ledger::default();
        ledger.apply(&LedgerFact::Credited { key: key(1), invoice, amount, at: AT });
        assert_eq!(ledger.balance(Network::Ltc).available, 500);
        assert_eq!(ledger.settle(AT), []);

        for byte in [1, 2] {
            ledger.apply(&LedgerFact::ReversalOwed { key: key(byte), invoice, amount, at: AT });
        }
        let settled = ledger.settle(AT);
        settled.iter().for_each(|fact| ledger.apply(fact));
        assert_eq!(
            settled,
            [
                LedgerFact::Reversed { key: key(1), invoice, amount, at: AT },
                LedgerFact::Reversed { key: key(2), invoice, amount, at: AT },
                LedgerFact::WithdrawalsFrozen { network: Network::Ltc, at: AT },
            ]
        );
        assert_eq!(
            ledger.balance(Network::Ltc),
            Balance { available: -500, held: 0, frozen: true }
        );
        assert_eq!(ledger.settle(AT), [], "nothing is owed twice");

        ledger.apply(&LedgerFact::ReversalOwed { key: key(3), invoice, amount, at: AT });
        let settled = ledger.settle(AT);
        let reversed = LedgerFact::Reversed { key: key(3), invoice, amount, at: AT };
        assert_eq!(settled, [reversed], "what is frozen is not frozen again");
        settled.iter().for_each(|fact| ledger.apply(fact));

        let credited =
            |byte, amount| LedgerFact::Credited { key: key(byte), invoice, amount, at: AT };
        ledger.apply(&credited(4, amount));
        assert_eq!(ledger.frozen_by(), Some(Network::Ltc), "500 of 1000 owed are made up for");
        ledger.apply(&credited(5, amount));
        assert_eq!(ledger.frozen_by(), None, "nothing is owed any more");
    }
}
