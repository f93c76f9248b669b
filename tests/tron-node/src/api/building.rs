//! Transactions that the node builds for others to sign.

use super::{Answer, Asked};
use crate::chain::View;
use crate::json::{self, Look};
use crate::transaction::{Contract, Order, Raw, Transaction, Transfer};
use serde_json::Value;

/// How long what the node builds is good for.
const GOOD_FOR_MS: i64 = 60_000;

/// An unsigned transaction that refers to the newest solid block.
pub fn unsigned(view: &View<'_>, order: &Order, fee_limit: i64, permission_id: i64) -> Transaction {
    let (head, solid) = (view.head(), view.solid());
    let raw = Raw {
        ref_block_bytes: solid.number.to_be_bytes()[6..].to_vec(),
        ref_block_hash: solid.id[8..16].to_vec(),
        expiration_ms: head.time_ms + GOOD_FOR_MS,
        contracts: vec![Contract { permission_id, ..Contract::of(order) }],
        // The node's clock: between this block and the next, and not the same for two.
        timestamp_ms: head.time_ms + view.chain.pool.len() as i64,
        fee_limit,
        ..Raw::default()
    };
    Transaction::new(raw, Vec::new())
}

/// As JSON, saying how addresses are written in it.
pub fn unsigned_json(transaction: &Transaction, look: Look) -> Value {
    let mut json = json::transaction(transaction, None, look);
    json["visible"] = look.visible.into();
    json
}

/// `createtransaction`: TRX from one account to another.
pub fn transfer(view: &View<'_>, asked: &Asked) -> Answer {
    let fields =
        (asked.address("owner_address"), asked.address("to_address"), asked.number("amount"));
    let (owner, to, amount) = match fields {
        (Ok(Some(owner)), Ok(Some(to)), Ok(amount)) => (owner, to, amount),
        (Err(answer), _, _) | (_, Err(answer), _) | (_, _, Err(answer)) => return answer,
        (Ok(None), _, _) => return invalid("Invalid ownerAddress!"),
        (_, Ok(None), _) => return invalid("Invalid toAddress!"),
    };
    let Some(account) = view.state().accounts.get(&owner) else {
        return invalid("Validate TransferContract error, no OwnerAccount.");
    };
    if owner == to {
        return invalid("Cannot transfer TRX to yourself.");
    }
    if amount <= 0 {
        return invalid("Amount must be greater than 0.");
    }
    if account.balance < amount {
        return invalid("Validate TransferContract error, balance is not sufficient.");
    }
    let (owner, to) = (owner.bytes().to_vec(), to.bytes().to_vec());
    let order = Order::Transfer(Transfer { owner, to, amount });
    let permission_id = asked.number("Permission_id").unwrap_or_default();
    let transaction = unsigned(view, &order, 0, permission_id);
    Answer::json(&unsigned_json(&transaction, asked.look))
}

fn invalid(why: &str) -> Answer {
    let why = format!("Contract validate error : {why}");
    Answer::error("org.tron.core.exception.ContractValidateException", &why)
}
