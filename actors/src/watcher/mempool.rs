//! The mempool: what is in it now, and what has left it without a block.

use super::scan::{Halt, Scan};
use cryptopayment_chains::adapter::Transfer;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::payment::Tip;

impl Scan {
    /// Takes in the mempool as it stands at `tip`. False when the chain moved meanwhile: then a
    /// transaction that is in it no longer may have been mined, and nothing is concluded.
    pub(super) async fn take_in_mempool(&mut self, tip: Tip) -> Result<bool, Halt> {
        let sightings = self.house.views().sightings(self.network)?;
        let mempool = self.chain.mempool().await?;
        for (invoice, transfer) in self.ours(&mempool.new_transfers)? {
            let Transfer { payment, amount, .. } = transfer;
            let observation = Observation::Seen { amount };
            self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await;
        }
        let gone = sightings.iter().filter(|(payment, _)| !mempool.txids.contains(&payment.txid));
        let gone: Vec<_> = gone.copied().collect();
        // Asked after the mempool: if the head has not moved, no block took them out of it.
        if self.chain.head().await?.hash != tip.hash {
            return Ok(false);
        }
        for (payment, invoice) in gone {
            let observation = Observation::Vanished;
            self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await;
        }
        Ok(true)
    }
}
