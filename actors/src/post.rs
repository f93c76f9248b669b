//! Post: brings aggregates the facts that others wrote for them, in the journal's order.
//!
//! A commit of an invoice may carry a fact of a ledger. The invoice hands it over here, in the
//! same breath as the append, and one carrier tells the ledger, awaited, in order. What was not
//! told before a crash is in the journal, and the ledger's row has it.

use crate::gateway::Unwilling;
use crate::house::House;
use crate::ledger::{LedgerActor, Settle, Told};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::ledger::LedgerFact;
use cryptopayment_storage::{Seq, Ticket};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the carrier waits before it knocks again where it was not let in.
const KNOCK_AGAIN_MS: u64 = 50;
/// How often it knocks for one letter.
const KNOCKS_MAX: u32 = 4;
/// The longest pause before a ledger that cannot settle what it owes is asked again.
const SETTLE_AGAIN_MAX: Duration = Duration::from_secs(60);

/// The letter box. Its length is bounded by the commits in flight, which the gateway bounds.
#[derive(Clone)]
pub struct Post {
    letters: mpsc::UnboundedSender<Letter>,
}

struct Letter {
    seq: Seq,
    merchant: MerchantId,
    fact: LedgerFact,
}

/// The other end of the letter box.
pub struct Letters(mpsc::UnboundedReceiver<Letter>);

impl Post {
    /// A letter box and its other end.
    pub fn new() -> (Post, Letters) {
        let (letters, receiver) = mpsc::unbounded_channel();
        (Post { letters }, Letters(receiver))
    }

    /// Hands over the foreign facts of a commit, which have just been appended as `ticket`.
    pub fn hand_over(&self, ticket: &Ticket, facts: &[Fact]) {
        for (seq, fact) in (ticket.first..=ticket.last).zip(facts) {
            if let Fact::Ledger(merchant, fact) = fact {
                let letter = Letter { seq, merchant: *merchant, fact: fact.clone() };
                // The carrier ends only with the process.
                let _ = self.letters.send(letter);
            }
        }
    }
}

/// Carries letters until the last box is closed.
pub async fn carry(house: House, Letters(mut letters): Letters) {
    while let Some(letter) = letters.recv().await {
        metrics::gauge!("letters_waiting").set(letters.len() as f64);
        deliver(&house, &letter).await;
    }
}

/// Knocks until the ledger has heard, or until it need not: once the fact is durable, every copy
/// that is loaded has it from its row, one that panicked included. What a ledger that cannot act
/// on it still owes is then tried again beside the round, so that no other merchant waits for it.
async fn deliver(house: &House, letter: &Letter) {
    for knock in 1..=KNOCKS_MAX {
        if knock == KNOCKS_MAX {
            house.store.when_durable(letter.seq).await;
        }
        let Err(refused) = tell(house, letter).await else { return };
        tracing::warn!(merchant = %letter.merchant, %refused, "a ledger was not told yet");
        tokio::time::sleep(Duration::from_millis(KNOCK_AGAIN_MS)).await;
    }
    actix::spawn(settle_later(house.clone(), letter.merchant));
}

async fn settle_later(house: House, merchant: MerchantId) {
    let mut pause = Duration::from_secs(1);
    loop {
        tokio::time::sleep(pause).await;
        match settle(&house, merchant).await {
            Ok(()) => return,
            Err(error) => tracing::error!(%merchant, %error, "a ledger cannot settle"),
        }
        pause = (pause * 2).min(SETTLE_AGAIN_MAX);
    }
}

async fn settle(house: &House, merchant: MerchantId) -> Result<(), Unwilling> {
    let ledger = house.find::<LedgerActor>(merchant).await?;
    ledger.send(Settle).await.map_err(|_| Unwilling::Crashed)?
}

async fn tell(house: &House, letter: &Letter) -> Result<(), Unwilling> {
    let ledger = house.find::<LedgerActor>(letter.merchant).await?;
    let told = Told { seq: letter.seq, fact: letter.fact.clone() };
    ledger.send(told).await.map_err(|_| Unwilling::Crashed)?
}
