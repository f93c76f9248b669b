//! The chains: what a network looks like from outside, one folder per family, and the keys.
//!
//! `domain` is the only room below. `storage` gives the simulated networks their record log through
//! the port [`simulated::ChainStore`]; watchers, addresses and treasury in `actors` are the callers.
//! What is native here (scripts, satoshis as JSON text, logs) becomes `Money`, `PaymentId` and
//! `BlockRef` before it leaves.
//!
//! | part | for |
//! |---|---|
//! | [`adapter`] | the [`adapter::Chain`] trait: what every network looks like to a watcher |
//! | [`chain_name`] | main, test, regtest |
//! | [`address`] | a payee's text ⇄ canonical bytes, by each network's rules |
//! | [`payment_uri`] | what a QR code says: BIP21, EIP-681, a bare address |
//! | [`provider`] | what nodes of every kind have in common: HTTP, JSON-RPC, fail-over, health |
//! | [`evm`] | Ethereum, and tokens on BSC, from their nodes |
//! | [`simulated`] | five little chains with a faucet: the sandbox, and the adversary in tests |
//! | [`tron`] | USDT on TRON from java-tron nodes |
//! | [`utxo`] | Bitcoin and Litecoin from their nodes |
//! | [`vault`] | the seed, the data keys, account keys; the only holder of secrets |
#![cfg_attr(
    not(test),
    deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic)
)]

pub mod adapter;
pub mod address;
pub mod chain_name;
pub mod evm;
pub mod payment_uri;
pub mod provider;
pub mod simulated;
pub mod tron;
pub mod utxo;
pub mod vault;
