//! What a reader sees: the head and the pool, or only what is solid; now, or some blocks ago.

use super::Chain;
use crate::block::Block;
use crate::digest::Hash;
use crate::receipt::Receipt;
use crate::state::State;
use crate::transaction::Transaction;

/// A chain up to a block.
pub struct View<'a> {
    pub chain: &'a Chain,
    top: u64,
    /// Whether the pool is seen too.
    pool: bool,
}

/// A transaction, where it is and what became of it. Without a block it waits in the pool.
pub struct Found<'a> {
    pub transaction: &'a Transaction,
    pub receipt: &'a Receipt,
    pub block: Option<&'a Block>,
}

impl Chain {
    /// What is seen `lag` blocks behind the head, or of that only what was solid then.
    pub fn view(&self, solid: bool, lag: u64) -> View<'_> {
        let head = self.head().number.saturating_sub(lag);
        let top = match (solid, lag) {
            (false, _) => head,
            (true, 0) => self.solid(),
            (true, _) => self.blocks[head as usize].solid,
        };
        View { chain: self, top, pool: !solid && lag == 0 }
    }
}

impl<'a> View<'a> {
    /// The newest block in sight.
    pub fn head(&self) -> &'a Block {
        &self.chain.blocks[self.top as usize]
    }

    /// The newest block that the head in sight calls solid.
    pub fn solid(&self) -> &'a Block {
        let solid = if self.pool { self.chain.solid() } else { self.head().solid };
        &self.chain.blocks[solid.min(self.top) as usize]
    }

    /// A block by its number.
    pub fn block(&self, number: i64) -> Option<&'a Block> {
        let number = u64::try_from(number).ok().filter(|number| *number <= self.top)?;
        self.chain.blocks.get(usize::try_from(number).ok()?)
    }

    /// A block by its id, which begins with its number.
    pub fn block_of(&self, id: &[u8]) -> Option<&'a Block> {
        let number = id.first_chunk::<8>()?;
        self.block(i64::from_be_bytes(*number)).filter(|block| block.id == id)
    }

    /// A transaction in a block in sight or, where the pool is seen, in the pool.
    pub fn transaction(&self, id: &Hash) -> Option<Found<'a>> {
        if let Some((number, index)) = self.chain.places.get(id).copied() {
            let block = self.block(number.cast_signed())?;
            let (transaction, receipt) = (&block.transactions[index], &block.receipts[index]);
            return Some(Found { transaction, receipt, block: Some(block) });
        }
        let mut pool = self.chain.pool.iter().filter(|_| self.pool);
        let waiting = pool.find(|waiting| waiting.transaction.id == *id)?;
        let (transaction, receipt) = (&waiting.transaction, &waiting.receipt);
        Some(Found { transaction, receipt, block: None })
    }

    /// What is known.
    pub fn state(&self) -> &'a State {
        if self.pool {
            return &self.chain.pending;
        }
        // An old state is given up: then the oldest that is kept stands for it.
        let kept = self.chain.blocks[self.top as usize..].iter().find_map(|it| it.state.as_ref());
        kept.unwrap_or(&self.chain.pending)
    }
}
