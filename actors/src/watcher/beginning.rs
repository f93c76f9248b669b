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
        let hash = self.chain.hash_at(start).await?.ok_or(Halt::Moved)?;
        self.recent = Some(Recent::starting_at(start, hash, self.window));
        self.save(Timestamp::from_unix_ms(0));
        Ok(())
    }

    /// Remembers blocks below the lowest, by which a fork is recognised that begins below the
    /// block at which watching does. Where a node answers only some of it now, the rest is asked
    /// for with the next step: nothing waits for it.
    pub(super) async fn remember_below(&mut self) -> Result<(), Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let (lowest, room) = (recent.lowest(), recent.room() as u64);
        let ours = recent.hash_at(lowest);
        let mut below = Vec::new();
        for height in (lowest.saturating_sub(room)..lowest).rev() {
            match self.chain.hash_at(height).await {
                Ok(Some(hash)) => below.push(hash),
                Ok(None) | Err(_) => break,
            }
        }
        // On the chain of the lowest, or they would hide where a fork begins.
        if !below.is_empty() && self.chain.hash_at(lowest).await? == ours {
            let recent = self.recent.as_mut().ok_or(Halt::Moved)?;
            below.into_iter().for_each(|hash| recent.push_below(hash));
            self.save(self.house.time.now());
        }
        Ok(())
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
