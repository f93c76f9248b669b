//! Entries: lists of postings that sum to zero per coin and stand on the fact that caused them.

use super::account::Account;
use super::fact::LedgerFact;
use crate::fact::Fact;
use crate::id::MerchantId;
use crate::money::Money;
use crate::network::Network;
use crate::operator::OperatorFact;

/// The two sides of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left: coins come in, debts shrink.
    Debit,
    /// Right: debts grow, coins go out.
    Credit,
}

/// One line of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// On which side.
    pub side: Side,
    /// How much, in which coin.
    pub amount: Money,
}

impl Posting {
    /// The posting as a signed number of base units: credits above zero, debits below.
    pub fn credit_units(&self) -> i128 {
        let units = 0i128.saturating_add_unsigned(self.amount.units());
        match self.side {
            Side::Credit => units,
            Side::Debit => units.saturating_neg(),
        }
    }
}

/// A balanced list of postings. There is no other way to make one than [`Entry::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    postings: Vec<Posting>,
}

/// Postings that do not sum to zero in this coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry does not balance in {0}")]
pub struct Unbalanced(pub Network);

impl Entry {
    /// An entry of these postings.
    ///
    /// # Errors
    /// [`Unbalanced`] with the first coin that does not sum to zero.
    pub fn new(postings: Vec<Posting>) -> Result<Entry, Unbalanced> {
        for network in Network::ALL {
            let of_coin = postings.iter().filter(|posting| posting.amount.network() == network);
            let sum = of_coin
                .map(Posting::credit_units)
                .try_fold(0i128, |sum, units| sum.checked_add(units));
            if sum != Some(0) {
                return Err(Unbalanced(network));
            }
        }
        Ok(Entry { postings })
    }

    /// The lines.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Two lines of one amount, which balance by construction.
    fn transfer(debit: Account, credit: Account, amount: Money) -> Entry {
        let line = |account, side| Posting { account, side, amount };
        Entry { postings: vec![line(debit, Side::Debit), line(credit, Side::Credit)] }
    }
}

/// The entry that a fact stands for; none where it moves no money.
pub fn entry_of(fact: &Fact) -> Option<Entry> {
    match fact {
        Fact::Ledger(merchant, fact) => ledger_entry(*merchant, fact),
        Fact::Operator(OperatorFact::SuspenseBooked { amount, .. }) => {
            Some(Entry::transfer(Account::OnChainDeposits, Account::Suspense, *amount))
        }
        Fact::Operator(
            OperatorFact::AdminRegistered { .. }
            | OperatorFact::PaymentSetAside(_)
            | OperatorFact::Restored(_)
            | OperatorFact::WithdrawalsFrozen { .. }
            | OperatorFact::FreezeLifted { .. },
        )
        | Fact::Merchant(..)
        | Fact::Invoice(..)
        | Fact::Delivery(..)
        | Fact::Watching(..)
        | Fact::Withdrawal(..) => None,
    }
}

fn ledger_entry(merchant: MerchantId, fact: &LedgerFact) -> Option<Entry> {
    let (available, held) = (Account::MerchantAvailable(merchant), Account::MerchantHeld(merchant));
    match fact {
        LedgerFact::Credited { amount, .. } => {
            Some(Entry::transfer(Account::OnChainDeposits, available, *amount))
        }
        LedgerFact::Reversed { amount, .. } => {
            Some(Entry::transfer(available, Account::OnChainDeposits, *amount))
        }
        LedgerFact::CapitalGranted { amount, .. } => {
            Some(Entry::transfer(Account::OperatorCapital, available, *amount))
        }
        LedgerFact::Held { amount, .. } => Some(Entry::transfer(available, held, *amount)),
        LedgerFact::Released { amount, .. } => Some(Entry::transfer(held, available, *amount)),
        LedgerFact::ReversalOwed { .. } | LedgerFact::WithdrawalsFrozen { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{InvoiceId, WithdrawalId};
    use crate::invoice::InvoiceFact;
    use crate::ledger::{CreditKey, Release};
    use crate::payment::{Hash32, PaymentId};
    use crate::time::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn money(network: Network, units: u128) -> Money {
        Money::new(network, units).unwrap()
    }

    #[test]
    fn an_entry_that_does_not_balance_in_every_coin_cannot_be_made() {
        let line = |side, network, units| Posting {
            account: Account::Suspense,
            side,
            amount: money(network, units),
        };
        let rows = [
            (vec![], Ok(())),
            (vec![line(Side::Debit, Network::Btc, 5), line(Side::Credit, Network::Btc, 5)], Ok(())),
            (vec![line(Side::Debit, Network::Btc, 5)], Err(Unbalanced(Network::Btc))),
            (
                vec![line(Side::Debit, Network::Trc20, 5), line(Side::Credit, Network::Bep20, 5)],
                Err(Unbalanced(Network::Trc20)),
            ),
            (
                vec![line(Side::Debit, Network::Btc, 5), line(Side::Credit, Network::Btc, 4)],
                Err(Unbalanced(Network::Btc)),
            ),
        ];
        for (postings, expected) in rows {
            assert_eq!(Entry::new(postings.clone()).map(|_| ()), expected, "{postings:?}");
        }
    }

    #[test]
    fn each_movement_of_money_has_its_two_accounts() {
        let merchant = MerchantId(Uuid::from_u128(1));
        let invoice = InvoiceId(Uuid::from_u128(2));
        let at = Timestamp::from_unix_s(1_705_312_800);
        let payment = PaymentId { network: Network::Eth, txid: Hash32([3; 32]), index: 0 };
        let (key, amount) = (CreditKey { payment, round: 0 }, money(Network::Eth, 5));
        let available = Account::MerchantAvailable(merchant);
        let held = Account::MerchantHeld(merchant);
        let withdrawal = WithdrawalId(Uuid::from_u128(4));
        let of_merchant = |fact| Fact::Ledger(merchant, fact);
        let rows = [
            // The fact, what is debited, what is credited.
            (
                of_merchant(LedgerFact::Credited { key, invoice, amount, at }),
                Some((Account::OnChainDeposits, available)),
            ),
            (of_merchant(LedgerFact::ReversalOwed { key, invoice, amount, at }), None),
            (
                of_merchant(LedgerFact::Reversed { key, invoice, amount, at }),
                Some((available, Account::OnChainDeposits)),
            ),
            (
                of_merchant(LedgerFact::CapitalGranted { invoice, amount, at }),
                Some((Account::OperatorCapital, available)),
            ),
            (
                of_merchant(LedgerFact::Held { withdrawal, amount, usd_value: None, at }),
                Some((available, held)),
            ),
            (
                of_merchant(LedgerFact::Released {
                    withdrawal,
                    amount,
                    why: Release::Rejected,
                    usd_value: None,
                    held_at: at,
                    at,
                }),
                Some((held, available)),
            ),
            (of_merchant(LedgerFact::WithdrawalsFrozen { network: Network::Eth, at }), None),
            (
                Fact::Operator(OperatorFact::SuspenseBooked { payment, amount, at }),
                Some((Account::OnChainDeposits, Account::Suspense)),
            ),
            (Fact::Invoice(invoice, InvoiceFact::PaymentSeen { payment, amount, at }), None),
        ];
        for (fact, accounts) in rows {
            let expected = accounts.map(|(debit, credit)| {
                let debit = Posting { account: debit, side: Side::Debit, amount };
                Entry::new(vec![debit, Posting { account: credit, side: Side::Credit, amount }])
                    .unwrap()
            });
            assert_eq!(entry_of(&fact), expected, "{fact:?}");
        }
    }

    proptest! {
        #[test]
        fn every_transfer_balances(units in 0..=Money::UNITS_MAX, which in 0usize..5) {
            let amount = money(Network::ALL[which], units);
            let entry = Entry::transfer(Account::OnChainDeposits, Account::Suspense, amount);
            prop_assert_eq!(Entry::new(entry.postings().to_vec()), Ok(entry));
        }
    }
}
