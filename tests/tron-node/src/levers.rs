//! The levers over HTTP: POST a JSON object to `/mine`, `/reorganise`, `/pay` …; the answer says
//! where the chain is then, and the id of what was paid. What went wrong is `{"error": …}`.

use crate::address::Address;
use crate::api::Answer;
use crate::chain::{Carry, Chain, Fork};
use crate::door::Shared;
use crate::fault::{Fault, Manner};
use crate::paying;
use crate::refusal::Refusal;
use crate::world::{self, Failing, LOOK_ALIKE, USDT};
use cryptopayment_test_support::wire::Request;
use serde_json::{Value, json};
use std::time::Duration;

/// How many blocks one pull may make.
const BLOCKS_MAX: u64 = 100_000;

/// What a pull answers: the id of what was paid, if anything was.
type Pulled = Result<Option<String>, String>;

/// Pulls the lever of a request.
pub fn pull(shared: &Shared, request: &Request) -> Answer {
    let body =
        if request.body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&request.body) };
    let Ok(asked) = body else { return Answer::json(&json!({"error": "no JSON"})) };
    let name = request.path.trim_matches('/');
    let pulled = match name {
        "break" => break_down(shared, &asked),
        "mend" => {
            shared.conduct.lock().faults.clear();
            Ok(None)
        }
        _ => on_chain(&mut shared.chain.lock(), name, &asked),
    };
    let chain = shared.chain.lock();
    Answer::json(&match pulled {
        Ok(txid) => json!({
            "head": chain.head().number, "solid": chain.solid(), "time": chain.head().time_ms,
            "txid": txid, "pool": chain.pool.len(), "genesis": hex::encode(chain.blocks[0].id),
            "token": USDT, "look_alike": LOOK_ALIKE, "batcher": world::BATCHER,
            "payer": world::payer().hex(),
        }),
        Err(error) => json!({ "error": error }),
    })
}

fn on_chain(chain: &mut Chain, name: &str, asked: &Value) -> Pulled {
    let paid = match name {
        "status" => return Ok(None),
        "mine" => return mine(chain, asked),
        "reorganise" => return reorganise(chain, asked),
        "fund" => return fund(chain, asked),
        "pay" => pay(chain, asked)?,
        "trx" => paying::trx(chain, address(asked, "to")?, number(asked, "sun")? as i64),
        "batch" => batch(chain, asked)?,
        _ => return Err(format!("there is no lever {name}")),
    };
    let sentence = |refusal: Refusal| format!("{}: {}", refusal.code(), refusal.message());
    paid.map(Some).map_err(sentence)
}

fn mine(chain: &mut Chain, asked: &Value) -> Pulled {
    let blocks = asked.get("blocks").map_or(Ok(1), |_| number(asked, "blocks"))?;
    for _ in 0..blocks.min(BLOCKS_MAX) {
        if asked.get("empty") == Some(&Value::Bool(true)) {
            chain.mine_empty();
        } else {
            chain.mine(number(asked, "missed").unwrap_or_default());
        }
    }
    Ok(None)
}

fn reorganise(chain: &mut Chain, asked: &Value) -> Pulled {
    let dropped = asked.get("dropped").and_then(Value::as_array).into_iter().flatten();
    let dropped = dropped.filter_map(|id| hex::decode(id.as_str()?).ok()?.try_into().ok());
    let carry = match asked.get("carry").and_then(Value::as_str).unwrap_or("wait") {
        "wait" => Carry::Wait,
        "first" => Carry::First,
        "reversed" => Carry::FirstReversed,
        "last" => Carry::Last,
        other => return Err(format!("carry is wait, first, reversed or last, not {other}")),
    };
    let blocks = number(asked, "blocks").ok();
    let fork = Fork { depth: number(asked, "depth")?, blocks, carry, dropped: dropped.collect() };
    chain.reorganise(&fork).map(|()| None)
}

fn fund(chain: &mut Chain, asked: &Value) -> Pulled {
    let (who, sun) = (address(asked, "address")?, number(asked, "sun")? as i64);
    chain.decree(|state| state.accounts.entry(who).or_default().balance += sun);
    Ok(None)
}

fn pay(chain: &mut Chain, asked: &Value) -> Result<Result<String, Refusal>, String> {
    let (to, units) = (address(asked, "to")?, u128::from(number(asked, "units")?));
    let failing = match asked.get("failing").and_then(Value::as_str) {
        None => None,
        Some("out_of_energy") => Some(Failing::OutOfEnergy),
        Some("revert") => Some(Failing::Revert),
        Some(other) => return Err(format!("failing is out_of_energy or revert, not {other}")),
    };
    if let Some(failing) = failing {
        return Ok(paying::failing(chain, to, units, failing));
    }
    let token = asked.get("token").and_then(Value::as_str).unwrap_or(USDT);
    Ok(paying::token(chain, token, to, units))
}

fn batch(chain: &mut Chain, asked: &Value) -> Result<Result<String, Refusal>, String> {
    let payments = asked.get("payments").and_then(Value::as_array).into_iter().flatten();
    let payments = payments
        .map(|one| Ok((address(one, "to")?, u128::from(number(one, "units")?))))
        .collect::<Result<Vec<_>, String>>()?;
    Ok(paying::batch(chain, USDT, &payments))
}

fn break_down(shared: &Shared, asked: &Value) -> Pulled {
    let value = number(asked, "value").unwrap_or_default();
    let manner = match asked.get("manner").and_then(Value::as_str).unwrap_or_default() {
        "status" => Manner::Status(u16::try_from(value).map_err(|_| "no status")?),
        "rate_limited" => Manner::RateLimited,
        "lite" => Manner::Lite,
        "disabled" => Manner::Disabled,
        "empty_list" => Manner::EmptyList,
        "empty_object" => Manner::EmptyObject,
        "cut_short" => Manner::CutShort,
        "without_last_info" => Manner::WithoutLastInfo,
        "of_block" => Manner::OfBlock(value),
        "behind" => Manner::Behind(value),
        "wavering" => Manner::Wavering(value),
        "slow" => Manner::Slow(Duration::from_millis(value)),
        "hang" => Manner::Hang,
        "reset" => Manner::Reset,
        "lost_reply" => Manner::LostReply,
        other => return Err(format!("there is no manner {other}")),
    };
    let on = asked.get("on").and_then(Value::as_str).unwrap_or_default().to_owned();
    let times = number(asked, "times").ok().and_then(|times| u32::try_from(times).ok());
    shared.conduct.lock().faults.push(Fault { on, manner, times });
    Ok(None)
}

fn number(asked: &Value, key: &str) -> Result<u64, String> {
    let value = asked.get(key).unwrap_or(&Value::Null);
    let of_text = || value.as_str().and_then(|text| text.parse().ok());
    value.as_u64().or_else(of_text).ok_or_else(|| format!("{key} is no number"))
}

fn address(asked: &Value, key: &str) -> Result<Address, String> {
    let text = asked.get(key).and_then(Value::as_str).unwrap_or_default();
    Address::of_text(text).ok_or_else(|| format!("{key} is no address"))
}
