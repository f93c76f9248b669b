//! Where a scan begins that no checkpoint tells where it was.

use super::recent::Recent;
use super::scan::{Halt, Scan};
use cryptopayment_chains::adapter::Head;
use cryptopayment_domain::fact::{Fact, WatchingFact};
use cryptopayment_domain::time::Timestamp;

impl Scan {
    /// The very first start: the floor below which no address of ours had been shown.
    pub(super) async fn begin(&mut self, head: &Head) -> Result<(), Halt> {
        if self.recent.is_some() {
            return Ok(());
        }
        let start = match self.start_height().await? {
            Some(height) => height.min(head.height),
            None => {
                let fact = WatchingFact::WatchingBegan { height: head.height, hash: head.hash };
                self.house.store.append(vec![Fact::Watching(self.network, fact)]).durable().await;
                tracing::info!(network = %self.network, height = head.height, "watching begins");
                head.height
            }
        };
        self.recent = Some(self.remember_up_to(start).await?);
        self.save(Timestamp::from_unix_ms(0));
        Ok(())
    }

    /// The block at `start` and those below it, by which a fork is recognised that begins below
    /// the block at which watching does.
    async fn remember_up_to(&self, start: u64) -> Result<Recent, Halt> {
        let hash = self.chain.hash_at(start).await?.ok_or(Halt::Moved)?;
        let mut recent = Recent::starting_at(start, hash, self.window);
        while recent.has_room()
            && let Some(below) = recent.lowest().checked_sub(1)
        {
            recent.push_below(self.chain.hash_at(below).await?.ok_or(Halt::Moved)?);
        }
        match self.chain.hash_at(start).await? == Some(hash) {
            true => Ok(recent),
            false => Err(Halt::Moved),
        }
    }

    /// Without a checkpoint: a window below the newest payment, so that a fork that happened
    /// meanwhile is scanned too, but not below the floor, where no address of ours had been shown
    /// yet; unless the floor itself has left the chain. None on the very first start.
    async fn start_height(&self) -> Result<Option<u64>, Halt> {
        let views = self.house.views();
        let Some(floor) = views.watching_floor(self.network)? else { return Ok(None) };
        let below = |height: u64| height.saturating_sub(self.window as u64);
        let lowest = match self.chain.hash_at(floor.height).await? {
            Some(hash) if hash == floor.hash => floor.height,
            Some(_) | None => below(floor.height),
        };
        let newest = views.newest_payment_height(self.network)?;
        Ok(Some(newest.map_or(lowest, |height| below(height).max(lowest))))
    }
}
