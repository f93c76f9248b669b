//! Transactions, and what became of them.

use super::{Look, Object};
use crate::block::Block;
use crate::contract::Log;
use crate::receipt::{Outcome, Receipt};
use crate::transaction::{Contract, Order, Transaction};
use serde_json::{Value, json};

/// A transaction; with what became of it where it is in a block or in the pool.
pub fn transaction(tx: &Transaction, outcome: Option<Outcome>, look: Look) -> Value {
    let ret = outcome.map(|outcome| json!([{"contractRet": outcome.name()}]));
    Object::default()
        .put_some("ret", ret)
        .list("signature", tx.signatures.iter().map(|one| hex::encode(one).into()).collect())
        .put("txID", hex::encode(tx.id))
        .put("raw_data", raw(tx, look))
        .put("raw_data_hex", hex::encode(&tx.raw_bytes))
        .end()
}

fn raw(tx: &Transaction, look: Look) -> Value {
    let raw = &tx.raw;
    let order = tx.order().ok();
    let contracts = raw.contracts.iter().map(|one| contract(one, order.as_ref(), look)).collect();
    let data = String::from_utf8(raw.data.clone()).ok().filter(|_| look.visible);
    Object::default()
        .list("contract", contracts)
        .bytes("ref_block_bytes", &raw.ref_block_bytes)
        .number("ref_block_num", raw.ref_block_num)
        .bytes("ref_block_hash", &raw.ref_block_hash)
        .number("expiration", raw.expiration_ms)
        .put_some("data", data.or_else(|| Some(hex::encode(&raw.data))).filter(|it| !it.is_empty()))
        .bytes("scripts", &raw.scripts)
        .number("timestamp", raw.timestamp_ms)
        .number("fee_limit", raw.fee_limit)
        .end()
}

fn contract(contract: &Contract, order: Option<&Order>, look: Look) -> Value {
    let (value, name) = match order {
        Some(Order::Transfer(order)) => {
            let value = Object::default()
                .number("amount", order.amount)
                .put("owner_address", look.address_bytes(&order.owner))
                .put("to_address", look.address_bytes(&order.to));
            (value, "TransferContract")
        }
        Some(Order::Trigger(order)) => {
            let value = Object::default()
                .bytes("data", &order.data)
                .number("token_id", order.token_id)
                .put("owner_address", look.address_bytes(&order.owner))
                .number("call_token_value", order.call_token_value)
                .put("contract_address", look.address_bytes(&order.contract))
                .number("call_value", order.call_value);
            (value, "TriggerSmartContract")
        }
        // Nothing else comes into pool or block.
        None => (Object::default(), ""),
    };
    Object::default()
        .put("parameter", json!({"value": value.end(), "type_url": contract.type_url}))
        .put("type", name)
        .number("Permission_id", contract.permission_id)
        .end()
}

/// `TransactionInfo`: only for what is in a block.
pub fn info(receipt: &Receipt, block: &Block, look: Look) -> Value {
    let called = receipt.contract.is_some();
    let failed = receipt.outcome != Outcome::Success;
    Object::default()
        .put("id", hex::encode(receipt.id))
        .number("fee", receipt.fee)
        .number("blockNumber", block.number.cast_signed())
        .number("blockTimeStamp", block.time_ms)
        .put("contractResult", json!([hex::encode(&receipt.output)]))
        .put_some("contract_address", receipt.contract.map(|contract| look.address(contract)))
        .put("receipt", bill(receipt, called))
        .put_some("result", failed.then_some("FAILED"))
        .put_some("resMessage", failed.then(|| look.text(receipt.outcome.sentence())))
        .list("log", receipt.logs.iter().map(|one| log(one, look)).collect())
        .end()
}

fn bill(receipt: &Receipt, called: bool) -> Value {
    Object::default()
        .number("energy_usage", receipt.energy_usage)
        .number("energy_fee", receipt.energy_fee)
        .number("energy_usage_total", receipt.energy_usage_total)
        .number("net_usage", receipt.net_usage)
        .number("net_fee", receipt.net_fee)
        .put_some("result", called.then(|| receipt.outcome.name()))
        .number("energy_penalty_total", receipt.energy_penalty_total)
        .end()
}

fn log(log: &Log, look: Look) -> Value {
    // Hidden, a log's address has no 0x41 before it: twenty bytes, as the machine knows it.
    let hidden = || hex::encode(log.address.evm());
    let address = if look.visible { log.address.base58() } else { hidden() };
    Object::default()
        .put("address", address)
        .list("topics", log.topics.iter().map(|topic| hex::encode(topic).into()).collect())
        .bytes("data", &log.data)
        .end()
}
