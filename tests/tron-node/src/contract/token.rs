//! A TRC20 dollar token, as USDT on TRON is one: its `transfer` returns false when it succeeds, it
//! can be paused, can take a fee and has a blacklist.

use super::{Called, Energy, Log, abi};
use crate::address::Address;
use crate::digest::Hash;
use std::collections::{BTreeMap, BTreeSet};

const TRANSFER: &str = "Transfer(address,address,uint256)";
const APPROVAL: &str = "Approval(address,address,uint256)";

/// Energy of a transfer to somebody who holds the token, and to somebody who does not.
const TO_A_HOLDER: Energy = Energy::of(14_650, 49_635);
const TO_NOBODY_YET: Energy = Energy::of(29_650, 100_635);
/// What spending an allowance adds; illustrative.
const BY_ALLOWANCE: Energy = Energy::of(3_300, 11_180);
const APPROVE: Energy = Energy::of(22_677, 76_831);
const READ: Energy = Energy::of(935, 0);

/// A token's whole ledger.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it calls itself.
    pub name: String,
    /// What wallets show.
    pub symbol: String,
    /// Places behind the point.
    pub decimals: u8,
    /// Base units by holder.
    pub balances: BTreeMap<Address, u128>,
    allowances: BTreeMap<(Address, Address), u128>,
    /// Whether `transfer` and its like return true.
    pub says_true: bool,
    /// Nobody can move anything.
    pub paused: bool,
    /// Who can move nothing.
    pub blacklist: BTreeSet<Address>,
    /// What a transfer costs its recipient, in hundredths of a percent, and who gets it.
    pub fee: Option<(u16, Address)>,
    /// How popular it is: 1,000 is as the energy constants say, 0 is nothing added.
    pub popularity_permille: i64,
}

impl Token {
    /// A token nobody has any of.
    #[must_use]
    pub fn new(name: &str, symbol: &str, decimals: u8, says_true: bool) -> Self {
        Self {
            name: name.to_owned(),
            symbol: symbol.to_owned(),
            decimals,
            balances: BTreeMap::new(),
            allowances: BTreeMap::new(),
            says_true,
            paused: false,
            blacklist: BTreeSet::new(),
            fee: None,
            popularity_permille: 1_000,
        }
    }

    /// Base units somebody holds.
    #[must_use]
    pub fn balance(&self, of: Address) -> u128 {
        self.balances.get(&of).copied().unwrap_or_default()
    }

    /// Base units there are.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.balances.values().sum()
    }

    /// Lets `by` move up to so much of what `owner` has.
    pub fn allow(&mut self, owner: Address, by: Address, units: u128) {
        self.allowances.insert((owner, by), units);
    }

    pub(super) fn call(
        &mut self,
        here: Address,
        from: Address,
        selector: &str,
        arguments: &[u8],
    ) -> Called {
        let done = match selector {
            "a9059cbb" => self.transfer_call(here, from, arguments),
            "23b872dd" => self.transfer_from_call(here, from, arguments),
            "095ea7b3" => self.approve_call(here, from, arguments),
            reading => self.read(reading, arguments),
        };
        done.unwrap_or_else(|| Called::reverted(""))
    }

    fn read(&self, selector: &str, arguments: &[u8]) -> Option<Called> {
        let output = match selector {
            "06fdde03" => abi::text(&self.name),
            "95d89b41" => abi::text(&self.symbol),
            "313ce567" => abi::number(self.decimals.into()).to_vec(),
            "18160ddd" => abi::number(self.supply()).to_vec(),
            "70a08231" => abi::number(self.balance(abi::address(arguments, 0)?)).to_vec(),
            "dd62ed3e" => {
                let pair = (abi::address(arguments, 0)?, abi::address(arguments, 1)?);
                let allowed = self.allowances.get(&pair).copied().unwrap_or_default();
                abi::number(allowed).to_vec()
            }
            _ => return None,
        };
        Some(Called::returned(READ, output))
    }

    fn transfer_call(&mut self, here: Address, from: Address, arguments: &[u8]) -> Option<Called> {
        let (to, value) = (abi::address(arguments, 0)?, abi::word(arguments, 1)?);
        Some(self.transfer(here, from, to, value))
    }

    fn transfer_from_call(&mut self, here: Address, by: Address, data: &[u8]) -> Option<Called> {
        let (from, to) = (abi::address(data, 0)?, abi::address(data, 1)?);
        Some(self.transfer_from(here, by, from, to, abi::word(data, 2)?))
    }

    fn approve_call(&mut self, here: Address, from: Address, arguments: &[u8]) -> Option<Called> {
        let (by, word) = (abi::address(arguments, 0)?, abi::word(arguments, 1)?);
        // What is beyond all the money there is allows everything.
        self.allow(from, by, abi::amount(&word).unwrap_or(u128::MAX));
        let log = Log::of(here, APPROVAL, from, by, word);
        Some(Called { logs: vec![log], ..Called::returned(self.priced(APPROVE), self.word()) })
    }

    /// Moves `value` on the word of an allowance.
    pub(super) fn transfer_from(
        &mut self,
        here: Address,
        by: Address,
        from: Address,
        to: Address,
        value: Hash,
    ) -> Called {
        let allowed = self.allowances.get(&(from, by)).copied().unwrap_or_default();
        let Some(left) = abi::amount(&value).and_then(|value| allowed.checked_sub(value)) else {
            return Called::reverted("SafeMath: subtraction overflow");
        };
        let mut done = self.transfer(here, from, to, value);
        if done.output.is_ok() && allowed != u128::MAX {
            self.allowances.insert((from, by), left);
        }
        done.energy = done.energy.plus(self.priced(BY_ALLOWANCE));
        done
    }

    fn transfer(&mut self, here: Address, from: Address, to: Address, value: Hash) -> Called {
        if self.paused {
            return Called::reverted("Pausable: paused");
        }
        if self.blacklist.contains(&from) {
            return Called::reverted("blacklisted");
        }
        let had = self.balance(from);
        let Some((left, value)) =
            abi::amount(&value).and_then(|value| Some((had.checked_sub(value)?, value)))
        else {
            return Called::reverted("SafeMath: subtraction overflow");
        };
        let cost = if self.balance(to) == 0 && value > 0 { TO_NOBODY_YET } else { TO_A_HOLDER };
        let fee = self.fee.map(|(points, owner)| (value * u128::from(points) / 10_000, owner));
        let kept = fee.map_or(0, |(fee, _)| fee);
        self.balances.insert(from, left);
        *self.balances.entry(to).or_default() += value - kept;
        let mut logs = vec![Log::of(here, TRANSFER, from, to, abi::number(value - kept))];
        if let Some((fee, owner)) = fee.filter(|(fee, _)| *fee > 0) {
            *self.balances.entry(owner).or_default() += fee;
            logs.push(Log::of(here, TRANSFER, from, owner, abi::number(fee)));
        }
        Called { logs, ..Called::returned(self.priced(cost), self.word()) }
    }

    fn priced(&self, energy: Energy) -> Energy {
        Energy::of(energy.base, energy.penalty * self.popularity_permille / 1_000)
    }

    /// What a call that succeeded returns.
    fn word(&self) -> Vec<u8> {
        abi::number(self.says_true.into()).to_vec()
    }
}
