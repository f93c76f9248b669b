//! Blocks of a simulated chain, and their hashes.

use super::transaction::{Identity, Transaction};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use std::sync::Arc;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedBlock {
    /// Distance from the genesis block.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
    /// The block before it, all zero before the genesis block.
    pub parent: Hash32,
    /// Its time, Unix seconds.
    pub time_s: i64,
    /// Its transactions.
    pub transactions: Vec<Arc<Transaction>>,
}

impl SimulatedBlock {
    /// The block on `parent` (`None`: the genesis block). `branch` counts the reorganisations, so
    /// that a block that replaces another with the same content is another block.
    pub fn on(
        identity: &Identity,
        parent: Option<&SimulatedBlock>,
        branch: u64,
        time_s: i64,
        transactions: Vec<Arc<Transaction>>,
    ) -> SimulatedBlock {
        let height = parent.map_or(0, |parent| parent.height.saturating_add(1));
        let before = parent.map_or(Hash32([0; 32]), |parent| parent.hash);
        let mut bytes = [identity.salt, before.0].concat();
        bytes.extend_from_slice(&height.to_be_bytes());
        bytes.extend_from_slice(&branch.to_be_bytes());
        bytes.extend_from_slice(&time_s.to_be_bytes());
        transactions.iter().for_each(|transaction| bytes.extend_from_slice(&transaction.txid.0));
        let hash = block_hash(identity, height, &bytes);
        SimulatedBlock { height, hash, parent: before, time_s, transactions }
    }
}

/// On TRON the first eight bytes of a block's hash are its number.
fn block_hash(identity: &Identity, height: u64, bytes: &[u8]) -> Hash32 {
    let mut hash = identity.hash(bytes);
    if identity.network == Network::Trc20 {
        hash.iter_mut().zip(height.to_be_bytes()).for_each(|(place, byte)| *place = byte);
    }
    Hash32(hash)
}
