//! Blocks, receipts and logs in Ethereum's shape. What TRON has not is filled with zeros.

use crate::block::Block;
use crate::contract::Log;
use crate::digest::Hash;
use crate::receipt::{Outcome, Receipt};
use crate::transaction::{Order, Transaction};
use serde_json::{Value, json};

/// `0x…` without leading zeros.
pub fn quantity(number: u64) -> Value {
    format!("0x{number:x}").into()
}

/// The same of a number that is never negative here.
pub fn signed(number: i64) -> Value {
    quantity(number.unsigned_abs())
}

/// `0x…`, every byte.
pub fn data(bytes: &[u8]) -> Value {
    format!("0x{}", hex::encode(bytes)).into()
}

/// The bytes of a text, with 0x before them or not.
pub fn bytes(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// A block, with its transactions whole or only their ids. Its time is in seconds.
pub fn block(block: &Block, whole: bool) -> Value {
    let (zeros, bloom) = (data(&[0; 32]), data(&[0; 256]));
    let transactions = (0..block.transactions.len()).map(|index| {
        if whole { transaction(block, index) } else { data(&block.transactions[index].id) }
    });
    let limits = block.transactions.iter().map(|one| one.raw.fee_limit).sum();
    let energy = block.receipts.iter().map(|one| one.energy_usage_total).sum();
    let size: usize = block.transactions.iter().map(|one| one.encode().len()).sum();
    json!({
        "number": quantity(block.number), "hash": data(&block.id),
        "parentHash": data(&block.parent), "nonce": data(&[0; 8]), "sha3Uncles": zeros,
        "logsBloom": bloom, "transactionsRoot": data(&block.root), "stateRoot": "0x",
        "receiptsRoot": zeros, "miner": data(block.producer.evm()), "difficulty": "0x0",
        "totalDifficulty": "0x0", "extraData": "0x", "size": quantity(size as u64),
        "gasLimit": signed(limits), "gasUsed": signed(energy),
        "timestamp": signed(block.time_ms / 1_000), "baseFeePerGas": "0x0", "mixHash": zeros,
        "transactions": transactions.collect::<Vec<_>>(), "uncles": [],
    })
}

fn transaction(block: &Block, index: usize) -> Value {
    let (tx, receipt) = (&block.transactions[index], &block.receipts[index]);
    let (from, to) = parties(tx);
    let (value, input) = match tx.order() {
        Ok(Order::Transfer(order)) => (order.amount, Vec::new()),
        Ok(Order::Trigger(order)) => (order.call_value, order.data),
        Err(_) => (0, Vec::new()),
    };
    json!({
        "hash": data(&tx.id), "nonce": data(&[0; 8]), "blockHash": data(&block.id),
        "blockNumber": quantity(block.number), "transactionIndex": quantity(index as u64),
        "from": from, "to": to, "value": signed(value), "input": data(&input),
        "gas": signed(receipt.energy_usage_total), "gasPrice": "0x64", "type": "0x0",
        "v": "0x1b", "r": data(&[0; 32]), "s": data(&[0; 32]),
    })
}

/// What became of a transaction of a block.
pub fn receipt(block: &Block, id: &Hash, price: i64) -> Option<Value> {
    let index = block.transactions.iter().position(|one| one.id == *id)?;
    let receipt = &block.receipts[index];
    let (from, to) = parties(&block.transactions[index]);
    let before: i64 = block.receipts[..=index].iter().map(|one| one.energy_usage_total).sum();
    let status = if receipt.outcome == Outcome::Success { "0x1" } else { "0x0" };
    let logs: Vec<_> = logs(block).filter(|(of, _)| of.id == *id).map(|(_, log)| log).collect();
    Some(json!({
        "transactionHash": data(id), "transactionIndex": quantity(index as u64),
        "blockHash": data(&block.id), "blockNumber": quantity(block.number),
        "from": from, "to": to, "cumulativeGasUsed": signed(before),
        "gasUsed": signed(receipt.energy_usage_total), "effectiveGasPrice": signed(price),
        "contractAddress": null, "logs": logs, "logsBloom": data(&[0; 256]),
        "status": status, "type": "0x0",
    }))
}

/// All logs of a block, numbered through it.
pub fn logs(block: &Block) -> impl Iterator<Item = (&Receipt, Value)> {
    let of_receipt = |(index, receipt)| {
        let receipt: &Receipt = receipt;
        receipt.logs.iter().map(move |log: &Log| (index, receipt, log))
    };
    let all = block.receipts.iter().enumerate().flat_map(of_receipt);
    all.enumerate().map(move |(number, (index, receipt, log)): (usize, (usize, _, _))| {
        let topics: Vec<_> = log.topics.iter().map(|topic| data(topic)).collect();
        let shape = json!({
            "address": data(log.address.evm()), "topics": topics, "data": data(&log.data),
            "blockNumber": quantity(block.number), "blockHash": data(&block.id),
            "transactionHash": data(&receipt.id), "transactionIndex": quantity(index as u64),
            "logIndex": quantity(number as u64), "removed": false,
        });
        (receipt, shape)
    })
}

/// Who ordered it, and whom or what it is for: the last twenty bytes.
fn parties(tx: &Transaction) -> (Value, Value) {
    let tail = |bytes: &[u8]| data(bytes.get(1..).unwrap_or_default());
    match tx.order() {
        Ok(Order::Transfer(order)) => (tail(&order.owner), tail(&order.to)),
        Ok(Order::Trigger(order)) => (tail(&order.owner), tail(&order.contract)),
        Err(_) => (Value::Null, Value::Null),
    }
}
