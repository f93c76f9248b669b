//! The state of a simulated chain: blocks, what waits, who has what. A pure function of the records.

mod holdings;
mod waiting;

use super::block::SimulatedBlock;
use super::record::{PayStyle, Record, ReorgStyle};
use super::transaction::{Identity, Transaction, coin_units};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use holdings::Holdings;
use std::str::FromStr;
use std::sync::Arc;
use waiting::Waiting;

/// How far below the newest block TRON's solidified one lies: 18 others must follow it.
pub const SOLID_LAG: u64 = 18;
/// Transactions in one block at most.
const BLOCK_TRANSACTIONS_MAX: usize = 10_000;
/// Blocks in one record at most.
pub const BLOCKS_AT_ONCE_MAX: u32 = 10_000;
/// Payees in one transaction at most.
const PAYEES_MAX: usize = 1_000;

/// The state. Equal records make equal states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainState {
    identity: Identity,
    blocks: Vec<Arc<SimulatedBlock>>,
    waiting: Waiting,
    holdings: Holdings,
    coins_spent: u64,
    branch: u64,
    solid_height: u64,
}

/// Why a change is not made. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// No payee, or too many.
    #[error("a transaction has 1 to {PAYEES_MAX} payees")]
    Payees,
    /// An amount of zero, or more than the faucet gives at once.
    #[error("one payment is more than nothing and at most {0} base units")]
    Amount(u128),
    /// Bitcoin has no failed transactions, Ethereum's own coin no look-alike beside it in a log.
    #[error("there are no {1:?} payments on {0}")]
    Style(Network, PayStyle),
    /// The transaction does not wait in the mempool.
    #[error("transaction {0} is not waiting to be mined")]
    NotWaiting(String),
    /// More blocks than the chain has above its genesis block, or above the solidified one.
    #[error("at most {0} blocks can be replaced now")]
    TooDeep(u64),
    /// No blocks, or too many at once.
    #[error("1 to {BLOCKS_AT_ONCE_MAX} blocks at once")]
    Blocks,
    /// The record cannot be at this place: a second beginning, a payee that is no address.
    #[error("the record does not fit: {0}")]
    Misfit(&'static str),
}

impl ChainState {
    /// The chain that a first record begins.
    ///
    /// # Errors
    /// [`Impossible::Misfit`] for any other record.
    pub fn born(record: &Record) -> Result<ChainState, Impossible> {
        let Record::Born { network, salt, time_s } = record else {
            return Err(Impossible::Misfit("the first record does not begin a chain"));
        };
        let network = Network::from_str(network).map_err(|_| Impossible::Misfit("network"))?;
        let salt = Hash32::from_hex(salt).ok_or(Impossible::Misfit("salt"))?.0;
        let identity = Identity { network, salt };
        let genesis = SimulatedBlock::on(&identity, None, 0, *time_s, Vec::new());
        let holdings = Holdings::all_with(identity.faucet());
        Ok(ChainState {
            identity,
            blocks: vec![Arc::new(genesis)],
            waiting: Waiting::default(),
            holdings,
            coins_spent: 0,
            branch: 0,
            solid_height: 0,
        })
    }

    /// Makes a change, wholly or not at all, and says which transaction it made, if any.
    ///
    /// # Errors
    /// [`Impossible`]; then nothing has changed.
    pub fn apply(&mut self, record: &Record) -> Result<Option<Hash32>, Impossible> {
        self.check(record)?;
        match record {
            Record::Born { .. } => Ok(None),
            Record::Sent { style, payees } => self.send(*style, payees).map(Some),
            Record::Mined { blocks, time_s } => self.mine(*blocks, *time_s).map(|()| None),
            Record::DoubleSpent { txid } => self.double_spend(txid).map(Some),
            Record::Evicted { txid } => self.take_waiting(txid).map(|_| None),
            Record::Replaced { txid, payees } => self.replace(txid, payees).map(Some),
            Record::Reorganised { depth, blocks, style, time_s } => {
                self.reorganise(*depth, *blocks, *style, *time_s).map(|()| None)
            }
        }
    }

    /// Whether a change can be made now.
    ///
    /// # Errors
    /// [`Impossible`], the reason.
    pub fn check(&self, record: &Record) -> Result<(), Impossible> {
        let range = |blocks: u32, least: u32| {
            let fits = (least..=BLOCKS_AT_ONCE_MAX).contains(&blocks);
            if fits { Ok(()) } else { Err(Impossible::Blocks) }
        };
        match record {
            Record::Born { .. } => Err(Impossible::Misfit("the chain has begun already")),
            Record::Sent { style, payees } => self.check_payment(*style, payees),
            Record::Mined { blocks, .. } => range(*blocks, 1),
            Record::DoubleSpent { txid } | Record::Evicted { txid } => self.check_waits(txid),
            Record::Replaced { txid, payees } => {
                self.check_waits(txid)?;
                self.check_payment(PayStyle::Plain, payees)
            }
            Record::Reorganised { depth, blocks, .. } => {
                // A chain may end up shorter: a node does that whose operator rejects a block.
                range(*blocks, 0)?;
                let most = self.replaceable();
                let fits = *depth > 0 && u64::from(*depth) <= most;
                if fits { Ok(()) } else { Err(Impossible::TooDeep(most)) }
            }
        }
    }

    fn check_waits(&self, txid: &str) -> Result<(), Impossible> {
        let waits = Hash32::from_hex(txid).is_some_and(|id| self.waiting(id).is_some());
        if waits { Ok(()) } else { Err(Impossible::NotWaiting(txid.to_owned())) }
    }

    /// How many blocks can be replaced: all but the genesis block; on TRON all above the solid one.
    fn replaceable(&self) -> u64 {
        match self.identity.network {
            Network::Trc20 => self.height().saturating_sub(self.solid_height),
            Network::Btc | Network::Ltc | Network::Eth | Network::Bep20 => self.height(),
        }
    }

    fn check_payment(&self, style: PayStyle, payees: &[(String, u128)]) -> Result<(), Impossible> {
        let network = self.identity.network;
        if payees.is_empty() || payees.len() > PAYEES_MAX {
            return Err(Impossible::Payees);
        }
        let exists = match style {
            PayStyle::Plain => true,
            PayStyle::Failed | PayStyle::LookAlike => !network.has_mempool(),
            PayStyle::AmongLookAlikes => network.is_dollar(),
        };
        if !exists {
            return Err(Impossible::Style(network, style));
        }
        let most = coin_units(network);
        let sum = payees.iter().try_fold(0u128, |sum, (_, units)| sum.checked_add(*units));
        let none_is_zero = payees.iter().all(|(_, units)| *units > 0);
        if sum.is_some_and(|sum| sum <= most) && none_is_zero {
            Ok(())
        } else {
            Err(Impossible::Amount(most))
        }
    }

    fn send(&mut self, style: PayStyle, payees: &[(String, u128)]) -> Result<Hash32, Impossible> {
        let coin = self.coins_spent;
        let transaction = self.identity.payment(coin, style, &decoded(payees)?);
        self.coins_spent = coin.saturating_add(1);
        let txid = transaction.txid;
        self.waiting.put(Arc::new(transaction));
        Ok(txid)
    }

    fn mine(&mut self, blocks: u32, time_s: i64) -> Result<(), Impossible> {
        for _ in 0..blocks {
            let transactions = self.waiting.take(BLOCK_TRANSACTIONS_MAX);
            self.connect(time_s, transactions)?;
        }
        Ok(())
    }

    fn connect(
        &mut self,
        time_s: i64,
        transactions: Vec<Arc<Transaction>>,
    ) -> Result<(), Impossible> {
        let parent = self.blocks.last().map(Arc::as_ref);
        // A block is never older than its parent, whatever the clock did meanwhile.
        let time_s = parent.map_or(time_s, |parent| parent.time_s.max(time_s));
        for transaction in &transactions {
            self.holdings.apply(transaction).ok_or(Impossible::Misfit("the faucet is empty"))?;
        }
        let block = SimulatedBlock::on(&self.identity, parent, self.branch, time_s, transactions);
        self.blocks.push(Arc::new(block));
        self.solid_height = self.solid_height.max(self.height().saturating_sub(SOLID_LAG));
        Ok(())
    }

    fn take_waiting(&mut self, txid: &str) -> Result<Arc<Transaction>, Impossible> {
        let waiting = Hash32::from_hex(txid).and_then(|txid| self.waiting.remove(txid));
        waiting.ok_or_else(|| Impossible::NotWaiting(txid.to_owned()))
    }

    fn double_spend(&mut self, txid: &str) -> Result<Hash32, Impossible> {
        let lost = self.take_waiting(txid)?;
        let won = self.identity.conflict(lost.coin);
        let txid = won.txid;
        self.waiting.put(Arc::new(won));
        Ok(txid)
    }

    fn replace(&mut self, txid: &str, payees: &[(String, u128)]) -> Result<Hash32, Impossible> {
        let payees = decoded(payees)?;
        let lost = self.take_waiting(txid)?;
        let won = self.identity.payment(lost.coin, PayStyle::Plain, &payees);
        let txid = won.txid;
        self.waiting.put(Arc::new(won));
        Ok(txid)
    }

    fn reorganise(
        &mut self,
        depth: u32,
        blocks: u32,
        style: ReorgStyle,
        time_s: i64,
    ) -> Result<(), Impossible> {
        let kept = usize::try_from(depth)
            .ok()
            .and_then(|depth| self.blocks.len().checked_sub(depth))
            .ok_or(Impossible::TooDeep(self.replaceable()))?;
        let left = self.blocks.split_off(kept);
        let transactions: Vec<_> =
            left.iter().flat_map(|block| block.transactions.iter().cloned()).collect();
        for transaction in transactions.iter().rev() {
            self.holdings.undo(transaction).ok_or(Impossible::Misfit("holdings"))?;
        }
        self.branch = self.branch.saturating_add(1);
        let mut first = self.after_leaving(style, transactions, blocks);
        for _ in 0..blocks {
            self.connect(time_s, std::mem::take(&mut first))?;
        }
        Ok(())
    }

    /// The transactions of the first new block. Where there is none they wait.
    fn after_leaving(
        &mut self,
        style: ReorgStyle,
        left: Vec<Arc<Transaction>>,
        blocks: u32,
    ) -> Vec<Arc<Transaction>> {
        let coming: Vec<Arc<Transaction>> = match style {
            ReorgStyle::BackToMempool => {
                left.into_iter().for_each(|transaction| self.waiting.put(transaction));
                return Vec::new();
            }
            ReorgStyle::Dropped => return Vec::new(),
            ReorgStyle::MinedAgain => left,
            ReorgStyle::DoubleSpent => {
                left.iter().map(|lost| Arc::new(self.identity.conflict(lost.coin))).collect()
            }
        };
        if blocks > 0 {
            return coming;
        }
        coming.into_iter().for_each(|transaction| self.waiting.put(transaction));
        Vec::new()
    }

    /// What makes this chain this one.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The newest block's height.
    pub fn height(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.height)
    }

    /// The block at a height.
    pub fn block(&self, height: u64) -> Option<&Arc<SimulatedBlock>> {
        self.blocks.get(usize::try_from(height).ok()?)
    }

    /// The newest height that TRON calls solidified.
    pub const fn solid_height(&self) -> u64 {
        self.solid_height
    }

    /// The ids of all transactions that wait.
    pub fn waiting_ids(&self) -> Vec<Hash32> {
        self.waiting.ids()
    }

    /// A transaction that waits.
    pub fn waiting(&self, txid: Hash32) -> Option<&Arc<Transaction>> {
        self.waiting.get(txid)
    }

    /// What an address has, in base units, by the chain's blocks.
    pub fn balance(&self, address: &[u8]) -> u128 {
        self.holdings.of(address)
    }

    /// What everybody has together: always the supply.
    pub fn total(&self) -> u128 {
        self.holdings.total()
    }
}

fn decoded(payees: &[(String, u128)]) -> Result<Vec<(Vec<u8>, u128)>, Impossible> {
    let decode = |(text, units): &(String, u128)| hex::decode(text).map(|to| (to, *units));
    payees.iter().map(decode).collect::<Result<_, _>>().map_err(|_| Impossible::Misfit("payee"))
}
