//! `/wallet/*` and `/walletsolidity/*`: one table, and how a question is read and answered.

mod accounts;
mod asked;
mod blocks;
mod broadcast;
mod building;
mod calls;
mod transactions;

use crate::chain::{Chain, View};
use crate::refusal::Refusal;
use serde_json::{Value, json};

pub use asked::Asked;

/// What the node's operator has configured.
#[derive(Clone, Debug)]
pub struct Setup {
    /// `vm.supportConstant`
    pub constant_calls: bool,
    /// `vm.estimateEnergy`
    pub energy_estimates: bool,
    /// Since which block JSON-RPC was on: logs before it are not found by address or topic.
    pub logs_indexed_from: u64,
    /// What every broadcast is told. "P2P broadcast failed." is told after it was taken.
    pub broadcasts: Option<Refusal>,
}

/// What the node answers. The status is 200 for nearly everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

impl Answer {
    pub fn json(value: &Value) -> Self {
        Self { status: 200, content_type: "application/json", body: value.to_string() }
    }

    pub fn text(text: &str) -> Self {
        Self { status: 200, content_type: "text/plain", body: text.to_owned() }
    }

    pub fn page(status: u16, page: &str) -> Self {
        Self { status, content_type: "text/html", body: page.to_owned() }
    }

    /// `{}`: there is none.
    pub fn none() -> Self {
        Self::json(&json!({}))
    }

    /// `{"Error": …}`, as an exception comes out.
    pub fn error(class: &str, message: &str) -> Self {
        Self::json(&json!({"Error": format!("class {class} : {message}")}))
    }

    fn some(value: Option<Value>) -> Self {
        value.map_or_else(Self::none, |value| Self::json(&value))
    }
}

/// A question to one side of the node.
pub struct Question<'a> {
    /// Only what is solid.
    pub solid: bool,
    /// How many blocks the answer is behind.
    pub lag: u64,
    /// The last part of the path.
    pub name: &'a str,
    pub asked: &'a Asked,
    pub setup: &'a Setup,
}

/// What is only answered at the head's side.
const HEAD_ONLY: [&str; 15] = [
    "broadcasthex",
    "broadcasttransaction",
    "createtransaction",
    "getaccountresource",
    "getchainparameters",
    "getcontract",
    "getenergyprices",
    "getnodeinfo",
    "gettransactionfrompending",
    "gettransactionlistfrompending",
    "getpendingsize",
    "getsignweight",
    "triggersmartcontract",
    "validateaddress",
    "listwitnesses",
];

/// Answers a question.
pub fn answer(chain: &mut Chain, question: &Question<'_>) -> Answer {
    if question.solid && HEAD_ONLY.contains(&question.name) {
        return nowhere();
    }
    match question.name {
        "broadcasthex" => broadcast::hex(chain, question),
        "broadcasttransaction" => broadcast::json(chain, question),
        _ => read(&chain.view(question.solid, question.lag), question),
    }
}

fn read(view: &View<'_>, question: &Question<'_>) -> Answer {
    let (asked, setup) = (question.asked, question.setup);
    match question.name {
        "getnowblock" => blocks::now(view, asked),
        "getblockbynum" => blocks::by_number(view, asked),
        "getblockbyid" => blocks::by_id(view, asked),
        "getblock" => blocks::by_either(view, asked),
        "getblockbylimitnext" => blocks::range(view, asked),
        "gettransactionbyid" => transactions::by_id(view, asked),
        "gettransactioninfobyid" => transactions::info_by_id(view, asked),
        "gettransactioninfobyblocknum" => transactions::infos_by_number(view, asked),
        "gettransactionfrompending" => transactions::pending(view, asked),
        "gettransactionlistfrompending" => transactions::list_pending(view),
        "getsignweight" => transactions::sign_weight(view, asked),
        "getpendingsize" => Answer::json(&json!({"pendingSize": view.chain.pool.len()})),
        "getaccount" => accounts::account(view, asked),
        "getaccountresource" => accounts::resource(view, asked),
        "getchainparameters" => accounts::parameters(view),
        "getenergyprices" => accounts::energy_prices(view),
        "getcontract" => accounts::contract(view, asked),
        "getnodeinfo" => accounts::node_info(view),
        "validateaddress" => accounts::validate(asked),
        "listwitnesses" => accounts::witnesses(view, asked),
        "triggerconstantcontract" => calls::constant(view, asked, setup),
        "estimateenergy" => calls::estimate(view, asked, setup),
        "triggersmartcontract" => calls::trigger(view, asked),
        "createtransaction" => building::transfer(view, asked),
        _ => nowhere(),
    }
}

fn nowhere() -> Answer {
    Answer::page(404, "<html><body><h2>HTTP ERROR 404 Not Found</h2></body></html>")
}
