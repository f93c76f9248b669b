//! The mempool: what is in it now, and what has left it without a block.
//!
//! What left goes first, so that money which replaces other money is never counted beside it. That
//! it has left is known when a transaction that excludes it is seen or mined, or when the very pool
//! that held it does so no longer. What another node lacks, or the same one after a restart, may
//! still be on its way: it is withdrawn when nobody has shown it for [`ABSENT_MAX`].

use super::reading::{Looked, Reader};
use super::scan::{Halt, Scan};
use cryptopayment_chains::adapter::{Coin, Mempool, Transfer, WaitingTransaction, Witness};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Command, Observation, Place};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::payment::{Hash32, PaymentId, Tip};
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_storage::MinedPayment;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How long a sighting stands that no mempool shows any more, when the one that showed it is out of
/// reach: three blocks of Bitcoin, in which it was mined if it ever will be soon.
const ABSENT_MAX: Span = Span::from_minutes(30);
/// A node's uptime comes in whole seconds, and its clock is not ours.
const UPTIME_SLACK: Span = Span::from_s(10);
/// Payments remembered whose block has left; beyond that they are shown again only when mined.
const LEFT_MAX: usize = 4096;
/// Looks in a row at a mempool of another head than ours that follow each other without a pause.
const MOVED_MAX: u32 = 3;

/// What the scan remembers of the mempool between two looks at it.
#[derive(Default)]
pub(super) struct Pool {
    reader: Reader,
    /// Reported by the adapter, which reports it once, and not looked through yet.
    unread: Vec<WaitingTransaction>,
    /// What of it pays us and was not told yet.
    untold: Vec<(InvoiceId, Transfer)>,
    /// Payments whose block has left. An adapter that saw them in the mempool just before they
    /// were mined does not report them as new when they are back.
    left: BTreeMap<PaymentId, (InvoiceId, Money)>,
    /// The coins that waiting transactions spend which pay us.
    coins: HashMap<Coin, Hash32>,
    /// Of these, the transactions one of whose coins another transaction spends.
    lost: HashSet<Hash32>,
    seats: HashMap<Hash32, Seat>,
    moved: u32,
}

/// Where a sighting was shown last, and since when it is missing.
#[derive(Clone, Copy)]
struct Seat {
    view: Option<u64>,
    absent_since: Option<Timestamp>,
}

/// What came of a look into the mempool.
#[derive(Default)]
pub(super) struct Look {
    /// Everything that was in it at this instant has been taken in.
    pub(super) through: Option<Timestamp>,
    /// Another look would find more.
    pub(super) at_once: bool,
    /// Why it could not be looked into.
    pub(super) trouble: Option<String>,
}

impl Pool {
    /// A block is taken in, with these payments of ours.
    pub(super) fn mined(&mut self, spent: &[Coin], ours: &[(InvoiceId, Transfer)]) {
        if !self.coins.is_empty() {
            self.lost.extend(spent.iter().filter_map(|coin| self.coins.get(coin)));
        }
        for (_, Transfer { payment, .. }) in ours {
            self.left.remove(payment);
            self.lost.remove(&payment.txid);
        }
    }

    /// Which of our transactions exclude each other, and what spends which coin.
    fn note_coins(&mut self, waiting: &WaitingTransaction, is_ours: bool) {
        let (txid, coins) = (waiting.txid, &mut self.coins);
        let others = waiting.spends.iter().filter_map(|coin| coins.get(coin).copied());
        self.lost.extend(others.filter(|other| *other != txid));
        if is_ours {
            coins.extend(waiting.spends.iter().map(|coin| (*coin, txid)));
        }
    }

    fn forget_all_but(&mut self, keep: impl Fn(&Hash32) -> bool) {
        self.coins.retain(|_, txid| keep(txid));
        self.lost.retain(|txid| keep(txid));
        self.seats.retain(|txid, _| keep(txid));
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

    /// Takes in the mempool as it stands at `tip`, if it is here soon.
    pub(super) async fn look_into_mempool(
        &mut self,
        tip: Tip,
        now: Timestamp,
    ) -> Result<Look, Halt> {
        match self.pool.reader.look(&self.chain, now, self.poll_interval).await {
            Looked::Here(asked_at, mempool) => self.take_in_mempool(tip, asked_at, mempool).await,
            Looked::NotYet { trouble, is_under_way } => {
                let trouble = trouble.map(|error| format!("the mempool cannot be read: {error}"));
                // Each step waits a moment for it, and reads what blocks there are before.
                Ok(Look { through: None, at_once: is_under_way, trouble })
            }
        }
    }

    async fn take_in_mempool(
        &mut self,
        tip: Tip,
        asked_at: Timestamp,
        mempool: Mempool,
    ) -> Result<Look, Halt> {
        let Mempool { txids, head, new, is_whole, all_told, witness } = mempool;
        let has_new = !new.is_empty();
        self.pool.unread.extend(new);
        self.look_through_unread()?;
        // The list is of another block than ours: what is missing may be in a block that we have
        // not scanned, and what is new may replace it. Nothing is concluded.
        if head != tip.hash {
            self.pool.moved = self.pool.moved.saturating_add(1);
            let at_once = self.pool.moved <= MOVED_MAX;
            return Ok(Look { at_once, ..Look::default() });
        }
        self.pool.moved = 0;
        let sightings = self.house.views().sightings(self.network)?;
        for (payment, invoice) in &sightings {
            if txids.contains(&payment.txid) {
                let seat = Seat { view: Some(witness.view), absent_since: None };
                self.pool.seats.insert(payment.txid, seat);
                self.pool.lost.remove(&payment.txid);
            } else if let Some(why) =
                self.why_gone(*payment, *invoice, is_whole.then_some(witness), asked_at)?
            {
                let network = self.network;
                tracing::info!(%network, %payment, %invoice, why, "a sighting is withdrawn");
                let command = observed(*payment, Observation::Vanished, tip);
                self.voice.tell(*invoice, command).await?;
            }
        }
        self.tell_waiting(&txids, witness.view, tip).await?;
        let sighted: HashSet<Hash32> = sightings.iter().map(|(payment, _)| payment.txid).collect();
        self.pool.forget_all_but(|txid| txids.contains(txid) || sighted.contains(txid));
        let through = (is_whole && all_told).then_some(asked_at);
        Ok(Look { through, at_once: !all_told && has_new, trouble: None })
    }

    /// Finds what pays us in what the adapter reported, and what excludes what.
    fn look_through_unread(&mut self) -> Result<(), Halt> {
        let transfers: Vec<Transfer> =
            self.pool.unread.iter().flat_map(|waiting| waiting.transfers.clone()).collect();
        let ours = self.ours(&transfers)?;
        let paying: HashSet<Hash32> =
            ours.iter().map(|(_, transfer)| transfer.payment.txid).collect();
        for waiting in std::mem::take(&mut self.pool.unread) {
            self.pool.note_coins(&waiting, paying.contains(&waiting.txid));
        }
        self.pool.untold.extend(ours);
        Ok(())
    }

    /// Tells what waits and was not told, and what waits again since its block has left.
    async fn tell_waiting(
        &mut self,
        txids: &HashSet<Hash32>,
        view: u64,
        tip: Tip,
    ) -> Result<(), Halt> {
        for (invoice, Transfer { payment, amount, .. }) in self.pool.untold.clone() {
            // It may have left again before it could be told; then it never was.
            if txids.contains(&payment.txid) {
                let command = observed(payment, Observation::Seen { amount }, tip);
                self.voice.tell(invoice, command).await?;
                let seat = Seat { view: Some(view), absent_since: None };
                self.pool.seats.insert(payment.txid, seat);
            }
        }
        self.pool.untold.clear();
        let back = self.pool.left.iter().filter(|(payment, _)| txids.contains(&payment.txid));
        let back: Vec<_> = back.map(|(payment, known)| (*payment, *known)).collect();
        for (payment, (invoice, amount)) in back {
            let command = observed(payment, Observation::Seen { amount }, tip);
            self.voice.tell(invoice, command).await?;
            self.pool.left.remove(&payment);
        }
        Ok(())
    }

    /// Why a sighting that the mempool does not show has left it for good; none while that is not
    /// known. Without a `witness` the list speaks only for what is in it.
    fn why_gone(
        &mut self,
        payment: PaymentId,
        invoice: InvoiceId,
        witness: Option<Witness>,
        now: Timestamp,
    ) -> Result<Option<&'static str>, Halt> {
        if self.pool.lost.contains(&payment.txid) {
            return Ok(Some("another transaction spends its coin"));
        }
        let Some(witness) = witness else { return Ok(None) };
        let unseated = Seat { view: None, absent_since: None };
        let seat = *self.pool.seats.get(&payment.txid).unwrap_or(&unseated);
        if seat.view == Some(witness.view) {
            return Ok(Some("it has left the mempool"));
        }
        let row = self.house.views().invoice(invoice)?;
        let known = row.and_then(|row| row.value.payment(payment).map(|known| known.place));
        if let (Some(Place::Mempool { since }), Some(alone_for)) = (known, witness.alone_for)
            && now.since(since.minus(UPTIME_SLACK)).as_duration() <= alone_for
        {
            return Ok(Some("it has left the mempool of the only node"));
        }
        let absent_since = seat.absent_since.unwrap_or(now);
        let seat = Seat { absent_since: Some(absent_since), ..seat };
        self.pool.seats.insert(payment.txid, seat);
        Ok((now.since(absent_since) >= ABSENT_MAX).then_some("no mempool has shown it for long"))
    }
}

fn observed(payment: PaymentId, observation: Observation, tip: Tip) -> Command {
    Command::Observe { payment, observation, tip }
}
