//! What is deep: payments are credited by their invoices; those set aside go to suspense.

use super::scan::{Halt, Scan};
use super::telling::Told;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::payment::{BlockRef, PaymentId, Tip};
use std::collections::BTreeMap;

impl Scan {
    /// Tells every invoice that has a payment which is deep at this tip. What was told before must
    /// be durable.
    pub(super) async fn credit_deep(&mut self, tip: Tip) -> Result<(), Halt> {
        let mut deep: BTreeMap<InvoiceId, Vec<PaymentId>> = BTreeMap::new();
        for row in self.house.views().deep_by(self.network, tip.height)? {
            deep.entry(row.invoice).or_default().push(row.payment);
        }
        for (invoice, payments) in deep {
            // An invoice credits whatever of it is deep: one of whose payments a human has, or
            // that cannot bear to be told of all at once, is told of each other payment alone.
            let told = match self.voice.asides.concern(invoice) {
                true => Told::GivenUp,
                false => self.voice.tell(invoice, Command::Deepen { tip }).await?,
            };
            if told == Told::GivenUp {
                self.deepen_one_by_one(invoice, payments, tip).await?;
            }
        }
        Ok(())
    }

    /// A payment seen again in the block it is known to be in is credited if it is deep, and says
    /// nothing of the others.
    async fn deepen_one_by_one(
        &mut self,
        invoice: InvoiceId,
        payments: Vec<PaymentId>,
        tip: Tip,
    ) -> Result<(), Halt> {
        let Some(row) = self.house.views().invoice(invoice)? else { return Ok(()) };
        for payment in payments {
            let known = row.value.payment(payment);
            let mined = known.and_then(|known| known.block().map(|block| (known.amount, block)));
            if let Some((amount, block)) = mined {
                let observation = Observation::Mined { amount, block };
                self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await?;
            }
        }
        Ok(())
    }

    /// Has payments set aside booked whose block is in the chain, and final.
    pub(super) async fn book_suspense(&mut self, tip: Tip) -> Result<(), Halt> {
        let unbooked = self.voice.asides.unbooked();
        if unbooked.is_empty() {
            return Ok(());
        }
        self.house.store.when_durable(self.voice.last_seq()).await;
        for (payment, invoice, block) in unbooked {
            let row = invoice.map(|invoice| self.house.views().invoice(invoice)).transpose()?;
            let asked = row.flatten().map(|row| row.value.terms.confirmations_required);
            let required = asked.unwrap_or(self.required_max);
            let deep = tip.is_deep(self.network, block.height, required);
            if deep && self.is_in_chain(block).await? {
                self.voice.book(payment, tip, required).await?;
            }
        }
        Ok(())
    }

    async fn is_in_chain(&self, block: BlockRef) -> Result<bool, Halt> {
        let remembered = self.recent.as_ref().and_then(|recent| recent.hash_at(block.height));
        let hash = match remembered {
            Some(hash) => Some(hash),
            None => self.chain.hash_at(block.height).await?,
        };
        Ok(hash == Some(block.hash))
    }
}
