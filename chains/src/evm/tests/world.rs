//! A block of a little chain as an honest node tells it, in every way there is.

use super::*;

/// The height of the one block that has something in it.
pub const HEIGHT: u64 = 0x20;

/// A node's answers, to be changed before they are told.
#[derive(Clone)]
pub struct World {
    pub network: Network,
    pub block: Value,
    pub receipts: Value,
    pub logs: Value,
    pub tree: Value,
    pub list: Value,
    pub head: u64,
    /// Methods that the node does not have.
    pub lacks: Vec<&'static str>,
}

/// 32 bytes with this number at the end.
pub fn word(number: u128) -> String {
    format!("0x{number:064x}")
}

fn address(last: u8) -> String {
    format!("0x{last:040x}")
}

/// The hash of the block at `height`.
pub fn hash(height: u64) -> String {
    word(0xb10c_0000 + u128::from(height))
}

pub fn txid(place: usize) -> String {
    word(0x7a_0000 + place as u128)
}

fn log(number: u64, place: usize, contract: &str, to: u8, units: u128) -> Value {
    json!({"address": contract.to_lowercase(), "blockHash": hash(HEIGHT), "removed": false,
        "topics": [logs::TRANSFER, word(0xf0), word(u128::from(to))], "data": word(units),
        "transactionHash": txid(place), "transactionIndex": format!("{place:#x}"),
        "logIndex": format!("{number:#x}"), "blockNumber": format!("{HEIGHT:#x}"), "new": [1]})
}

impl World {
    /// Ethereum: an own transfer; three inside a contract; one that was taken back; a failure; a
    /// contract that ends. BSC: logs of the token and of its look-alike.
    pub fn of(network: Network) -> World {
        // place, whom it calls, wei, whether it succeeds
        let calls = [
            (0xaa, 7, true),
            (0xf0, 100, true),
            (0xf0, 5, true),
            (0xaa, 9, false),
            (0xf0, 0, true),
        ];
        let whole = |(place, (to, wei, _)): (usize, &(u8, u64, bool))| {
            json!({"hash": txid(place), "to": address(*to), "value": format!("{wei:#x}"),
                "type": "0x7f", "unknown": {"to": 1}})
        };
        let transactions: Vec<Value> = match network {
            Network::Eth => calls.iter().enumerate().map(whole).collect(),
            Network::Btc | Network::Ltc | Network::Trc20 | Network::Bep20 => {
                (0..calls.len()).map(|place| json!(txid(place))).collect()
            }
        };
        let block = json!({"number": format!("{HEIGHT:#x}"), "hash": hash(HEIGHT),
            "parentHash": hash(HEIGHT - 1), "timestamp": "0x6b032243",
            "logsBloom": format!("0x{}", "ff".repeat(256)), "transactions": transactions,
            "someFork": {"adds": [1, 2]}});
        let fake = "0x55d398326f99059ff775485246999027b3197956";
        let logs = [
            log(0, 0, TOKEN, 0xaa, 1_000_000_000_000_000_000),
            log(2, 1, TOKEN, 0xaa, 0),
            log(3, 1, TOKEN, 0xbb, 9_007_199_254_740_993),
            log(4, 1, fake, 0xaa, 77),
            log(5, 1, TOKEN, 0xaa, 3),
        ];
        let receipts: Vec<Value> = (0..calls.len())
            .map(|place| {
                let own = logs.iter().filter(|log| log["transactionHash"] == txid(place));
                json!({"transactionHash": txid(place), "blockHash": hash(HEIGHT),
                    "transactionIndex": format!("{place:#x}"), "contractAddress": null,
                    "status": if calls[place].2 { "0x1" } else { "0x0" },
                    "logs": own.collect::<Vec<_>>(), "blockTimestamp": 1_795_367_491})
            })
            .collect();
        let of_token = logs.iter().filter(|log| log["address"] == TOKEN.to_lowercase());
        World {
            network,
            block,
            receipts: json!(receipts),
            logs: of_token.cloned().collect(),
            tree: tree(),
            list: list(),
            head: HEIGHT,
            lacks: Vec::new(),
        }
    }

    /// A node that tells this world.
    pub async fn node(&self) -> StubNode {
        let world = self.clone();
        StubNode::answering(move |method, params| world.answer(method, params)).await
    }

    /// The answer to one call.
    pub fn answer(&self, method: &str, params: &Value) -> Value {
        if self.lacks.contains(&method) {
            return json!({"error": {"code": -32601, "message": "the method does not exist"}});
        }
        let result = match method {
            "eth_chainId" => json!(if self.network == Network::Eth { "0x1" } else { "0x38" }),
            "eth_call" => json!(word(18)),
            "eth_syncing" => json!(false),
            "eth_getBlockByNumber" => self.block_by(params[0].as_str().unwrap()),
            "eth_getBlockReceipts" => self.receipts.clone(),
            "eth_getTransactionReceipt" => {
                let all = self.receipts.as_array().unwrap().iter();
                all.clone().find(|one| one["transactionHash"] == params[0]).cloned().into()
            }
            "eth_getLogs" => self.logs.clone(),
            "debug_traceBlockByHash" => self.tree.clone(),
            "trace_block" => self.list.clone(),
            other => panic!("{other} is asked of no node"),
        };
        json!({ "result": result })
    }

    fn block_by(&self, name: &str) -> Value {
        let height = match name {
            "latest" => self.head,
            _ => u64::from_str_radix(&name[2..], 16).unwrap(),
        };
        match height {
            HEIGHT => self.block.clone(),
            height if height > self.head => Value::Null,
            height => json!({"number": format!("{height:#x}"), "hash": hash(height),
                "parentHash": hash(height - 1), "timestamp": "0x1", "transactions": [],
                "logsBloom": format!("0x{}", "00".repeat(256))}),
        }
    }
}

/// What `debug_traceBlockByHash` says of the block, in the words of geth's callTracer.
fn tree() -> Value {
    let call = |kind: &str, to: u8, wei: u64, more: Value| {
        let mut call = json!({"type": kind, "from": address(0xf0), "to": address(to),
            "value": format!("{wei:#x}"), "gas": "0x1", "input": "0x"});
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    let none = || json!({});
    let inner = json!({"calls": [
        call("STATICCALL", 0x01, 0, none()),
        call("CALL", 0xaa, 10, none()),
        call("DELEGATECALL", 0xcc, 100, json!({"calls": [call("CALL", 0xbb, 20, none())]})),
        call("CALL", 0xcc, 4, json!({"error": "execution reverted",
            "calls": [call("CALL", 0xaa, 4, none())]})),
        call("CALL", 0xaa, 70, none()),
    ]});
    let failed = json!({"error": "out of gas", "calls": [call("CALL", 0xaa, 9, none())]});
    let taken_back = json!({"calls": [
        call("CALL", 0xaa, 5, json!({"error": "insufficient balance for transfer"}))]});
    let ended = json!({"calls": [call("SELFDESTRUCT", 0xbb, 0x6b, none())]});
    json!([
        {"txHash": txid(0), "result": call("CALL", 0xaa, 7, none())},
        {"txHash": txid(1), "result": call("CALL", 0xf0, 100, inner)},
        {"txHash": txid(2), "result": call("CALL", 0xf0, 5, taken_back)},
        {"txHash": txid(3), "result": call("CALL", 0xaa, 9, failed)},
        {"txHash": txid(4), "result": call("CALL", 0xf0, 0, ended)},
    ])
}

/// The same as `trace_block` says it: no step for the precompiled contract, and in no order.
fn list() -> Value {
    let step = |place: usize, at: &[u32], kind: &str, to: u8, wei: u64, error: Option<&str>| {
        json!({"action": {"callType": kind, "to": address(to), "value": format!("{wei:#x}"),
                "from": address(0xf0), "gas": "0x1", "input": "0x"},
            "blockHash": hash(HEIGHT), "blockNumber": HEIGHT, "error": error, "subtraces": 0,
            "result": null, "traceAddress": at, "transactionHash": txid(place),
            "transactionPosition": place, "type": "call"})
    };
    let mut ended = step(4, &[0], "call", 0, 0, None);
    ended["type"] = json!("suicide");
    ended["action"] = json!({"address": address(0xf0), "refundAddress": address(0xbb),
        "balance": "0x6b"});
    let reverted = Some("Reverted");
    json!([
        {"action": {"author": address(9), "value": "0x1", "rewardType": "block"}, "type": "reward",
            "blockHash": hash(HEIGHT), "blockNumber": HEIGHT, "result": null, "subtraces": 0,
            "traceAddress": [], "transactionHash": null, "transactionPosition": null},
        step(1, &[3], "call", 0xaa, 70, None),
        step(1, &[], "call", 0xf0, 100, None),
        step(0, &[], "call", 0xaa, 7, None),
        step(1, &[2], "call", 0xcc, 4, reverted),
        step(1, &[2, 0], "call", 0xaa, 4, None),
        step(1, &[0], "call", 0xaa, 10, None),
        step(1, &[1, 0], "call", 0xbb, 20, None),
        step(1, &[1], "delegatecall", 0xcc, 100, None),
        step(2, &[], "call", 0xf0, 5, None),
        step(2, &[0], "call", 0xaa, 5, Some("OutOfFunds")),
        step(3, &[], "call", 0xaa, 9, Some("Out of gas")),
        step(3, &[0], "call", 0xaa, 9, None),
        step(4, &[], "call", 0xf0, 0, None),
        ended,
    ])
}
