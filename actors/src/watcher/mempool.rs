//! The mempool: what is in it now, and what has left it without a block.

use super::scan::{Halt, Scan};
use cryptopayment_chains::adapter::{Mempool, Transfer};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::payment::{PaymentId, Tip};
use cryptopayment_storage::MinedPayment;
use std::collections::BTreeMap;

/// Payments remembered whose block has left; beyond that they are shown again only when mined.
const LEFT_MAX: usize = 4096;

/// What the scan remembers of the mempool between two looks at it.
#[derive(Default)]
pub(super) struct Pool {
    /// Reported by the adapter, which reports it once, and not taken in yet.
    unread: Vec<Transfer>,
    /// Payments whose block has left. An adapter that saw them in the mempool just before they
    /// were mined does not report them as new when they are back.
    left: BTreeMap<PaymentId, (InvoiceId, Money)>,
}

impl Pool {
    /// A payment is in a block.
    pub(super) fn mined(&mut self, payment: PaymentId) {
        self.left.remove(&payment);
    }
}

impl Scan {
    /// Remembers a payment whose block has left: it may be back in the mempool.
    pub(super) fn may_fall_back(&mut self, mined: &MinedPayment) -> Result<(), Halt> {
        if !self.network.has_mempool() || self.pool.left.len() >= LEFT_MAX {
            return Ok(());
        }
        let row = self.house.views().invoice(mined.invoice)?;
        let amount = row.and_then(|row| row.value.payment(mined.payment).map(|known| known.amount));
        if let Some(amount) = amount {
            self.pool.left.insert(mined.payment, (mined.invoice, amount));
        }
        Ok(())
    }

    /// Takes in the mempool as it stands at `tip`. False when the chain moved meanwhile: then a
    /// transaction that is in it no longer may have been mined, and nothing is concluded.
    pub(super) async fn take_in_mempool(&mut self, tip: Tip) -> Result<bool, Halt> {
        let sightings = self.house.views().sightings(self.network)?;
        let Mempool { txids, new_transfers } = self.chain.mempool().await?;
        self.pool.unread.extend(new_transfers);
        for (invoice, transfer) in self.ours(&self.pool.unread)? {
            let Transfer { payment, amount, .. } = transfer;
            self.seen(invoice, payment, amount, tip).await?;
        }
        self.pool.unread.clear();
        let back = self.pool.left.iter().filter(|(payment, _)| txids.contains(&payment.txid));
        let back: Vec<_> = back.map(|(payment, known)| (*payment, *known)).collect();
        for (payment, (invoice, amount)) in back {
            self.seen(invoice, payment, amount, tip).await?;
            self.pool.left.remove(&payment);
        }
        let gone = sightings.into_iter().filter(|(payment, _)| !txids.contains(&payment.txid));
        let gone: Vec<_> = gone.collect();
        // Asked after the mempool: if the head has not moved, no block took them out of it.
        if self.chain.head().await?.hash != tip.hash {
            return Ok(false);
        }
        for (payment, invoice) in gone {
            let observation = Observation::Vanished;
            self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await?;
        }
        Ok(true)
    }

    async fn seen(
        &mut self,
        invoice: InvoiceId,
        payment: PaymentId,
        amount: Money,
        tip: Tip,
    ) -> Result<(), Halt> {
        let observation = Observation::Seen { amount };
        self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await?;
        Ok(())
    }
}
