//! Blocks: their header's bytes, their id, what is in them.

use crate::Address;
use crate::digest::{Hash, merkle_root, sha256};
use crate::key::Key;
use crate::producers::Latest;
use crate::protobuf::Message;
use crate::receipt::Receipt;
use crate::state::State;
use crate::transaction::Transaction;
use std::sync::Arc;

/// The version of the protocol that blocks name.
pub const VERSION: i64 = 31;

/// One block of the chain.
pub struct Block {
    pub number: u64,
    pub time_ms: i64,
    pub slot: i64,
    pub producer: Address,
    pub parent: Hash,
    pub root: Hash,
    pub id: Hash,
    pub signature: Vec<u8>,
    pub transactions: Vec<Transaction>,
    /// One for each transaction, in the same order.
    pub receipts: Vec<Receipt>,
    /// The producers' newest blocks, this one among them.
    pub latest: Latest,
    /// The newest solid block once this is the head.
    pub solid: u64,
    /// What is known after it; given up when it is long solid.
    pub state: Option<Arc<State>>,
}

/// Where in time and whose a block is.
pub struct Place {
    pub number: u64,
    pub slot: i64,
    pub time_ms: i64,
    pub parent: Hash,
}

impl Block {
    /// Builds and signs the block.
    pub fn seal(
        place: Place,
        key: &Key,
        transactions: Vec<Transaction>,
        receipts: Vec<Receipt>,
        latest: Latest,
        solid: u64,
        state: Arc<State>,
    ) -> Self {
        let Place { number, slot, time_ms, parent } = place;
        let leaf = |(tx, receipt): (&Transaction, &Receipt)| {
            sha256(&tx.encode_with(receipt.outcome.number()))
        };
        let root = merkle_root(transactions.iter().zip(&receipts).map(leaf).collect());
        let producer = key.address();
        let header = Message::default()
            .number(1, time_ms)
            .bytes(2, &root)
            .bytes(3, &parent)
            .number(7, number.cast_signed())
            .bytes(9, producer.bytes())
            .number(10, VERSION)
            .end();
        let hash = sha256(&header);
        let mut id = hash;
        id[..8].copy_from_slice(&number.to_be_bytes());
        let signature = key.sign(&hash);
        Self {
            number,
            time_ms,
            slot,
            producer,
            parent,
            root,
            id,
            signature,
            transactions,
            receipts,
            latest,
            solid,
            state: Some(state),
        }
    }

    /// `Num:…,ID:…`, as nodes say it of themselves.
    pub fn label(&self) -> String {
        format!("Num:{},ID:{}", self.number, hex::encode(self.id))
    }
}
