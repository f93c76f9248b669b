//! Blocks.

use super::{Answer, Asked};
use crate::block::Block;
use crate::chain::View;
use crate::json;
use serde_json::{Value, json};

/// How many blocks one answer may hold.
const RANGE_MAX: i64 = 100;

pub fn now(view: &View<'_>, asked: &Asked) -> Answer {
    Answer::json(&json::block(view.head(), asked.look))
}

pub fn by_number(view: &View<'_>, asked: &Asked) -> Answer {
    match asked.number("num") {
        Ok(number) => whole(view.block(number), asked),
        Err(answer) => answer,
    }
}

pub fn by_id(view: &View<'_>, asked: &Asked) -> Answer {
    match asked.id("value") {
        Ok(id) => whole(id.and_then(|id| view.block_of(&id)), asked),
        Err(answer) => answer,
    }
}

fn whole(block: Option<&Block>, asked: &Asked) -> Answer {
    Answer::some(block.map(|block| json::block(block, asked.look)))
}

/// By number or id, the head without either; only the header unless details are wanted.
pub fn by_either(view: &View<'_>, asked: &Asked) -> Answer {
    let wanted = asked.body.get("id_or_num");
    let wanted = wanted.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    let block = match wanted.as_deref().filter(|wanted| !wanted.is_empty()) {
        None => Some(view.head()),
        Some(wanted) => match wanted.parse::<i64>() {
            Ok(number) => view.block(number),
            Err(_) => match hex::decode(wanted).ok().filter(|id| id.len() == 32) {
                Some(id) => view.block_of(&id),
                None => return Answer::json(&json!({"Error": "id must be legal block hash."})),
            },
        },
    };
    if asked.wants("detail") {
        return whole(block, asked);
    }
    Answer::some(block.map(|block| json::header(block, asked.look)))
}

pub fn range(view: &View<'_>, asked: &Asked) -> Answer {
    let (start, end) = match (asked.number("startNum"), asked.number("endNum")) {
        (Ok(start), Ok(end)) => (start, end),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    if start < 0 || end <= start || end - start > RANGE_MAX {
        return Answer::none();
    }
    let blocks = (start..end).filter_map(|number| view.block(number));
    let blocks: Vec<Value> = blocks.map(|block| json::block(block, asked.look)).collect();
    if blocks.is_empty() { Answer::none() } else { Answer::json(&json!({"block": blocks})) }
}
