//! `POST /jsonrpc`: the part of Ethereum's interface that TRON's nodes have, with their errors. The
//! status is always 200.

mod filter;
mod shapes;

use crate::address::Address;
use crate::api::{Answer, Setup};
use crate::block::Block;
use crate::chain::View;
use crate::execution;
use crate::parameters::ENERGY_FEE;
use serde_json::{Value, json};

/// An error: its code and its sentence.
pub struct Wrong(i64, String);

type Said = Result<Value, Wrong>;

fn invalid(why: &str) -> Wrong {
    Wrong(-32_602, why.to_owned())
}

/// Answers a request or several; `view` is of the head or, on the other port, of what is solid.
pub fn answer(view: &View<'_>, setup: &Setup, body: &[u8]) -> Answer {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(requests)) => {
            let answers = requests.iter().map(|request| one(view, setup, request));
            Answer::json(&Value::Array(answers.collect()))
        }
        Ok(request) => Answer::json(&one(view, setup, &request)),
        Err(_) => Answer::json(&error(&Value::Null, &Wrong(-32_700, "JSON parse error".into()))),
    }
}

fn one(view: &View<'_>, setup: &Setup, request: &Value) -> Value {
    let method = request["method"].as_str().unwrap_or_default();
    match call(view, setup, method, &request["params"]) {
        Ok(result) => json!({"jsonrpc": "2.0", "id": request["id"], "result": result}),
        Err(wrong) => error(&request["id"], &wrong),
    }
}

fn error(id: &Value, Wrong(code, message): &Wrong) -> Value {
    let error = json!({"code": code, "message": message, "data": "{}"});
    json!({"jsonrpc": "2.0", "id": id, "error": error})
}

fn call(view: &View<'_>, setup: &Setup, method: &str, params: &Value) -> Said {
    match method {
        "web3_clientVersion" => Ok(json!("TRON/v4.8.0/Linux/Java1.8/GreatVoyage")),
        // The end of the first block's id names the network.
        "eth_chainId" | "net_version" => {
            Ok(json!(format!("0x{}", hex::encode(&view.chain.blocks[0].id[28..]))))
        }
        "eth_blockNumber" => Ok(shapes::quantity(view.head().number)),
        "eth_syncing" => Ok(json!(false)),
        "eth_gasPrice" => Ok(shapes::signed(view.chain.parameters.get(ENERGY_FEE))),
        "eth_getBlockByNumber" => {
            let block = block_at(view, &params[0])?;
            Ok(block.map_or(Value::Null, |block| shapes::block(block, params[1] == true)))
        }
        "eth_getBlockByHash" => {
            let id = shapes::bytes(&params[0]).filter(|id| id.len() == 32);
            let id = id.ok_or_else(|| invalid("invalid hash value"))?;
            let block = view.block_of(&id);
            Ok(block.map_or(Value::Null, |block| shapes::block(block, params[1] == true)))
        }
        "eth_getTransactionReceipt" => receipt(view, &params[0]),
        "eth_getLogs" => filter::logs(view, setup, &params[0]),
        "eth_call" => constant(view, setup, params),
        "eth_getBalance" => {
            latest(&params[1])?;
            let account = view.state().accounts.get(&address(&params[0])?);
            Ok(shapes::signed(account.map_or(0, |account| account.balance)))
        }
        _ => {
            let why = format!("the method {method} does not exist/is not available");
            Err(Wrong(-32_601, why))
        }
    }
}

/// The block of a number or a tag.
fn block_at<'a>(view: &View<'a>, wanted: &Value) -> Result<Option<&'a Block>, Wrong> {
    Ok(view.block(number(view, wanted)?))
}

/// The number of a tag or a quantity.
fn number(view: &View<'_>, wanted: &Value) -> Result<i64, Wrong> {
    let text = wanted.as_str().unwrap_or_default();
    match text {
        "latest" => Ok(view.head().number.cast_signed()),
        "earliest" => Ok(0),
        "finalized" => Ok(view.solid().number.cast_signed()),
        "pending" => Err(invalid("TAG pending not supported")),
        _ => {
            let digits = text.strip_prefix("0x").ok_or_else(|| invalid("invalid block number"))?;
            i64::from_str_radix(digits, 16).map_err(|_| invalid("invalid block number"))
        }
    }
}

/// State is known at the head only.
fn latest(tag: &Value) -> Result<(), Wrong> {
    match tag.as_str().unwrap_or_default() {
        "latest" => Ok(()),
        "earliest" | "pending" | "finalized" => {
            Err(invalid("TAG [earliest | pending | finalized] not supported"))
        }
        _ => Err(invalid("QUANTITY not supported, just support TAG as latest")),
    }
}

/// Twenty bytes, or 21 that begin with 0x41.
fn address(value: &Value) -> Result<Address, Wrong> {
    let bytes = shapes::bytes(value).unwrap_or_default();
    match bytes.len() {
        20 => Ok(Address::of_evm(&bytes)),
        _ => Address::of_bytes(&bytes).ok_or_else(|| invalid("invalid address hash value")),
    }
}

fn receipt(view: &View<'_>, id: &Value) -> Said {
    let id = shapes::bytes(id).and_then(|id| <[u8; 32]>::try_from(id).ok());
    let id = id.ok_or_else(|| invalid("invalid hash value"))?;
    let block = view.transaction(&id).and_then(|found| found.block);
    let price = view.chain.parameters.get(ENERGY_FEE);
    let receipt = block.and_then(|block| shapes::receipt(block, &id, price));
    Ok(receipt.unwrap_or(Value::Null))
}

/// `eth_call`; it reads `data`, there is no `input`.
fn constant(view: &View<'_>, setup: &Setup, params: &Value) -> Said {
    if params[1].is_string() || params[1].is_null() {
        latest(&params[1])?;
    }
    if !setup.constant_calls {
        return Err(Wrong(-32_600, "this node does not support constant".to_owned()));
    }
    let (call, to) = (&params[0], address(&params[0]["to"])?);
    let from = address(&call["from"]).unwrap_or(Address::of_evm(&[0; 20]));
    let data = shapes::bytes(&call["data"]).unwrap_or_default();
    if !view.state().contracts.contains_key(&to) {
        return Err(Wrong(-32_600, "Smart contract is not exist.".to_owned()));
    }
    match execution::simulate(view.state(), from, to, &data).output {
        Ok(output) => Ok(shapes::data(&output)),
        Err(_) => Err(Wrong(-32_000, "REVERT opcode executed".to_owned())),
    }
}
