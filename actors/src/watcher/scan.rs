//! The scan of one network: block after block by a durable cursor, never skipping one.
//!
//! An older head whose hash is ours at that height is lag: wait. Another hash at a height we hold
//! is a fork: go back, also when the new chain is shorter, tell every invoice whose payment left,
//! and scan what came. Scanning again changes nothing.

use super::recent::Recent;
use super::telling::Voice;
use crate::house::House;
use crate::watched::Watched;
use cryptopayment_chains::adapter::{Block, Chain, ChainError, Head, Transfer};
use cryptopayment_domain::fact::{Fact, WatchingFact};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Tip};
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_storage::{Checkpoint, MinedPayment, ViewError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Blocks taken in before the scan pauses to credit what has become deep.
const BLOCKS_PER_STRIDE: u64 = 64;
/// The cursor is saved at least this often, and with every block that holds a payment of ours.
const CHECKPOINT_EVERY: Span = Span::from_s(60);
/// Invoices told at once that their time is over, before the index is read again.
const DUE_PER_READ: usize = 1024;

/// The scan of one network.
pub struct Scan {
    pub(super) network: Network,
    pub(super) chain: Arc<dyn Chain>,
    pub(super) house: House,
    pub(super) watched: Arc<Watched>,
    pub(super) voice: Voice,
    /// Blocks kept to recognise a fork by; a deeper one stops the network.
    pub(super) window: usize,
    pub(super) recent: Option<Recent>,
    pub(super) solid_height: Option<u64>,
    pub(super) saved_at: Timestamp,
    pub(super) identified: bool,
}

/// How a step of the scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The newest scanned block.
    pub tip: Tip,
    /// The provider's own head.
    pub head_height: u64,
    /// Everything up to this instant has been taken in; none while there is more to scan.
    pub scanned_through: Option<Timestamp>,
}

/// Why a step of the scan did not end well. Nothing is skipped; it is tried again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Halt {
    /// The node could not be asked or made no sense.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Our own views could not be read.
    #[error("the store cannot be read: {0}")]
    Store(String),
    /// The provider is behind what another answer showed before.
    #[error("the node lags: its head is at {head}, we have scanned to {scanned}")]
    Lagging {
        /// The node's head.
        head: u64,
        /// Our cursor.
        scanned: u64,
    },
    /// The chain changed while it was read; the next step begins at the fork.
    #[error("the chain changed while it was read")]
    Moved,
    /// The chain forked below everything we remember: a human must look.
    #[error(
        "the chain forked below block {lowest}, deeper than anything that is remembered; crediting has stopped, look at the node"
    )]
    TooDeep {
        /// The lowest remembered height.
        lowest: u64,
    },
}

impl From<ViewError> for Halt {
    fn from(error: ViewError) -> Halt {
        Halt::Store(error.to_string())
    }
}

impl Scan {
    /// Takes in at most one stride of blocks; when that reaches the head, the mempool too.
    ///
    /// # Errors
    /// A [`Halt`]; whatever was taken in before it stays.
    pub async fn advance(&mut self) -> Result<Progress, Halt> {
        if !self.identified {
            self.chain.identify().await?;
            self.identified = true;
        }
        let asked_at = self.house.time.now();
        let head = self.chain.head().await?;
        self.begin(&head).await?;
        if self.is_forked(&head).await? {
            self.go_back().await?;
        }
        self.stride(&head).await?;
        self.solid_height = head.solid_height;
        let tip = self.tip()?;
        self.house.store.when_durable(self.voice.last_seq()).await;
        self.credit_deep(tip).await?;
        let scanned_through = self.finish_at_head(&head, asked_at).await?;
        Ok(Progress { tip, head_height: head.height, scanned_through })
    }

    /// The cursor as a tip.
    pub(super) fn tip(&self) -> Result<Tip, Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let solid_height = self.solid_height.map(|height| height.min(recent.height()));
        Ok(Tip { height: recent.height(), hash: recent.hash(), solid_height })
    }

    /// The very first start: the floor below which no address of ours had been shown.
    async fn begin(&mut self, head: &Head) -> Result<(), Halt> {
        if self.recent.is_some() {
            return Ok(());
        }
        let start = match self.start_height()? {
            Some(height) => height.min(head.height),
            None => {
                let fact = WatchingFact::WatchingBegan { height: head.height, hash: head.hash };
                self.house.store.append(vec![Fact::Watching(self.network, fact)]).durable().await;
                tracing::info!(network = %self.network, height = head.height, "watching begins");
                head.height
            }
        };
        let hash = match start == head.height {
            true => head.hash,
            false => self.chain.hash_at(start).await?.ok_or(Halt::Moved)?,
        };
        self.recent = Some(Recent::starting_at(start, hash, self.window));
        self.save(Timestamp::from_unix_ms(0));
        Ok(())
    }

    /// Without a checkpoint: a window below the newest payment, so that a fork that happened
    /// meanwhile is scanned too, but never below the floor. None on the very first start.
    fn start_height(&self) -> Result<Option<u64>, Halt> {
        let views = self.house.views();
        let Some(floor) = views.watching_floor(self.network)? else { return Ok(None) };
        let newest = views.newest_payment_height(self.network)?;
        let start = newest.map_or(floor.height, |height| height.saturating_sub(self.window as u64));
        Ok(Some(start.max(floor.height)))
    }

    /// Whether the chain no longer holds the block at our cursor.
    async fn is_forked(&self, head: &Head) -> Result<bool, Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let (at, here) = match head.height.cmp(&recent.height()) {
            std::cmp::Ordering::Less => (head.height, Some(head.hash)),
            std::cmp::Ordering::Equal => (recent.height(), Some(head.hash)),
            std::cmp::Ordering::Greater => {
                (recent.height(), self.chain.hash_at(recent.height()).await?)
            }
        };
        match (recent.hash_at(at), here) {
            (Some(ours), Some(theirs)) if ours == theirs && at < recent.height() => {
                Err(Halt::Lagging { head: head.height, scanned: recent.height() })
            }
            (Some(ours), Some(theirs)) => Ok(ours != theirs),
            (None, _) => Err(Halt::Lagging { head: head.height, scanned: recent.height() }),
            (Some(_), None) => Err(Halt::Moved),
        }
    }

    /// Goes back to the newest block that both we and the chain hold, and tells of all that left.
    async fn go_back(&mut self) -> Result<(), Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let (top, lowest) = (recent.height(), recent.lowest());
        let mut height = top;
        loop {
            let ours = recent.hash_at(height).ok_or(Halt::TooDeep { lowest })?;
            if self.chain.hash_at(height).await? == Some(ours) {
                break;
            }
            height = height.checked_sub(1).ok_or(Halt::TooDeep { lowest })?;
        }
        tracing::warn!(network = %self.network, from = top, to = height, "the chain was reorganised");
        metrics::counter!("reorganisations_total", "network" => self.network.name()).increment(1);
        if let Some(recent) = &mut self.recent {
            recent.go_back_to(height);
        }
        // The index must hold every payment that was told of, or one would be forgotten here.
        self.house.store.when_durable(self.voice.last_seq()).await;
        let left = self.house.views().mined_from(self.network, height + 1)?;
        let tip = self.tip()?;
        for mined in left {
            self.unmined(mined, tip).await;
        }
        self.save(Timestamp::from_unix_ms(0));
        Ok(())
    }

    async fn unmined(&mut self, mined: MinedPayment, tip: Tip) {
        let MinedPayment { payment, invoice, block, .. } = mined;
        let observation = Observation::Unmined { block };
        self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await;
    }

    async fn stride(&mut self, head: &Head) -> Result<(), Halt> {
        for _ in 0..BLOCKS_PER_STRIDE {
            let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
            if recent.height() >= head.height {
                break;
            }
            let (height, hash) = (recent.height() + 1, recent.hash());
            let block = self.chain.block_at(height).await?.ok_or(Halt::Moved)?;
            if block.parent != hash || block.at.height != height {
                return Err(Halt::Moved);
            }
            self.take_in(block).await?;
        }
        Ok(())
    }

    async fn take_in(&mut self, block: Block) -> Result<(), Halt> {
        let at = block.at;
        let recent = self.recent.as_mut().ok_or(Halt::Moved)?;
        recent.push(at.hash);
        let tip = Tip { height: at.height, hash: at.hash, solid_height: None };
        let mut ours = self.forget_contradicted(at, tip).await?;
        for (invoice, transfer) in self.ours(&block.transfers)? {
            let Transfer { payment, amount, .. } = transfer;
            let observation = Observation::Mined { amount, block: at };
            self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await;
            ours = true;
        }
        let now = self.house.time.now();
        if ours || now >= self.saved_at.plus(CHECKPOINT_EVERY) {
            self.save(now);
        }
        Ok(())
    }

    /// What the journal places at this height in another block has left the chain. This happens
    /// when the chain was reorganised while we were off and the checkpoint lay behind the facts.
    async fn forget_contradicted(&mut self, at: BlockRef, tip: Tip) -> Result<bool, Halt> {
        let mut any = false;
        let here_and_above = self.house.views().mined_from(self.network, at.height)?;
        let here = here_and_above.into_iter().take_while(|mined| mined.height == at.height);
        for mined in here.filter(|mined| mined.block != at.hash) {
            self.unmined(mined, tip).await;
            any = true;
        }
        Ok(any)
    }

    /// Those of the transfers that pay an address of ours: fingerprints first, then the views.
    pub(super) fn ours(&self, transfers: &[Transfer]) -> Result<Vec<(InvoiceId, Transfer)>, Halt> {
        let recipients = transfers.iter().map(|transfer| transfer.recipient.as_slice());
        let candidates = self.watched.matches(recipients);
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let views = self.house.views();
        let mut ours = Vec::new();
        for transfer in candidates.into_iter().filter_map(|place| transfers.get(place)) {
            if let Some(found) = views.invoice_at(self.network, &transfer.recipient)? {
                ours.push((found.invoice, transfer.clone()));
            }
        }
        Ok(ours)
    }

    /// Tells every invoice that has a payment which is deep at this tip.
    async fn credit_deep(&mut self, tip: Tip) -> Result<(), Halt> {
        let rows = self.house.views().deep_by(self.network, tip.height)?;
        let invoices: BTreeSet<InvoiceId> = rows.into_iter().map(|row| row.invoice).collect();
        for invoice in invoices {
            self.voice.tell(invoice, Command::Deepen { tip }).await;
        }
        Ok(())
    }

    /// At the head: the mempool, then whatever time has run out for.
    async fn finish_at_head(
        &mut self,
        head: &Head,
        asked_at: Timestamp,
    ) -> Result<Option<Timestamp>, Halt> {
        let tip = self.tip()?;
        if tip.height < head.height {
            return Ok(None);
        }
        if self.network.has_mempool() && !self.take_in_mempool(tip).await? {
            return Ok(None);
        }
        self.run_out(asked_at).await?;
        let now = self.house.time.now();
        if now >= self.saved_at.plus(CHECKPOINT_EVERY) {
            self.save(now);
        }
        Ok(Some(asked_at))
    }

    /// Tells every invoice whose time is over at `instant`.
    async fn run_out(&mut self, instant: Timestamp) -> Result<(), Halt> {
        loop {
            let due = self.house.views().invoices_due(self.network, instant, DUE_PER_READ)?;
            let all = due.len() < DUE_PER_READ;
            for (_, invoice) in due {
                self.voice.tell(invoice, Command::ScannedThrough { instant }).await;
            }
            if all {
                return Ok(());
            }
            self.house.store.when_durable(self.voice.last_seq()).await;
        }
    }

    pub(super) fn save(&mut self, now: Timestamp) {
        if let Some(recent) = &self.recent {
            let checkpoint = Checkpoint {
                height: recent.height(),
                hashes: recent.hashes(),
                solid_height: self.solid_height,
            };
            self.house.store.save_checkpoint(self.network, checkpoint);
            self.saved_at = now;
        }
    }
}
