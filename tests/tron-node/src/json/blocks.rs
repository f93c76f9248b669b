//! Blocks and their headers.

use super::{Look, Object, transactions};
use crate::block::{Block, VERSION};
use serde_json::Value;

/// A block with its transactions.
pub fn block(block: &Block, look: Look) -> Value {
    let pairs = block.transactions.iter().zip(&block.receipts);
    let transactions =
        pairs.map(|(tx, receipt)| transactions::transaction(tx, Some(receipt.outcome), look));
    let transactions = transactions.collect();
    head(block, look).list("transactions", transactions).end()
}

/// A block without them.
pub fn header(block: &Block, look: Look) -> Value {
    head(block, look).end()
}

fn head(block: &Block, look: Look) -> Object {
    let raw = Object::default()
        .number("number", block.number.cast_signed())
        .bytes("txTrieRoot", &block.root)
        .put("witness_address", look.address(block.producer))
        .bytes("parentHash", &block.parent)
        .number("version", VERSION)
        .number("timestamp", block.time_ms);
    let header =
        Object::default().put("raw_data", raw.end()).bytes("witness_signature", &block.signature);
    Object::default().put("blockID", hex::encode(block.id)).put("block_header", header.end())
}
