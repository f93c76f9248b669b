//! The chain: blocks, the pool beside them, and how either grows. It has no clock; whoever holds it
//! says when a block is made.

mod admission;
mod fork;
mod view;

use crate::block::{Block, Place};
use crate::digest::Hash;
use crate::execution::{self, Setting};
use crate::parameters::Parameters;
use crate::producers::{self, Producers, SLOT_MS};
use crate::receipt::{Outcome, Receipt};
use crate::refusal::Refusal;
use crate::state::State;
use crate::transaction::Transaction;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub use fork::{Carry, Fork};
pub use view::View;

/// How long the pool keeps a transaction (`node.pendingTransactionTimeout`).
const POOL_MS: i64 = 60_000;
/// How long a block may be.
const BLOCK_BYTES_MAX: usize = 2_000_000;
/// For how many solid blocks their state is kept, for readers that lag.
const STATES_KEPT: u64 = 100;

/// A transaction that waits for a block.
pub struct Waiting {
    pub transaction: Transaction,
    /// Of the head when it came.
    pub since_ms: i64,
    /// What it would come to, on the head and the pool before it.
    pub receipt: Receipt,
}

/// Everything a node knows.
pub struct Chain {
    pub genesis_ms: i64,
    pub producers: Producers,
    pub parameters: Parameters,
    pub blocks: Vec<Block>,
    pub pool: Vec<Waiting>,
    /// Stays in the pool although blocks are made.
    pub held: BTreeSet<Hash>,
    /// What the next contract calls in blocks come to, whatever they ask for.
    pub dooms: Vec<Outcome>,
    /// What left the pool without a block, and why.
    pub lost: Vec<(Hash, Refusal)>,
    places: HashMap<Hash, (u64, usize)>,
    /// The head's state and on top of it what the pool would do.
    pending: Arc<State>,
    solid: u64,
    forks: i64,
}

impl Chain {
    /// A chain of one block, whose state is `state`.
    pub fn new(genesis_ms: i64, state: State) -> Self {
        let producers = Producers::new();
        let state = Arc::new(state);
        let place = Place { number: 0, slot: 0, time_ms: genesis_ms, parent: [0; 32] };
        let (latest, pending) = ([0; producers::COUNT], Arc::clone(&state));
        let key = producers.key(0);
        let genesis = Block::seal(place, key, Vec::new(), Vec::new(), latest, 0, state);
        Self {
            genesis_ms,
            producers,
            parameters: Parameters::published(),
            blocks: vec![genesis],
            pool: Vec::new(),
            held: BTreeSet::new(),
            dooms: Vec::new(),
            lost: Vec::new(),
            places: HashMap::new(),
            pending,
            solid: 0,
            forks: 0,
        }
    }

    /// The newest block.
    pub fn head(&self) -> &Block {
        // There is always the first one.
        &self.blocks[self.blocks.len() - 1]
    }

    /// The number of the newest solid block.
    pub fn solid(&self) -> u64 {
        self.solid
    }

    /// The slot of the block to come, when nobody misses one.
    fn next_slot(&self) -> i64 {
        let head = self.head();
        let epoch = |time_ms: i64| time_ms.div_euclid(producers::MAINTENANCE_MS);
        let before =
            self.blocks.len().checked_sub(2).map_or(head.time_ms, |at| self.blocks[at].time_ms);
        let voted = epoch(before) != epoch(head.time_ms);
        head.slot + 1 + if voted { producers::MAINTENANCE_SLOTS } else { 0 }
    }

    /// When the block to come is due.
    pub fn next_time_ms(&self) -> i64 {
        self.genesis_ms + self.next_slot() * SLOT_MS
    }

    /// Makes a block of what waits in the pool, after `missed` slots without one.
    pub fn mine(&mut self, missed: u64) {
        let offered = self.take_from_pool();
        let missed = i64::try_from(missed).unwrap_or_default();
        self.produce(missed, offered);
        self.settle();
    }

    /// Makes a block without what waits in the pool.
    pub fn mine_empty(&mut self) {
        self.produce(0, Vec::new());
        self.settle();
    }

    fn take_from_pool(&mut self) -> Vec<Transaction> {
        let held = &self.held;
        let mut bytes = 0;
        let taken = self.pool.extract_if(.., |waiting| {
            let fits = bytes < BLOCK_BYTES_MAX && !held.contains(&waiting.transaction.id);
            bytes += if fits { waiting.transaction.encode().len() + 64 } else { 0 };
            fits
        });
        taken.map(|waiting| waiting.transaction).collect()
    }

    /// Appends a block of what of `offered` can be in it; the rest is lost.
    fn produce(&mut self, missed: i64, offered: Vec<Transaction>) {
        let slot = self.producers.next_manned(self.next_slot() + missed);
        let mut state = Arc::clone(&self.state_of_head());
        let (mut transactions, mut receipts) = (Vec::new(), Vec::new());
        let mut included = BTreeSet::new();
        for transaction in offered {
            let ran = if included.contains(&transaction.id) {
                Err(Refusal::Duplicate)
            } else {
                self.check_place(&transaction)
                    .and_then(|()| self.run_in_block(&mut state, &transaction))
            };
            match ran {
                Ok(receipt) => {
                    included.insert(transaction.id);
                    transactions.push(transaction);
                    receipts.push(receipt);
                }
                Err(refusal) => self.lost.push((transaction.id, refusal)),
            }
        }
        self.append(slot, transactions, receipts, state);
    }

    fn run_in_block(
        &mut self,
        state: &mut Arc<State>,
        transaction: &Transaction,
    ) -> Result<Receipt, Refusal> {
        let calls = transaction
            .raw
            .contracts
            .first()
            .is_some_and(|contract| contract.kind == crate::transaction::TRIGGER);
        let doom = (calls && !self.dooms.is_empty()).then(|| self.dooms.remove(0));
        let (after, receipt) = execution::run(state, transaction, &self.setting(doom))?;
        *state = Arc::new(after);
        Ok(receipt)
    }

    fn append(
        &mut self,
        slot: i64,
        transactions: Vec<Transaction>,
        receipts: Vec<Receipt>,
        state: Arc<State>,
    ) {
        let head = self.head();
        let (number, mut latest) = (head.number + 1, head.latest);
        let place =
            Place { number, slot, time_ms: self.genesis_ms + slot * SLOT_MS, parent: head.id };
        let producer = Producers::of_slot(slot);
        latest[producer] = number;
        // The node never takes back what it called solid.
        self.solid = self.solid.max(producers::solid(&latest));
        for (index, transaction) in transactions.iter().enumerate() {
            self.places.insert(transaction.id, (number, index));
        }
        let key = self.producers.key(producer);
        let block = Block::seal(place, key, transactions, receipts, latest, self.solid, state);
        self.blocks.push(block);
        if let Some(old) = self.solid.checked_sub(STATES_KEPT) {
            self.blocks[old as usize].state = None;
        }
    }

    /// After a new head: what is too old leaves the pool, the rest is put on top of the head again.
    fn settle(&mut self) {
        let now_ms = self.head().time_ms;
        self.pending = self.state_of_head();
        for waiting in std::mem::take(&mut self.pool) {
            let id = waiting.transaction.id;
            let since_ms = waiting.since_ms;
            if now_ms - since_ms >= POOL_MS {
                self.lost.push((id, Refusal::Other("waited too long".to_owned())));
            } else if let Err(refusal) = self.push(waiting.transaction, since_ms) {
                self.lost.push((id, refusal));
            }
        }
    }

    /// Puts a transaction on top of the pool.
    fn push(&mut self, transaction: Transaction, since_ms: i64) -> Result<(), Refusal> {
        self.check_place(&transaction)?;
        let (after, receipt) = execution::run(&self.pending, &transaction, &self.setting(None))?;
        self.pending = Arc::new(after);
        self.pool.push(Waiting { transaction, since_ms, receipt });
        Ok(())
    }

    fn setting(&self, doom: Option<Outcome>) -> Setting<'_> {
        let head = self.head();
        Setting { parameters: &self.parameters, slot: head.slot, time_ms: head.time_ms, doom }
    }

    fn state_of_head(&self) -> Arc<State> {
        // The head's state is never given up.
        self.head().state.clone().unwrap_or_default()
    }

    /// Changes what is known without a transaction, as if it had been so since the newest solid
    /// block: no fork takes it back.
    pub fn decree(&mut self, mut change: impl FnMut(&mut State)) {
        let solid = self.solid as usize;
        for state in self.blocks[solid..].iter_mut().filter_map(|block| block.state.as_mut()) {
            change(Arc::make_mut(state));
        }
        self.settle();
    }
}
