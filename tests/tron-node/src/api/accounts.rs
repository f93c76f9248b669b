//! Accounts, contracts, and what the node says of the chain and of itself.

use super::{Answer, Asked};
use crate::address::Address;
use crate::chain::View;
use crate::contract::Code;
use crate::json::{self, Object};
use crate::state::FREE_NET_LIMIT;
use serde_json::{Value, json};

/// What the whole network has, to divide among those who stake; as mainnet is.
const TOTAL_NET_LIMIT: i64 = 43_200_000_000;
const TOTAL_NET_WEIGHT: i64 = 26_529_713_914;
const TOTAL_ENERGY_LIMIT: i64 = 180_000_000_000;
const TOTAL_ENERGY_WEIGHT: i64 = 19_207_000_000;

/// Which node this pretends to be.
const CODE_VERSION: &str = "4.8.0";

pub fn account(view: &View<'_>, asked: &Asked) -> Answer {
    let address = match asked.address("address") {
        Ok(Some(address)) => address,
        Ok(None) => return Answer::none(),
        Err(answer) => return answer,
    };
    if let Some(account) = view.state().accounts.get(&address) {
        return Answer::json(&json::account(address, account, asked.look));
    }
    let code = view.state().contracts.get(&address);
    Answer::some(code.map(|_| {
        Object::default().put("type", "Contract").put("address", asked.look.address(address)).end()
    }))
}

pub fn resource(view: &View<'_>, asked: &Asked) -> Answer {
    let address = match asked.address("address") {
        Ok(Some(address)) => address,
        Ok(None) => return Answer::none(),
        Err(answer) => return answer,
    };
    let slot = view.head().slot;
    Answer::some(view.state().accounts.get(&address).map(|account| {
        Object::default()
            .number("freeNetUsed", account.free_net.used_at(slot))
            .number("freeNetLimit", FREE_NET_LIMIT)
            .number("NetUsed", account.net.used_at(slot))
            .number("NetLimit", account.net_limit)
            .number("TotalNetLimit", TOTAL_NET_LIMIT)
            .number("TotalNetWeight", TOTAL_NET_WEIGHT)
            .number("EnergyUsed", account.energy.used_at(slot))
            .number("EnergyLimit", account.energy_limit)
            .number("TotalEnergyLimit", TOTAL_ENERGY_LIMIT)
            .number("TotalEnergyWeight", TOTAL_ENERGY_WEIGHT)
            .end()
    }))
}

pub fn parameters(view: &View<'_>) -> Answer {
    let all = view.chain.parameters.all();
    let all = all.map(|(key, value)| {
        Object::default().put("key", key.as_str()).number("value", *value).end()
    });
    Answer::json(&json!({"chainParameter": all.collect::<Vec<Value>>()}))
}

pub fn energy_prices(view: &View<'_>) -> Answer {
    let prices = &view.chain.parameters.energy_prices;
    let prices: Vec<_> = prices.iter().map(|(since, price)| format!("{since}:{price}")).collect();
    Answer::json(&json!({"prices": prices.join(",")}))
}

pub fn contract(view: &View<'_>, asked: &Asked) -> Answer {
    let address = match asked.address("value") {
        Ok(address) => address,
        Err(answer) => return answer,
    };
    let found = address.and_then(|at| Some((at, view.state().contracts.get(&at)?)));
    Answer::some(found.map(|(at, code): (Address, &Code)| json::contract(at, code, asked.look)))
}

pub fn node_info(view: &View<'_>) -> Answer {
    Answer::json(&json!({
        "beginSyncNum": view.solid().number,
        "block": view.head().label(),
        "solidityBlock": view.solid().label(),
        "currentConnectCount": 3,
        "activeConnectCount": 3,
        "passiveConnectCount": 0,
        "totalFlow": 0,
        "peerList": [],
        "configNodeInfo": {"codeVersion": CODE_VERSION, "p2pVersion": "11111"},
        "machineInfo": {"threadCount": 1},
    }))
}

/// Base58 or hex, and what it is.
pub fn validate(asked: &Asked) -> Answer {
    let text = asked.text("address");
    let (result, message) = match (Address::of_base58(text), hex::decode(text)) {
        (Some(_), _) => (true, "Base58check format"),
        (None, Ok(bytes)) if Address::of_bytes(&bytes).is_some() => (true, "Hex string format"),
        (None, Ok(_)) => (false, "Length error"),
        (None, Err(_)) => (false, "Invalid address"),
    };
    Answer::json(&json!({"result": result, "message": message}))
}

/// The producers, and how many blocks are theirs.
pub fn witnesses(view: &View<'_>, asked: &Asked) -> Answer {
    let witness = |producer: usize| {
        Object::default()
            .put("address", asked.look.address(view.chain.producers.key(producer).address()))
            .number("latestBlockNum", view.head().latest[producer].cast_signed())
            .put("isJobs", true)
            .end()
    };
    let all: Vec<Value> = (0..crate::producers::COUNT).map(witness).collect();
    Answer::json(&json!({"witnesses": all}))
}
