//! Contract calls: asked for without a transaction, estimated, or built into one.

use super::building::{unsigned, unsigned_json};
use super::{Answer, Asked, Setup};
use crate::address::Address;
use crate::chain::View;
use crate::contract::{Called, call_data};
use crate::execution;
use crate::json::{self, Look};
use crate::receipt::Outcome;
use crate::refusal::Refusal;
use crate::transaction::{Order, Trigger};
use serde_json::json;

/// Who calls what, and with what.
struct Call {
    owner: Address,
    contract: Address,
    data: Vec<u8>,
}

/// `triggerconstantcontract`
pub fn constant(view: &View<'_>, asked: &Asked, setup: &Setup) -> Answer {
    if !setup.constant_calls {
        return refused("this node does not support constant", asked.look);
    }
    match simulated(view, asked) {
        Ok((call, called)) => {
            let order = Order::call(call.owner, call.contract, call.data);
            let transaction = unsigned_json(&unsigned(view, &order, 0, 0), asked.look);
            Answer::json(&json::constant_result(&called, transaction, asked.look))
        }
        Err(answer) => answer,
    }
}

/// `estimateenergy`
pub fn estimate(view: &View<'_>, asked: &Asked, setup: &Setup) -> Answer {
    if !setup.constant_calls || !setup.energy_estimates {
        return refused("this node does not support estimate energy", asked.look);
    }
    match simulated(view, asked) {
        Ok((_, Called { output: Ok(_), energy, .. })) => {
            Answer::json(&json!({"result": {"result": true}, "energy_required": energy.total()}))
        }
        Ok((_, _)) => {
            let message = asked.look.text(Outcome::Revert.sentence());
            Answer::json(&json!({"result": {"code": "CONTRACT_EXE_ERROR", "message": message}}))
        }
        Err(answer) => answer,
    }
}

fn simulated(view: &View<'_>, asked: &Asked) -> Result<(Call, Called), Answer> {
    let call = read(asked)?;
    let state = view.state();
    if !state.contracts.contains_key(&call.contract) {
        return Err(refused("Smart contract is not exist.", asked.look));
    }
    let called = execution::simulate(state, call.owner, call.contract, &call.data);
    Ok((call, called))
}

/// `triggersmartcontract`
pub fn trigger(view: &View<'_>, asked: &Asked) -> Answer {
    let call = match read(asked) {
        Ok(call) => call,
        Err(answer) => return answer,
    };
    if !view.state().contracts.contains_key(&call.contract) {
        return refused("No contract or not a smart contract", asked.look);
    }
    let amounts =
        (asked.number("fee_limit"), asked.number("call_value"), asked.number("Permission_id"));
    let (fee_limit, call_value, permission_id) = match amounts {
        (Ok(fee_limit), Ok(call_value), Ok(permission_id)) => {
            (fee_limit, call_value, permission_id)
        }
        (Err(answer), _, _) | (_, Err(answer), _) | (_, _, Err(answer)) => return answer,
    };
    let order = Order::Trigger(Trigger {
        owner: call.owner.bytes().to_vec(),
        contract: call.contract.bytes().to_vec(),
        call_value,
        data: call.data,
        ..Trigger::default()
    });
    let transaction = unsigned(view, &order, fee_limit, permission_id);
    let transaction = unsigned_json(&transaction, asked.look);
    Answer::json(&json!({"result": {"result": true}, "transaction": transaction}))
}

fn read(asked: &Asked) -> Result<Call, Answer> {
    let missing = |key: &str| {
        let message = format!("class java.security.InvalidParameterException : {key} isn't set.");
        let message = asked.look.text(&message);
        Answer::json(&json!({"result": {"code": "OTHER_ERROR", "message": message}}))
    };
    let owner = asked.address("owner_address")?.ok_or_else(|| missing("owner_address"))?;
    let contract = asked.address("contract_address")?.ok_or_else(|| missing("contract_address"))?;
    let hexed = |key: &str| {
        hex::decode(asked.text(key)).map_err(|_| {
            Answer::error("java.lang.IllegalArgumentException", &format!("{key} is no hex"))
        })
    };
    let signature = asked.text("function_selector");
    let data = if signature.is_empty() {
        hexed("data")?
    } else {
        [call_data(signature, &[]), hexed("parameter")?].concat()
    };
    Ok(Call { owner, contract, data })
}

fn refused(why: &str, look: Look) -> Answer {
    let refusal = Refusal::Validate(why.to_owned());
    let message = look.text(&refusal.message());
    Answer::json(&json!({"result": {"code": refusal.code(), "message": message}}))
}
