//! Who has what on a simulated chain, kept block by block in both directions.

use crate::simulated::transaction::{Movement, Transaction};
use std::collections::HashMap;

/// Base units there are in all. The faucet begins with them; nothing is made or lost after that.
pub const SUPPLY_UNITS: u128 = 10u128.pow(37);

/// Base units per address, zeros left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    units: HashMap<Vec<u8>, u128>,
}

impl Holdings {
    /// Everything with one.
    pub fn all_with(address: Vec<u8>) -> Holdings {
        Holdings { units: HashMap::from([(address, SUPPLY_UNITS)]) }
    }

    /// What an address has.
    pub fn of(&self, address: &[u8]) -> u128 {
        self.units.get(address).copied().unwrap_or(0)
    }

    /// What everybody has together.
    pub fn total(&self) -> u128 {
        self.units.values().fold(0, |sum, units| sum.saturating_add(*units))
    }

    /// Moves what a transaction moves; `None`, with part of it done, when somebody lacks it.
    pub fn apply(&mut self, transaction: &Transaction) -> Option<()> {
        moving(transaction).try_for_each(|one| self.shift(&one.from, &one.to, one.units))
    }

    /// Takes back what a transaction moved.
    pub fn undo(&mut self, transaction: &Transaction) -> Option<()> {
        moving(transaction).rev().try_for_each(|one| self.shift(&one.to, &one.from, one.units))
    }

    fn shift(&mut self, from: &[u8], to: &[u8], units: u128) -> Option<()> {
        let left = self.of(from).checked_sub(units)?;
        self.set(from, left);
        let got = self.of(to).checked_add(units)?;
        self.set(to, got);
        Some(())
    }

    fn set(&mut self, address: &[u8], units: u128) {
        if units == 0 {
            self.units.remove(address);
        } else {
            self.units.insert(address.to_vec(), units);
        }
    }
}

/// A failed transaction moves nothing, and a look-alike is no money.
fn moving(transaction: &Transaction) -> impl DoubleEndedIterator<Item = &Movement> {
    let succeeded = transaction.succeeded;
    transaction.movements.iter().filter(move |movement| succeeded && movement.genuine)
}
