//! `eth_getLogs`, with its limits, and with its hole: what is asked for by address or topic is
//! found by an index that only knows the blocks since JSON-RPC was switched on.

use super::{Said, Wrong, invalid, number, shapes};
use crate::api::Setup;
use crate::block::Block;
use crate::chain::View;
use serde_json::Value;

/// How many blocks one question may span.
const RANGE_MAX: i64 = 5_000;
/// How many logs one answer may hold.
const LOGS_MAX: usize = 10_000;
/// How many topics a log has.
const TOPICS_MAX: usize = 4;

pub fn logs(view: &View<'_>, setup: &Setup, filter: &Value) -> Said {
    let addresses = alternatives(&filter["address"]);
    if addresses.iter().any(|one| shapes::bytes(one).is_none_or(|bytes| bytes.len() != 20)) {
        return Err(invalid("invalid address hash value"));
    }
    let topics = filter["topics"].as_array().cloned().unwrap_or_default();
    if topics.len() > TOPICS_MAX {
        return Err(invalid("topics size should be <= 4"));
    }
    let indexed = !addresses.is_empty() || topics.iter().any(|topic| !topic.is_null());
    let mut found = Vec::new();
    for block in blocks(view, filter)? {
        if indexed && block.number < setup.logs_indexed_from {
            continue;
        }
        found.extend(shapes::logs(block).map(|(_, log)| log).filter(|log| {
            let place = |(index, wanted): (usize, &Value)| fits(wanted, &log["topics"][index]);
            let wanted = Value::Array(addresses.clone());
            (addresses.is_empty() || fits(&wanted, &log["address"]))
                && topics.iter().enumerate().all(place)
        }));
        if found.len() > LOGS_MAX {
            return Err(Wrong(-32_005, "query returned more than 10000 results".to_owned()));
        }
    }
    Ok(Value::Array(found))
}

/// The blocks asked about. Beyond the head there are none, and that is no error.
fn blocks<'a>(view: &View<'a>, filter: &Value) -> Result<Vec<&'a Block>, Wrong> {
    if let Some(id) = shapes::bytes(&filter["blockHash"]) {
        if !filter["fromBlock"].is_null() || !filter["toBlock"].is_null() {
            return Err(invalid("cannot specify both BlockHash and FromBlock/ToBlock"));
        }
        return Ok(view.block_of(&id).into_iter().collect());
    }
    let head = view.head().number.cast_signed();
    let end = |key: &str| {
        if filter[key].is_null() { Ok(head) } else { number(view, &filter[key]) }
    };
    let (from, to) = (end("fromBlock")?, end("toBlock")?.min(head));
    if to - from > RANGE_MAX {
        return Err(invalid(&format!("exceed max block range: {RANGE_MAX}")));
    }
    Ok((from..=to).filter_map(|number| view.block(number)).collect())
}

fn alternatives(wanted: &Value) -> Vec<Value> {
    match wanted {
        Value::Null => Vec::new(),
        Value::Array(all) => all.clone(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![wanted.clone()]
        }
    }
}

/// Whether what a log has is what is wanted, or one of them; nothing wanted is anything.
fn fits(wanted: &Value, has: &Value) -> bool {
    let (wanted, has) = (alternatives(wanted), shapes::bytes(has));
    wanted.is_empty() || has.is_some() && wanted.iter().any(|one| shapes::bytes(one) == has)
}
