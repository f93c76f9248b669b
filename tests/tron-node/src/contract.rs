//! The contracts of this chain: dollar tokens, one that only looks like it, and a batcher. They are
//! ledgers written by hand with the energy that TRON's users pay; there is no virtual machine.

mod abi;
mod batcher;
mod token;

use crate::address::Address;
use crate::digest::{Hash, keccak256};
use std::collections::BTreeMap;

pub use abi::{call_data, describe};
pub use batcher::BATCH;
pub use token::Token;

/// What a contract does when called.
#[derive(Clone, Debug)]
pub enum Code {
    /// A TRC20 token.
    Token(Token),
    /// Pays many people in one transaction, out of its caller's allowance.
    Batcher,
}

/// Energy of a call: what its steps cost, and what being popular adds (dynamic energy).
#[derive(Clone, Copy, Debug, Default)]
pub struct Energy {
    pub base: i64,
    pub penalty: i64,
}

impl Energy {
    pub const fn of(base: i64, penalty: i64) -> Self {
        Self { base, penalty }
    }

    pub fn plus(self, other: Self) -> Self {
        Self { base: self.base + other.base, penalty: self.penalty + other.penalty }
    }

    pub fn total(self) -> i64 {
        self.base + self.penalty
    }
}

/// One entry of a transaction's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub address: Address,
    pub topics: Vec<Hash>,
    pub data: Vec<u8>,
}

impl Log {
    /// `Transfer` or `Approval`: both name two addresses and say one number.
    fn of(address: Address, event: &str, from: Address, to: Address, word: Hash) -> Self {
        let topics = vec![keccak256(event.as_bytes()), from.word(), to.word()];
        Self { address, topics, data: word.to_vec() }
    }
}

/// What a call came to.
#[derive(Debug)]
pub struct Called {
    pub energy: Energy,
    /// What it returned, or what it reverted with.
    pub output: Result<Vec<u8>, Vec<u8>>,
    pub logs: Vec<Log>,
}

impl Called {
    fn returned(energy: Energy, output: Vec<u8>) -> Self {
        Self { energy, output: Ok(output), logs: Vec::new() }
    }

    fn reverted(reason: &str) -> Self {
        // What was done until the check that failed: illustrative.
        let output = Err(abi::error(reason));
        Self { energy: Energy::of(3_000, 10_164), output, logs: Vec::new() }
    }
}

/// Contracts by their addresses.
pub type Contracts = BTreeMap<Address, Code>;

/// Calls the contract at `to`. What a reverted call has changed is the caller's to undo.
pub fn call(contracts: &mut Contracts, from: Address, to: Address, data: &[u8]) -> Called {
    let Some((selector, arguments)) = data.split_first_chunk::<4>() else {
        return Called::reverted("");
    };
    let selector = hex::encode(selector);
    match contracts.get_mut(&to) {
        Some(Code::Token(token)) => token.call(to, from, &selector, arguments),
        Some(Code::Batcher) => batcher::call(contracts, to, from, &selector, arguments),
        None => Called::reverted(""),
    }
}
