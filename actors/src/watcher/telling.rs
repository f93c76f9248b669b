//! Telling invoices what was seen: awaited, until it is taken. What panics twice is set aside for
//! a human, and the cursor goes on.

use crate::gateway::Unwilling;
use crate::house::House;
use crate::invoice::{InvoiceActor, Tell};
use crate::operator::{Operator, SetPaymentAside};
use actix::Addr;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::operator::SetAside;
use cryptopayment_domain::payment::PaymentId;
use cryptopayment_storage::Seq;
use std::collections::HashSet;
use std::time::Duration;

/// How long the watcher waits before it knocks again at a full mailbox.
const KNOCK_AGAIN_MS: u64 = 50;

/// The watcher's voice.
pub struct Voice {
    house: House,
    operator: Addr<Operator>,
    /// Payments set aside: nobody but a human handles them from now on.
    set_aside: HashSet<PaymentId>,
    /// The newest fact anybody told us of.
    last_seq: Seq,
}

impl Voice {
    /// A voice that leaves those payments alone.
    pub fn new(house: House, operator: Addr<Operator>, set_aside: HashSet<PaymentId>) -> Voice {
        Voice { house, operator, set_aside, last_seq: 0 }
    }

    /// The newest fact that came of what was told: reading the views before it is durable misses it.
    pub const fn last_seq(&self) -> Seq {
        self.last_seq
    }

    /// Tells an invoice, and comes back when it has taken it.
    pub async fn tell(&mut self, invoice: InvoiceId, command: Command) {
        if observed(&command).is_some_and(|(payment, _)| self.set_aside.contains(&payment)) {
            return;
        }
        let mut crashes = 0;
        loop {
            match self.tell_once(invoice, &command).await {
                Ok(last_seq) => {
                    self.last_seq = self.last_seq.max(last_seq);
                    return;
                }
                Err(Unwilling::Crashed) => {
                    crashes += 1;
                    if crashes == 2 {
                        return self.give_up(invoice, &command).await;
                    }
                }
                Err(refused) => {
                    tracing::warn!(%invoice, %refused, "an invoice was not told yet");
                    tokio::time::sleep(Duration::from_millis(KNOCK_AGAIN_MS)).await;
                }
            }
        }
    }

    async fn tell_once(&self, invoice: InvoiceId, command: &Command) -> Result<Seq, Unwilling> {
        let actor = self.house.find::<InvoiceActor>(invoice).await?;
        let told = actor.send(Tell(command.clone())).await.map_err(|_| Unwilling::Crashed)?;
        told.map(|appended| appended.last_seq)
    }

    /// Sets the payment aside; what is no sighting of one payment is logged and will come again.
    async fn give_up(&mut self, invoice: InvoiceId, command: &Command) {
        let Some((payment, observation)) = observed(command) else {
            tracing::error!(%invoice, ?command, "an invoice could not take this; it will be told again");
            return;
        };
        let (amount, block) = match observation {
            Observation::Seen { amount } => (amount, None),
            Observation::Mined { amount, block } => (amount, Some(block)),
            Observation::Unmined { .. } | Observation::Vanished => {
                tracing::error!(%invoice, %payment, "an invoice could not forget this payment");
                return;
            }
        };
        let reason = "the invoice's handler panicked twice; see the log".to_owned();
        let at = self.house.time.now();
        let set_aside = SetAside { payment, amount, invoice, block, reason, at };
        match self.operator.send(SetPaymentAside(set_aside)).await {
            Ok(seq) => {
                self.last_seq = self.last_seq.max(seq);
                self.set_aside.insert(payment);
            }
            Err(error) => tracing::error!(%payment, %error, "the operator is gone"),
        }
    }
}

const fn observed(command: &Command) -> Option<(PaymentId, Observation)> {
    match command {
        Command::Observe { payment, observation, .. } => Some((*payment, *observation)),
        Command::Deepen { .. }
        | Command::ScannedThrough { .. }
        | Command::Cancel
        | Command::MarkPaid { .. }
        | Command::Close { .. } => None,
    }
}
