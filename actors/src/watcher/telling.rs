//! Telling invoices what was seen: awaited, until it is taken. What panics twice is set aside for
//! a human, and the cursor goes on.

use super::asides::{Aside, Asides};
use super::scan::Halt;
use crate::gateway::Unwilling;
use crate::house::House;
use crate::invoice::{InvoiceActor, Tell};
use crate::operator::{BookSuspense, Booking, Operator, SetPaymentAside};
use actix::Addr;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::operator::SetAside;
use cryptopayment_domain::payment::{BlockRef, PaymentId, Tip};
use cryptopayment_storage::Seq;
use std::time::Duration;

/// How long the watcher waits before it knocks again where it was not let in.
const KNOCK_AGAIN_MS: u64 = 50;
/// How often it knocks before it halts: nothing is skipped, and the network says why it stands.
const KNOCKS_MAX: u32 = 100;

const PANICKED: &str = "the invoice's handler panicked twice; see the log";
const NOT_FORGOTTEN: &str =
    "the payment left the chain and the invoice's handler panicked twice; it may be credited";

/// What became of telling an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It took it.
    Taken,
    /// Its handler panicked twice, or the payment is a human's already.
    GivenUp,
}

/// Why an invoice was not told this time.
enum Untold {
    /// Its handler panicked.
    Panicked,
    /// It could not be reached.
    Unreached(Unwilling),
}

impl Untold {
    /// Why a handler did not take it: a panic is told apart from views that cannot be read, which
    /// is nobody's fault and no reason to set a payment aside.
    fn by_the_handler(unwilling: Unwilling) -> Untold {
        if unwilling == Unwilling::Crashed {
            return Untold::Panicked;
        }
        Untold::Unreached(unwilling)
    }
}

/// The watcher's voice.
pub struct Voice {
    house: House,
    operator: Addr<Operator>,
    pub(super) asides: Asides,
    /// The newest fact anybody told us of.
    last_seq: Seq,
}

impl Voice {
    /// A voice that leaves those payments alone. Everything up to `last_seq` may have been told by
    /// a voice before.
    pub(super) fn new(
        house: House,
        operator: Addr<Operator>,
        asides: Asides,
        last_seq: Seq,
    ) -> Voice {
        Voice { house, operator, asides, last_seq }
    }

    /// The newest fact that came of what was told: reading the views before it is durable misses it.
    pub const fn last_seq(&self) -> Seq {
        self.last_seq
    }

    /// Tells an invoice, and comes back when it has taken it.
    ///
    /// # Errors
    /// When it cannot be reached for long. It must be told again.
    pub(super) async fn tell(
        &mut self,
        invoice: InvoiceId,
        command: Command,
    ) -> Result<Told, Halt> {
        if observed(&command).is_some_and(|(payment, _)| self.asides.contains(payment)) {
            return Ok(Told::GivenUp);
        }
        let (mut panics, mut knocks) = (0, 0);
        loop {
            match self.tell_once(invoice, &command).await {
                Ok(last_seq) => {
                    self.last_seq = self.last_seq.max(last_seq);
                    return Ok(Told::Taken);
                }
                Err(Untold::Panicked) => {
                    panics += 1;
                    if panics == 2 {
                        self.give_up(invoice, &command).await?;
                        return Ok(Told::GivenUp);
                    }
                }
                Err(Untold::Unreached(unwilling)) => {
                    tracing::warn!(%invoice, %unwilling, "an invoice was not told yet");
                    knocks += 1;
                    if knocks == KNOCKS_MAX {
                        return Err(Halt::Untold { invoice, reason: unwilling.to_string() });
                    }
                    tokio::time::sleep(Duration::from_millis(KNOCK_AGAIN_MS)).await;
                }
            }
        }
    }

    async fn tell_once(&self, invoice: InvoiceId, command: &Command) -> Result<Seq, Untold> {
        let actor = self.house.find::<InvoiceActor>(invoice).await.map_err(Untold::Unreached)?;
        let told = actor.send(Tell(command.clone())).await;
        match told.map_err(|_| Untold::Unreached(Unwilling::Crashed))? {
            Ok(appended) => Ok(appended.last_seq),
            Err(unwilling) => Err(Untold::by_the_handler(unwilling)),
        }
    }

    /// Sets the payment aside; what is no sighting of one payment is logged and will come again.
    async fn give_up(&mut self, invoice: InvoiceId, command: &Command) -> Result<(), Halt> {
        let Some((payment, observation)) = observed(command) else {
            let command = command.name();
            tracing::error!(%invoice, command, "an invoice could not take this; it will be told again");
            return Ok(());
        };
        match observation {
            Observation::Seen { amount } => {
                self.set_aside(payment, Some(invoice), amount, None, PANICKED).await
            }
            Observation::Mined { amount, block } => {
                self.set_aside(payment, Some(invoice), amount, Some(block), PANICKED).await
            }
            // It must never be credited now, and perhaps it was: see `Scan::credit_deep`.
            Observation::Unmined { .. } => {
                let row = self.house.views().invoice(invoice)?;
                let known =
                    row.and_then(|row| row.value.payment(payment).map(|known| known.amount));
                let amount = known.ok_or_else(|| Halt::Untold {
                    invoice,
                    reason: format!("payment {payment} is not in its row"),
                })?;
                self.set_aside(payment, Some(invoice), amount, None, NOT_FORGOTTEN).await
            }
            // Nothing hangs on it: it is still among the sightings and will be told again.
            Observation::Vanished => {
                tracing::error!(%invoice, %payment, "an invoice could not forget this payment");
                Ok(())
            }
        }
    }

    /// A payment set aside was found in a block: noted if it is another than was known.
    pub(super) async fn found_aside(
        &mut self,
        payment: PaymentId,
        amount: Money,
        block: BlockRef,
    ) -> Result<(), Halt> {
        let Some(aside) = self.asides.get(payment) else { return Ok(()) };
        if (aside.amount, aside.block) == (amount, Some(block)) {
            return Ok(());
        }
        let (invoice, reason) = (aside.invoice, aside.reason.clone());
        self.set_aside(payment, invoice, amount, Some(block), &reason).await
    }

    /// A payment to an address whose invoice a restore has lost: set aside, or noted where it is.
    pub(super) async fn found_lost(
        &mut self,
        payment: PaymentId,
        amount: Money,
        block: BlockRef,
        why: String,
    ) -> Result<(), Halt> {
        if self.asides.contains(payment) {
            return self.found_aside(payment, amount, block).await;
        }
        self.set_aside(payment, None, amount, Some(block), &why).await
    }

    async fn set_aside(
        &mut self,
        payment: PaymentId,
        invoice: Option<InvoiceId>,
        amount: Money,
        block: Option<BlockRef>,
        reason: &str,
    ) -> Result<(), Halt> {
        let (reason, at) = (reason.to_owned(), self.house.time.now());
        let aside = Aside { invoice, amount, block, reason: reason.clone(), booked: false };
        let set_aside = SetAside { payment, amount, invoice, block, reason, at };
        let seq = self.operator.send(SetPaymentAside(set_aside)).await?;
        self.last_seq = self.last_seq.max(seq);
        self.asides.put(payment, aside);
        Ok(())
    }

    /// Has a final payment booked to suspense. Everything told before must be durable.
    pub(super) async fn book(
        &mut self,
        payment: PaymentId,
        tip: Tip,
        required: u32,
    ) -> Result<(), Halt> {
        let booking = self.operator.send(BookSuspense { payment, tip, required }).await?;
        match booking.map_err(|error| Halt::Store(error.to_string()))? {
            Booking::Booked(seq) => {
                self.last_seq = self.last_seq.max(seq);
                self.asides.booked(payment);
            }
            Booking::BookedBefore => self.asides.booked(payment),
            Booking::Credited | Booking::NotFinal => {}
        }
        Ok(())
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
