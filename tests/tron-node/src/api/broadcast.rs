//! Taking signed transactions.

use super::{Answer, Question};
use crate::chain::Chain;
use crate::json::{self, Look, Object};
use crate::refusal::Refusal;
use crate::transaction::Transaction;

/// `broadcasthex`: the message is text, and the transaction is said back as JSON in a text.
pub fn hex(chain: &mut Chain, question: &Question<'_>) -> Answer {
    let bytes = match hex::decode(question.asked.text("transaction")) {
        Ok(bytes) => bytes,
        Err(error) => {
            let why = format!("exception decoding Hex string: {error}");
            return Answer::error("org.bouncycastle.util.encoders.DecoderException", &why);
        }
    };
    let Ok(transaction) = Transaction::decode(&bytes) else {
        return Answer::error(
            "com.google.protobuf.InvalidProtocolBufferException",
            "Protocol message contained an invalid tag (zero).",
        );
    };
    let look = question.asked.look;
    let said = json::transaction(&transaction, None, look).to_string();
    let id = hex::encode(transaction.id);
    let taken = take(chain, question, transaction);
    let (code, message) = match &taken {
        Ok(()) => ("SUCCESS", String::new()),
        Err(refusal) => (refusal.code(), refusal.message()),
    };
    let answer = Object::default()
        .put("result", taken.is_ok())
        .put("code", code)
        .put("message", message)
        .put("transaction", said)
        .put("txid", id);
    Answer::json(&answer.end())
}

/// `broadcasttransaction`: packed anew from the JSON; the message is hex unless texts are visible.
pub fn json(chain: &mut Chain, question: &Question<'_>) -> Answer {
    let look: Look = question.asked.look;
    let transaction = match json::read_transaction(&question.asked.body, look) {
        Ok(transaction) => transaction,
        Err(json::NotATransaction(why)) => {
            return Answer::error("java.lang.IllegalArgumentException", &why);
        }
    };
    let id = hex::encode(transaction.id);
    let answer = match take(chain, question, transaction) {
        Ok(()) => Object::default().put("result", true).put("txid", id),
        Err(refusal) => Object::default()
            .put("code", refusal.code())
            .put("txid", id)
            .put("message", look.text(&refusal.message())),
    };
    Answer::json(&answer.end())
}

fn take(chain: &mut Chain, question: &Question<'_>, tx: Transaction) -> Result<(), Refusal> {
    match &question.setup.broadcasts {
        None => chain.offer(tx),
        // It is in the pool, and nobody else has it.
        Some(Refusal::FewConnections(why)) if why.starts_with("P2P") => {
            chain.offer(tx).and(Err(Refusal::FewConnections(why.clone())))
        }
        Some(refusal) => Err(refusal.clone()),
    }
}
