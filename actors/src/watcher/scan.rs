//! The scan of one network: block after block by a durable cursor, never skipping one.
//!
//! An older head whose hash is ours at that height is lag: wait. Another hash at a height we hold
//! is a fork: go back, also when the new chain is shorter, tell every invoice whose payment left,
//! and scan what came. Scanning again changes nothing.

use super::Watching;
use super::asides::Asides;
use super::mempool::{Look, Pool};
use super::recent::Recent;
use super::telling::{Told, Voice};
use crate::house::House;
use crate::operator::Operator;
use crate::skipped::Skipped;
use crate::watched::Watched;
use actix::{Addr, MailboxError};
use cryptopayment_chains::adapter::{Block, Chain, ChainError, Head, Transfer};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Tip};
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_storage::{Checkpoint, MinedPayment, ViewError};
use std::sync::Arc;

/// Blocks taken in before the scan pauses to credit what has become deep.
const BLOCKS_PER_STRIDE: u64 = 64;
/// The cursor is saved at least this often, and with every block that holds a payment of ours.
const CHECKPOINT_EVERY: Span = Span::from_s(60);
/// Blocks beyond the most confirmations asked for whose hashes are kept.
pub const WINDOW_BEYOND_REQUIRED: u32 = 100;
/// Invoices told at once that their time is over, before the index is read again.
const DUE_PER_READ: usize = 1024;

/// The scan of one network.
pub struct Scan {
    pub(super) network: Network,
    pub(super) chain: Arc<dyn Chain>,
    pub(super) house: House,
    pub(super) watched: Arc<Watched>,
    pub(super) skipped: Arc<Skipped>,
    pub(super) voice: Voice,
    pub(super) pool: Pool,
    pub(super) poll_interval: Span,
    /// The most confirmations that any invoice asks for.
    pub(super) required_max: u32,
    /// Blocks kept to recognise a fork by; a deeper one stops the network.
    pub(super) window: usize,
    pub(super) recent: Option<Recent>,
    pub(super) solid_height: Option<u64>,
    pub(super) saved_at: Timestamp,
    pub(super) identified: bool,
}

/// How a step of the scan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The newest scanned block.
    pub tip: Tip,
    /// The provider's own head.
    pub head_height: u64,
    /// Everything up to this instant has been taken in; none while there is more to scan.
    pub scanned_through: Option<Timestamp>,
    /// Another step would find more now.
    pub at_once: bool,
    /// Blocks are read, but not the mempool: why.
    pub trouble: Option<String>,
}

/// Why a step of the scan did not end well. Nothing is skipped; it is tried again.
#[derive(Debug, thiserror::Error)]
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
    /// An invoice could not be reached for long.
    #[error("invoice {invoice} cannot be told what was seen: {reason}")]
    Untold {
        /// Which.
        invoice: InvoiceId,
        /// Why.
        reason: String,
    },
    /// An actor that is always there has ended.
    #[error("an actor has ended: {0}")]
    Actor(#[from] MailboxError),
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
    /// The scan as its checkpoint left it.
    ///
    /// # Errors
    /// When the views cannot be read.
    pub(super) async fn load(
        house: House,
        operator: Addr<Operator>,
        watching: Watching,
    ) -> Result<Scan, Halt> {
        let Watching { network, chain, watched, skipped, required_max, poll_interval } = watching;
        // Nothing of what an earlier scan was told is known to this one.
        chain.tell_mempool_anew();
        // A scan that panicked may have told what is not durable yet: the views must show all of
        // it, payments set aside above all.
        let told_before = house.store.append(Vec::new());
        let last_seq = told_before.last;
        told_before.durable().await;
        let views = house.views();
        let window = required_max.saturating_add(WINDOW_BEYOND_REQUIRED) as usize;
        let checkpoint = views.checkpoint(network)?;
        let recent = checkpoint
            .as_ref()
            .and_then(|saved| Recent::from_saved(saved.height, &saved.hashes, window));
        let asides = Asides::of(network, views.payments_set_aside()?);
        let voice = Voice::new(house.clone(), operator, asides, last_seq);
        Ok(Scan {
            network,
            chain,
            house,
            watched,
            skipped,
            voice,
            pool: Pool::default(),
            poll_interval,
            required_max,
            window,
            recent,
            solid_height: checkpoint.and_then(|saved| saved.solid_height),
            saved_at: Timestamp::from_unix_ms(0),
            identified: false,
        })
    }

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
            self.go_back(&head).await?;
        }
        self.remember_below().await?;
        self.stride(&head).await?;
        self.solid_height = self.solidified(&head).await?;
        let tip = self.tip()?;
        self.house.store.when_durable(self.voice.last_seq()).await;
        self.credit_deep(tip).await?;
        self.book_suspense(tip).await?;
        let look = self.finish_at_head(&head, asked_at).await?;
        let Look { through: scanned_through, at_once, trouble } = look;
        Ok(Progress { tip, head_height: head.height, scanned_through, at_once, trouble })
    }

    /// The cursor as a tip.
    pub(super) fn tip(&self) -> Result<Tip, Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let solid_height = self.solid_height.map(|height| height.min(recent.height()));
        Ok(Tip { height: recent.height(), hash: recent.hash(), solid_height })
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
    ///
    /// The cursor goes first, durably. Of two branches either may win in the end: whoever is told
    /// that a payment's block has left must meet that block again if it comes again, also where we
    /// are killed on the way. What could not be told is met on the way up: it is contradicted there.
    async fn go_back(&mut self, head: &Head) -> Result<(), Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let (top, lowest) = (recent.height(), recent.lowest());
        let mut height = top;
        loop {
            let ours = recent.hash_at(height).ok_or(Halt::TooDeep { lowest })?;
            if height <= head.height {
                // No block where the head says there is one: this node lags behind the one before.
                let theirs = self.chain.hash_at(height).await?.ok_or(Halt::Moved)?;
                if theirs == ours {
                    break;
                }
            }
            height = height.checked_sub(1).ok_or(Halt::TooDeep { lowest })?;
        }
        tracing::warn!(network = %self.network, from = top, to = height, "the chain was reorganised");
        metrics::counter!("reorganisations_total", "network" => self.network.name()).increment(1);
        // The index must hold every payment that was told of, or one would be forgotten here.
        self.house.store.when_durable(self.voice.last_seq()).await;
        let hash = self.recent.as_ref().and_then(|recent| recent.hash_at(height));
        let hash = hash.ok_or(Halt::Moved)?;
        self.solid_height = self.solid_height.map(|solid| solid.min(height));
        let tip = Tip { height, hash, solid_height: self.solid_height };
        let left = self.house.views().mined_from(self.network, height + 1)?;
        if let Some(recent) = &mut self.recent {
            recent.go_back_to(height);
        }
        if let Some(checkpoint) = self.checkpoint() {
            let kept = self.house.store.keep_checkpoint(self.network, checkpoint).await;
            kept.map_err(|error| Halt::Store(error.to_string()))?;
        }
        for mined in left {
            self.may_fall_back(&mined)?;
            self.unmined(mined, tip).await?;
        }
        Ok(())
    }

    async fn unmined(&mut self, mined: MinedPayment, tip: Tip) -> Result<(), Halt> {
        let MinedPayment { payment, invoice, block, .. } = mined;
        let observation = Observation::Unmined { block };
        self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await?;
        Ok(())
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
        let tip = Tip { height: at.height, hash: at.hash, solid_height: None };
        let contradicted = self.contradicted(at)?;
        let ours = self.ours(&block.transfers)?;
        self.pool.mined(&block.spent, &ours);
        let lost = self.lost(&block.transfers);
        let concerns_us = !contradicted.is_empty() || !ours.is_empty() || !lost.is_empty();
        for mined in contradicted {
            if !ours.iter().any(|(_, transfer)| transfer.payment == mined.payment) {
                self.may_fall_back(&mined)?;
            }
            self.unmined(mined, tip).await?;
        }
        for (invoice, Transfer { payment, amount, .. }) in ours {
            self.voice.found_aside(payment, amount, at).await?;
            let observation = Observation::Mined { amount, block: at };
            self.voice.tell(invoice, Command::Observe { payment, observation, tip }).await?;
        }
        for (transfer, why) in lost {
            self.voice.found_lost(transfer.payment, transfer.amount, at, why).await?;
        }
        // Only now: a block of which something could not be told is taken in again.
        self.recent.as_mut().ok_or(Halt::Moved)?.push(at.hash);
        let now = self.house.time.now();
        if concerns_us || now >= self.saved_at.plus(CHECKPOINT_EVERY) {
            self.save(now);
        }
        Ok(())
    }

    /// What the journal places at this height in another block has left the chain. This happens
    /// when the chain was reorganised while we were off and the checkpoint lay behind the facts.
    fn contradicted(&self, at: BlockRef) -> Result<Vec<MinedPayment>, Halt> {
        let here_and_above = self.house.views().mined_from(self.network, at.height)?;
        let here = here_and_above.into_iter().take_while(|mined| mined.height == at.height);
        Ok(here.filter(|mined| mined.block != at.hash).collect())
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

    /// Those of the transfers that pay an address which a restored backup does not know, with what
    /// the operator is told of it.
    fn lost<'t>(&self, transfers: &'t [Transfer]) -> Vec<(&'t Transfer, String)> {
        let lost = |transfer: &'t Transfer| {
            let address = self.skipped.get(&transfer.recipient)?;
            Some((transfer, address.reason()))
        };
        match self.skipped.is_empty() {
            true => Vec::new(),
            false => transfers.iter().filter_map(lost).collect(),
        }
    }

    /// At the head: the mempool, then whatever time has run out for.
    async fn finish_at_head(&mut self, head: &Head, asked_at: Timestamp) -> Result<Look, Halt> {
        let tip = self.tip()?;
        if tip.height < head.height {
            return Ok(Look { at_once: true, ..Look::default() });
        }
        let look = match self.network.has_mempool() {
            true => self.look_into_mempool(tip, asked_at).await?,
            false => Look { through: Some(asked_at), ..Look::default() },
        };
        if let Some(through) = look.through {
            self.run_out(through).await?;
        }
        let now = self.house.time.now();
        if now >= self.saved_at.plus(CHECKPOINT_EVERY) {
            self.save(now);
        }
        Ok(look)
    }

    /// Tells every invoice whose time is over at `instant`.
    async fn run_out(&mut self, instant: Timestamp) -> Result<(), Halt> {
        loop {
            let due = self.house.views().invoices_due(self.network, instant, DUE_PER_READ)?;
            let all = due.len() < DUE_PER_READ;
            let mut taken = false;
            for (_, invoice) in due {
                let told = self.voice.tell(invoice, Command::ScannedThrough { instant }).await?;
                taken |= told == Told::Taken;
            }
            // Those that cannot take it stay in the index: with nothing but them read it is enough.
            if all || !taken {
                return Ok(());
            }
            self.house.store.when_durable(self.voice.last_seq()).await;
        }
    }

    pub(super) fn save(&mut self, now: Timestamp) {
        if let Some(checkpoint) = self.checkpoint() {
            self.house.store.save_checkpoint(self.network, checkpoint);
            self.saved_at = now;
        }
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        let recent = self.recent.as_ref()?;
        let (height, hashes) = (recent.height(), recent.hashes());
        Some(Checkpoint { height, hashes, solid_height: self.solid_height })
    }
}
