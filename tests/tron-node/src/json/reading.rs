//! Reads a transaction from JSON, as `broadcasttransaction` does: packed anew from `raw_data`;
//! `raw_data_hex` and `txID` are not looked at.

use super::Look;
use crate::address::Address;
use crate::transaction::{Contract, Order, Raw, Transaction, Transfer, Trigger};
use serde_json::Value;

/// JSON that says no transaction, and why.
#[derive(Debug)]
pub struct NotATransaction(pub String);

type Read<T> = Result<T, NotATransaction>;

/// The transaction that `json` says.
pub fn read_transaction(json: &Value, look: Look) -> Read<Transaction> {
    let raw = json.get("raw_data").ok_or_else(|| wrong("raw_data is not there"))?;
    let contracts = raw.get("contract").and_then(Value::as_array);
    let contracts = contracts.into_iter().flatten().map(|one| contract(one, look));
    let raw = Raw {
        ref_block_bytes: bytes(raw, "ref_block_bytes")?,
        ref_block_num: number(raw, "ref_block_num")?,
        ref_block_hash: bytes(raw, "ref_block_hash")?,
        expiration_ms: number(raw, "expiration")?,
        data: memo(raw, look)?,
        contracts: contracts.collect::<Read<_>>()?,
        scripts: bytes(raw, "scripts")?,
        timestamp_ms: number(raw, "timestamp")?,
        fee_limit: number(raw, "fee_limit")?,
        ..Raw::default()
    };
    let signatures = json.get("signature").and_then(Value::as_array);
    let signatures = signatures.into_iter().flatten().map(|one| {
        hex::decode(one.as_str().unwrap_or_default()).map_err(|_| wrong("signature is no hex"))
    });
    Ok(Transaction::new(raw, signatures.collect::<Read<_>>()?))
}

fn contract(json: &Value, look: Look) -> Read<Contract> {
    let value = json.pointer("/parameter/value").unwrap_or(&Value::Null);
    let order = match json.get("type").and_then(Value::as_str).unwrap_or_default() {
        "TransferContract" => Order::Transfer(Transfer {
            owner: address(value, "owner_address", look)?,
            to: address(value, "to_address", look)?,
            amount: number(value, "amount")?,
        }),
        "TriggerSmartContract" => Order::Trigger(Trigger {
            owner: address(value, "owner_address", look)?,
            contract: address(value, "contract_address", look)?,
            call_value: number(value, "call_value")?,
            data: bytes(value, "data")?,
            call_token_value: number(value, "call_token_value")?,
            token_id: number(value, "token_id")?,
        }),
        other => return Err(wrong(&format!("this node runs no contract of type {other}"))),
    };
    let permission_id = number(json, "Permission_id")?;
    Ok(Contract { permission_id, ..Contract::of(&order) })
}

fn memo(raw: &Value, look: Look) -> Read<Vec<u8>> {
    if look.visible {
        let text = raw.get("data").and_then(Value::as_str).unwrap_or_default();
        return Ok(text.as_bytes().to_vec());
    }
    bytes(raw, "data")
}

fn number(json: &Value, key: &str) -> Read<i64> {
    let Some(value) = json.get(key) else { return Ok(0) };
    let of_text = || value.as_str().and_then(|text| text.parse().ok());
    value.as_i64().or_else(of_text).ok_or_else(|| wrong(&format!("{key} is no number")))
}

fn bytes(json: &Value, key: &str) -> Read<Vec<u8>> {
    let text = json.get(key).and_then(Value::as_str).unwrap_or_default();
    hex::decode(text.trim_start_matches("0x")).map_err(|_| wrong(&format!("{key} is no hex")))
}

fn address(json: &Value, key: &str, look: Look) -> Read<Vec<u8>> {
    let text = json.get(key).and_then(Value::as_str).unwrap_or_default();
    if look.visible {
        let address = Address::of_base58(text).map(|address| address.bytes().to_vec());
        return address.ok_or_else(|| wrong(&format!("{key} is no address")));
    }
    hex::decode(text).map_err(|_| wrong(&format!("{key} is no hex")))
}

fn wrong(what: &str) -> NotATransaction {
    NotATransaction(what.to_owned())
}
