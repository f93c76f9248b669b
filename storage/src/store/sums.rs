//! The cheap check of the ledger, from the views alone: sums and signs.

use std::collections::BTreeMap;

use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::network::Network;

use crate::Seq;
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::{AccountSum, LedgerRow, MerchantCoinRow, WithdrawalCountsRow};
use crate::views::{Direction, ReadRows, Rows, ViewError, Views, part, read};

/// Something that must hold of the ledger and does not. Each is a reason to freeze withdrawals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// All accounts of a coin do not sum to zero.
    #[error("the accounts of {network} sum to {sum} instead of 0 at fact {seq}")]
    Sum {
        /// The coin.
        network: Network,
        /// What they sum to, in base units.
        sum: i128,
        /// At which fact.
        seq: Seq,
    },
    /// A merchant's balance is not the sum of its statement.
    #[error("merchant {merchant} has {available} of {network}, the statement says {statement}")]
    Balance {
        /// Whose.
        merchant: MerchantId,
        /// The coin.
        network: Network,
        /// What the ledger holds, in base units.
        available: i128,
        /// What the statement's lines sum to.
        statement: i128,
    },
    /// What is held is not what the open withdrawals ask for.
    #[error(
        "merchant {merchant} has {held} of {network} held, the statement {summed}, its open withdrawals {open}"
    )]
    Held {
        /// Whose.
        merchant: MerchantId,
        /// The coin.
        network: Network,
        /// What the ledger holds, in base units.
        held: u128,
        /// What the entries sum to.
        summed: u128,
        /// What the open withdrawals ask for.
        open: u128,
    },
    /// A balance is below zero though withdrawals are not frozen: no reversal explains it.
    #[error("merchant {merchant} has {available} of {network}, and no reversal explains it")]
    Negative {
        /// Whose.
        merchant: MerchantId,
        /// The coin.
        network: Network,
        /// What the ledger holds, in base units.
        available: i128,
    },
}

type Coins = BTreeMap<(MerchantId, Network), MerchantCoinRow>;

/// Checks every sum and sign at one moment. Costs time in proportion to the merchants.
pub(crate) fn check(views: &Views) -> Result<Vec<Breach>, ViewError> {
    let rows = views.snapshot();
    let seq = rows.seq();
    let mut breaches = Vec::new();
    let (statements, mut sums) = statement_sums(&rows)?;
    let mut booked = 0;
    for row in rows.scan(&KeyRange::within(Key::of(Prefix::Ledger)), Direction::Forward) {
        let (key, value) = row?;
        let merchant = MerchantId(part(&key, Parts::of(&key).id())?);
        let ledger = read::<LedgerRow>(&key, &value)?.ledger;
        let counts = rows.row::<WithdrawalCountsRow>(keys::withdrawal_counts(merchant))?;
        let open_units = counts.unwrap_or_default().open_units;
        for (network, balance) in ledger.balances() {
            let (network, available) = (*network, balance.available);
            let summed = statements.get(&(merchant, network)).copied().unwrap_or_default();
            let statement = summed.balance;
            let (held, summed) = (balance.held, summed.held);
            let open = open_units.get(&network).copied().unwrap_or(0);
            if held != summed || held != open {
                breaches.push(Breach::Held { merchant, network, held, summed, open });
            }
            booked += usize::from(statements.contains_key(&(merchant, network)));
            if statement != available {
                breaches.push(Breach::Balance { merchant, network, available, statement });
            }
            if available < 0 && !balance.frozen {
                breaches.push(Breach::Negative { merchant, network, available });
            }
        }
    }
    if booked != statements.len() {
        missing_ledgers(&rows, &statements, &mut breaches)?;
    }
    add_house(&rows, &mut sums)?;
    for (network, sum) in sums.into_iter().filter(|(_, sum)| *sum != 0) {
        breaches.push(Breach::Sum { network, sum, seq });
    }
    Ok(breaches)
}

/// The statement sums of every merchant's coin that has lines, and their sums per coin.
fn statement_sums(rows: &impl Rows) -> Result<(Coins, BTreeMap<Network, i128>), ViewError> {
    let (mut coins, mut sums) = (Coins::new(), BTreeMap::new());
    for row in rows.scan(&KeyRange::within(Key::of(Prefix::MerchantCoin)), Direction::Forward) {
        let (key, value) = row?;
        let mut parts = Parts::of(&key);
        let merchant = MerchantId(part(&key, parts.id())?);
        let network = part(&key, parts.network())?;
        let coin = read::<MerchantCoinRow>(&key, &value)?;
        if coin.lines > 0 {
            coins.insert((merchant, network), coin);
        }
        let sum: &mut i128 = sums.entry(network).or_default();
        *sum = sum.saturating_add(coin.balance).saturating_add_unsigned(coin.held);
    }
    Ok((coins, sums))
}

/// Statements of coins that the merchant's ledger does not know.
fn missing_ledgers(
    rows: &impl Rows,
    statements: &Coins,
    breaches: &mut Vec<Breach>,
) -> Result<(), ViewError> {
    for ((merchant, network), statement) in statements {
        let (merchant, network, statement) = (*merchant, *network, statement.balance);
        let row = rows.row::<LedgerRow>(keys::ledger(merchant))?.unwrap_or_default();
        if !row.ledger.balances().contains_key(&network) {
            breaches.push(Breach::Balance { merchant, network, available: 0, statement });
        }
    }
    Ok(())
}

fn add_house(rows: &impl Rows, sums: &mut BTreeMap<Network, i128>) -> Result<(), ViewError> {
    for row in rows.scan(&KeyRange::within(Key::of(Prefix::House)), Direction::Forward) {
        let (key, value) = row?;
        let mut parts = Parts::of(&key);
        part(&key, parts.take::<1>())?;
        let network = part(&key, parts.network())?;
        let sum = sums.entry(network).or_default();
        *sum = sum.saturating_add(read::<AccountSum>(&key, &value)?.0);
    }
    Ok(())
}
