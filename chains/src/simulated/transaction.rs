//! Transactions of a simulated chain: what moves, and the id that follows from it.
//!
//! Every transaction spends one coin of the faucet: an output on Bitcoin and Litecoin, a nonce of
//! its account elsewhere. Two transactions with one coin exclude each other.

use super::record::PayStyle;
use crate::address::keccak256;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use sha2::{Digest, Sha256};

/// Whole coins in one coin of the faucet: what one payment can be at most.
const COIN_WHOLES: u128 = 1_000_000_000;

/// What makes one simulated network this one: everything its ids and addresses follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The network.
    pub network: Network,
    /// Its salt.
    pub salt: [u8; 32],
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Its id.
    pub txid: Hash32,
    /// The number of the faucet's coin that it spends.
    pub coin: u64,
    /// Whether it did what it says. A failed one is in its block and moves nothing.
    pub succeeded: bool,
    /// What it moves: outputs in order; value transfers in the order of the trace; logs in order.
    pub movements: Vec<Movement>,
}

/// Something moving from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Who gives, in canonical bytes.
    pub from: Vec<u8>,
    /// Who gets, in canonical bytes.
    pub to: Vec<u8>,
    /// How many base units.
    pub units: u128,
    /// Whether it is the network's money, or another token that looks like it.
    pub genuine: bool,
}

/// Base units in one coin of the faucet.
pub const fn coin_units(network: Network) -> u128 {
    match 10u128.checked_pow(network.decimals()) {
        Some(unit) => COIN_WHOLES.saturating_mul(unit),
        None => u128::MAX,
    }
}

impl Identity {
    /// The faucet's address, in canonical bytes.
    pub fn faucet(&self) -> Vec<u8> {
        self.address("faucet")
    }

    /// The contract that pays several at once on Ethereum, in canonical bytes.
    pub fn batcher(&self) -> Vec<u8> {
        self.address("batcher")
    }

    fn address(&self, name: &str) -> Vec<u8> {
        let hash = Sha256::new_with_prefix(self.salt).chain_update(name).finalize();
        let (short, _) = hash.split_at(20);
        let prefix: &[u8] = match self.network {
            Network::Btc | Network::Ltc => &[0x00, 0x14],
            Network::Eth | Network::Bep20 => &[],
            Network::Trc20 => &[0x41],
        };
        [prefix, short].concat()
    }

    /// The faucet's payment to these payees with its coin number `coin`.
    pub fn payment(&self, coin: u64, style: PayStyle, payees: &[(Vec<u8>, u128)]) -> Transaction {
        let movements = match self.network {
            Network::Btc | Network::Ltc => self.outputs(payees),
            Network::Eth => self.trace(style, payees),
            Network::Trc20 | Network::Bep20 => self.logs(style, payees),
        };
        self.transaction(coin, style != PayStyle::Failed, movements)
    }

    /// The transaction that spends the coin back to the faucet: what a double-spend leaves.
    pub fn conflict(&self, coin: u64) -> Transaction {
        let units = coin_units(self.network);
        self.transaction(coin, true, vec![self.faucet_gives(&self.faucet(), units, true)])
    }

    /// The payees' outputs, and the change.
    fn outputs(&self, payees: &[(Vec<u8>, u128)]) -> Vec<Movement> {
        let paid = payees.iter().fold(0u128, |sum, (_, units)| sum.saturating_add(*units));
        let change = coin_units(self.network).saturating_sub(paid);
        let outputs = payees.iter().map(|(to, units)| self.faucet_gives(to, *units, true));
        outputs.chain([self.faucet_gives(&self.faucet(), change, true)]).collect()
    }

    /// One payee: the transaction's own value. Several: its value goes to the batcher, and from
    /// there, in calls inside the transaction, to them.
    fn trace(&self, style: PayStyle, payees: &[(Vec<u8>, u128)]) -> Vec<Movement> {
        let genuine = style != PayStyle::LookAlike;
        if let [(to, units)] = payees {
            return vec![self.faucet_gives(to, *units, genuine)];
        }
        let all = payees.iter().fold(0u128, |sum, (_, units)| sum.saturating_add(*units));
        let inner = payees.iter().map(|(to, units)| Movement {
            from: self.batcher(),
            to: to.clone(),
            units: *units,
            genuine,
        });
        [self.faucet_gives(&self.batcher(), all, genuine)].into_iter().chain(inner).collect()
    }

    fn logs(&self, style: PayStyle, payees: &[(Vec<u8>, u128)]) -> Vec<Movement> {
        let logs = payees.iter().flat_map(|(to, units)| {
            let log = |genuine| self.faucet_gives(to, *units, genuine);
            match style {
                PayStyle::Plain | PayStyle::Failed => vec![log(true)],
                PayStyle::LookAlike => vec![log(false)],
                PayStyle::AmongLookAlikes => vec![log(false), log(true)],
            }
        });
        logs.collect()
    }

    fn faucet_gives(&self, to: &[u8], units: u128, genuine: bool) -> Movement {
        Movement { from: self.faucet(), to: to.to_vec(), units, genuine }
    }

    fn transaction(&self, coin: u64, succeeded: bool, movements: Vec<Movement>) -> Transaction {
        let mut bytes = self.salt.to_vec();
        bytes.extend_from_slice(&coin.to_be_bytes());
        bytes.push(u8::from(succeeded));
        for movement in &movements {
            bytes.extend_from_slice(&movement.to);
            bytes.extend_from_slice(&movement.units.to_be_bytes());
            bytes.push(u8::from(movement.genuine));
        }
        Transaction { txid: Hash32(self.hash(&bytes)), coin, succeeded, movements }
    }

    /// The network's hash of some bytes.
    pub fn hash(&self, bytes: &[u8]) -> [u8; 32] {
        match self.network {
            Network::Btc | Network::Ltc => Sha256::digest(Sha256::digest(bytes)).into(),
            Network::Eth | Network::Bep20 => keccak256(bytes),
            Network::Trc20 => Sha256::digest(bytes).into(),
        }
    }
}
