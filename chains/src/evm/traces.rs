//! Ether that moves inside contracts: what a node tells when it runs a block's transactions again.
//!
//! Two dialects. `debug_traceBlockByHash` with the `callTracer` (geth, reth, Erigon, BSC) tells each
//! transaction's calls as a tree; `trace_block` (Erigon, reth, Nethermind) all calls of the block in
//! a list. They disagree about calls that move nothing (precompiled contracts above all), so a
//! movement's number counts **the movements of its transaction that took effect**, in the order in
//! which the calls began: that is the same by either. Number 0 is the transaction's own transfer.

use super::asset::Bytes20;
use super::block::Header;
use super::read;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Ether that reached an address by a call, a creation or the end of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Movement {
    pub(super) to: Bytes20,
    pub(super) units: u128,
}

/// What was seen of one transaction: whether it took effect, and its inner movements that did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) failed: bool,
    pub(super) movements: Vec<Movement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldRun<'a> {
    #[serde(borrow)]
    tx_hash: Option<Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// One call. Its own calls are kept as text until their turn: contracts nest up to 1,024 deep, and
/// whoever reads that by recursion can be made to fall.
#[derive(Deserialize)]
struct ToldCall<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error: Option<Cow<'a, str>>,
    #[serde(borrow)]
    calls: Option<Vec<&'a RawValue>>,
}

/// The answer to `debug_traceBlockByHash` for the block of this header.
pub(super) fn by_call_tracer(header: &Header, json: &str) -> Result<Vec<Run>, String> {
    let said = |error: String| format!("traces of block {}: {error}", header.at.height);
    let told: Vec<ToldRun<'_>> =
        serde_json::from_str(json).map_err(|error| said(error.to_string()))?;
    if told.len() != header.transactions.len() {
        let (sent, wanted) = (told.len(), header.transactions.len());
        return Err(said(format!("of {wanted} transactions it sent {sent}")));
    }
    let runs = told.iter().zip(&header.transactions).map(|(told, own)| {
        // Older nodes name no transaction; then the order has to do.
        let named = told.tx_hash.as_deref().map(read::hash).transpose()?;
        if named.is_some_and(|txid| txid != own.txid) {
            return Err(format!("another transaction in the place of {}", own.txid));
        }
        match (told.result, told.error) {
            (Some(result), _) => run(result.get()),
            (None, Some(error)) => Err(format!("{} was not traced: {}", own.txid, error.get())),
            (None, None) => Err(format!("{} has no trace", own.txid)),
        }
    });
    runs.collect::<Result<_, _>>().map_err(said)
}

fn run(json: &str) -> Result<Run, String> {
    let call = |json| {
        serde_json::from_str::<ToldCall<'_>>(json).map_err(|error| format!("a call: {error}"))
    };
    let own = call(json)?;
    let mut run = Run { failed: own.error.is_some(), movements: Vec::new() };
    if run.failed {
        return Ok(run);
    }
    // The next call is the last of the list: of each call its own come before its neighbours.
    let mut waiting = own.calls.unwrap_or_default();
    waiting.reverse();
    while let Some(next) = waiting.pop() {
        let told = call(next.get())?;
        // What fails takes everything with it that was done inside it.
        if told.error.is_some() {
            continue;
        }
        run.movements.extend(movement(&told)?);
        waiting.extend(told.calls.unwrap_or_default().into_iter().rev());
    }
    Ok(run)
}

fn movement(told: &ToldCall<'_>) -> Result<Option<Movement>, String> {
    let units = told.value.as_deref().map_or(Ok(0), read::quantity)?;
    if units == 0 {
        return Ok(None);
    }
    let moves = match told.kind.as_ref() {
        "CALL" | "CREATE" | "CREATE2" | "SELFDESTRUCT" => true,
        // They run another's code with what the caller has; the value they name stays where it is.
        "DELEGATECALL" | "CALLCODE" | "STATICCALL" => false,
        other => return Err(format!("a call of the unknown kind {other:?} moves ether")),
    };
    let to = told.to.as_deref().ok_or("a call moves ether to nobody")?;
    Ok(if moves { Some(Movement { to: read::address(to)?, units }) } else { None })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldStep<'a> {
    #[serde(borrow)]
    action: ToldAction<'a>,
    #[serde(borrow)]
    block_hash: Cow<'a, str>,
    #[serde(borrow)]
    result: Option<ToldResult<'a>>,
    #[serde(borrow)]
    error: Option<Cow<'a, str>>,
    trace_address: Vec<u32>,
    /// Absent from block rewards.
    #[serde(borrow)]
    transaction_hash: Option<Cow<'a, str>>,
    transaction_position: Option<usize>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldAction<'a> {
    #[serde(borrow)]
    call_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    refund_address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    balance: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ToldResult<'a> {
    /// Of a contract that was made.
    #[serde(borrow)]
    address: Option<Cow<'a, str>>,
}

/// The answer to `trace_block` for the block of this header.
pub(super) fn by_list(header: &Header, json: &str) -> Result<Vec<Run>, String> {
    let said = |error: String| format!("traces of block {}: {error}", header.at.height);
    let told: Option<Vec<ToldStep<'_>>> =
        serde_json::from_str(json).map_err(|error| said(error.to_string()))?;
    let told = told.ok_or_else(|| said("it has none".to_owned()))?;
    let mut steps = Vec::with_capacity(told.len());
    for step in &told {
        if let Some(place) = place(header, step).map_err(said)? {
            steps.push((place, step));
        }
    }
    // By transaction, then in the order in which the calls began, as the addresses of a tree sort.
    steps.sort_by(|(one, first), (other, second)| {
        one.cmp(other).then_with(|| first.trace_address.cmp(&second.trace_address))
    });
    let mut runs: Vec<Option<Run>> = vec![None; header.transactions.len()];
    let mut fallen: Option<(usize, &[u32])> = None;
    for (place, step) in steps {
        let address = step.trace_address.as_slice();
        let of = runs.get_mut(place).ok_or_else(|| said("a step of no transaction".to_owned()))?;
        if address.is_empty() {
            if of.is_some() {
                return Err(said("a transaction twice".to_owned()));
            }
            *of = Some(Run::default());
        }
        let run = of.as_mut().ok_or_else(|| said("calls of nobody's".to_owned()))?;
        if fallen.is_some_and(|(fell, root)| fell == place && address.starts_with(root)) {
            continue;
        }
        match &step.error {
            Some(_) => {
                run.failed |= address.is_empty();
                fallen = Some((place, address));
            }
            None if address.is_empty() => {}
            None => run.movements.extend(step_movement(step).map_err(said)?),
        }
    }
    let traced = runs.iter().filter(|run| run.is_some()).count();
    let wanted = runs.len();
    let whole: Option<Vec<Run>> = runs.into_iter().collect();
    whole.ok_or_else(|| said(format!("of {wanted} transactions it sent {traced}")))
}

/// The place in the block of the transaction that the step belongs to; none for a reward.
fn place(header: &Header, step: &ToldStep<'_>) -> Result<Option<usize>, String> {
    let block = read::hash(&step.block_hash)?;
    if block != header.at.hash {
        return Err(format!("the block is {}, a step is of {block}", header.at.hash));
    }
    let (txid, place) = match (&step.transaction_hash, step.transaction_position) {
        (None, None) if step.kind == "reward" => return Ok(None),
        (Some(txid), Some(place)) => (read::hash(txid)?, place),
        (Some(_), None) | (None, Some(_) | None) => return Err("a step of nobody's".to_owned()),
    };
    match header.transactions.get(place) {
        Some(own) if own.txid == txid => Ok(Some(place)),
        Some(_) | None => Err(format!("there is no transaction {txid} at place {place}")),
    }
}

fn step_movement(step: &ToldStep<'_>) -> Result<Option<Movement>, String> {
    let ToldAction { call_type, to, value, refund_address, balance } = &step.action;
    let made = step.result.as_ref().and_then(|result| result.address.as_ref());
    let (to, units) = match step.kind.as_ref() {
        "call" => match call_type.as_deref() {
            Some("call") | None => (to.as_ref(), value),
            // As above: nothing moves.
            Some("delegatecall" | "callcode" | "staticcall") => return Ok(None),
            Some(other) => return Err(format!("a call of the unknown kind {other:?}")),
        },
        "create" => (made, value),
        "suicide" | "selfdestruct" => (refund_address.as_ref(), balance),
        "reward" => return Ok(None),
        other => return Err(format!("a step of the unknown kind {other:?}")),
    };
    let units = units.as_deref().map_or(Ok(0), read::quantity)?;
    if units == 0 {
        return Ok(None);
    }
    let to = to.ok_or("a call moves ether to nobody")?;
    Ok(Some(Movement { to: read::address(to)?, units }))
}
