//! Contracts, and what constant calls of them come to.

use super::{Look, Object};
use crate::address::Address;
use crate::contract::{Called, Code, describe};
use crate::receipt::Outcome;
use serde_json::{Value, json};

/// A contract, as `getcontract` says it.
pub fn contract(address: Address, code: &Code, look: Look) -> Value {
    let name = match code {
        Code::Token(token) => token.name.as_str(),
        Code::Batcher => "Batcher",
    };
    Object::default()
        .put("origin_address", look.address(Address::of_evm(&[0x11; 20])))
        .put("contract_address", look.address(address))
        .put("abi", describe(code))
        .put("name", name)
        .put("consume_user_resource_percent", 100)
        .put("origin_energy_limit", 10_000_000)
        .put("code_hash", hex::encode([0xc0; 32]))
        .end()
}

/// What a constant call came to. Reverted, its `result` is true all the same.
pub fn constant_result(called: &Called, transaction: Value, look: Look) -> Value {
    let (output, reverted) = match &called.output {
        Ok(output) => (output, false),
        Err(output) => (output, true),
    };
    let message = reverted.then(|| look.text(Outcome::Revert.sentence()));
    let result = Object::default().put("result", true).put_some("message", message);
    let mut transaction = transaction;
    transaction["ret"] = if reverted { json!([{"ret": "FAILED"}]) } else { json!([{}]) };
    Object::default()
        .put("result", result.end())
        .number("energy_used", called.energy.total())
        .number("energy_penalty", called.energy.penalty)
        .put("constant_result", json!([hex::encode(output)]))
        .put("transaction", transaction)
        .end()
}
