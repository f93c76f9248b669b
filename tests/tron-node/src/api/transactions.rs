//! Transactions and what became of them.

use super::{Answer, Asked};
use crate::address::Address;
use crate::chain::View;
use crate::json;
use crate::key;
use crate::transaction::Transaction;
use serde_json::{Value, json};

pub fn by_id(view: &View<'_>, asked: &Asked) -> Answer {
    found(view, asked, |_| true)
}

/// Only what waits in the pool.
pub fn pending(view: &View<'_>, asked: &Asked) -> Answer {
    found(view, asked, |in_block| !in_block)
}

fn found(view: &View<'_>, asked: &Asked, wanted: impl Fn(bool) -> bool) -> Answer {
    let id = match asked.id("value") {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let found = id.and_then(|id| view.transaction(&id));
    let found = found.filter(|found| wanted(found.block.is_some()));
    Answer::some(
        found.map(|found| {
            json::transaction(found.transaction, Some(found.receipt.outcome), asked.look)
        }),
    )
}

pub fn list_pending(view: &View<'_>) -> Answer {
    let ids = view.chain.pool.iter().map(|one| hex::encode(one.transaction.id));
    let ids: Vec<String> = ids.collect();
    if ids.is_empty() { Answer::none() } else { Answer::json(&json!({"txId": ids})) }
}

/// Only for what is in a block.
pub fn info_by_id(view: &View<'_>, asked: &Asked) -> Answer {
    let id = match asked.id("value") {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let found = id.and_then(|id| view.transaction(&id));
    let info = found.and_then(|found| Some(json::info(found.receipt, found.block?, asked.look)));
    Answer::some(info)
}

/// All of a block, in its order. A block that is not there looks like one that is empty.
pub fn infos_by_number(view: &View<'_>, asked: &Asked) -> Answer {
    let number = match asked.number("num") {
        Ok(number) if number <= 0 => return Answer::none(),
        Ok(number) => number,
        Err(answer) => return answer,
    };
    let infos = view.block(number).into_iter().flat_map(|block| {
        block.receipts.iter().map(|receipt| json::info(receipt, block, asked.look))
    });
    Answer::json(&Value::Array(infos.collect()))
}

/// `getsignweight`: the transaction as it would be packed, whose keys it needs, and whose it has.
pub fn sign_weight(view: &View<'_>, asked: &Asked) -> Answer {
    let look = asked.look;
    let transaction = match json::read_transaction(&asked.body, look) {
        Ok(transaction) => transaction,
        Err(json::NotATransaction(why)) => {
            return Answer::error("java.lang.IllegalArgumentException", &why);
        }
    };
    let said = json!({
        "result": {"result": true}, "txid": hex::encode(transaction.id),
        "transaction": json::transaction(&transaction, None, look),
    });
    let owner = transaction.order().ok().and_then(|order| Address::of_bytes(order.owner()));
    let account = owner.and_then(|owner| Some((owner, view.state().accounts.get(&owner)?)));
    let Some((owner, account)) = account else {
        let message = look.text("Account does not exist!");
        let result = json!({"code": "PERMISSION_ERROR", "message": message});
        return Answer::json(&json!({"transaction": said, "result": result}));
    };
    let permission = json::account(owner, account, look)["owner_permission"].clone();
    let wanted = account.owner_key.unwrap_or(owner);
    let approved = signers(&transaction).any(|signer| signer == wanted);
    let code = if approved { "ENOUGH_PERMISSION" } else { "NOT_ENOUGH_PERMISSION" };
    let approved: Vec<Value> = signers(&transaction).map(|signer| look.address(signer)).collect();
    Answer::json(&json!({
        "transaction": said, "permission": permission, "approved_list": approved,
        "current_weight": approved.len(), "result": {"code": code},
    }))
}

fn signers(transaction: &Transaction) -> impl Iterator<Item = Address> + '_ {
    transaction.signatures.iter().filter_map(|one| key::signer(&transaction.id, one).ok())
}
