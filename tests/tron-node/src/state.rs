//! What is known after a block: accounts, contracts, and what was burned.

use crate::address::Address;
use crate::contract::Code;
use crate::meter::Meter;
use std::collections::BTreeMap;

/// Bandwidth points every account has for nothing, each day.
pub const FREE_NET_LIMIT: i64 = 600;

/// One account. It exists only when TRX came to it by a system contract.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub balance: i64,
    pub created_ms: i64,
    pub free_net: Meter,
    pub net: Meter,
    pub net_limit: i64,
    pub energy: Meter,
    pub energy_limit: i64,
    /// Whose signature counts, when it is no longer the account's own.
    pub owner_key: Option<Address>,
}

impl Account {
    /// Staked energy that is left at a slot.
    pub fn energy_left(&self, slot: i64) -> i64 {
        (self.energy_limit - self.energy.used_at(slot)).max(0)
    }
}

/// Accounts and contracts.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub accounts: BTreeMap<Address, Account>,
    pub contracts: BTreeMap<Address, Code>,
    pub burned: i64,
}

impl State {
    /// All TRX there is, burned ones included: the same after every block.
    pub fn trx_in_all(&self) -> i64 {
        self.accounts.values().map(|account| account.balance).sum::<i64>() + self.burned
    }

    /// Takes a fee from an account and burns it; not when it has less.
    pub fn burn(&mut self, from: Address, sun: i64) -> bool {
        let Some(account) = self.accounts.get_mut(&from).filter(|account| account.balance >= sun)
        else {
            return false;
        };
        account.balance -= sun;
        self.burned += sun;
        true
    }
}
