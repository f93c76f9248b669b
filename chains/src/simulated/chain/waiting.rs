//! The transactions that wait to be mined, in the order in which they came.

use crate::simulated::transaction::Transaction;
use cryptopayment_domain::payment::Hash32;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A queue from which any one can be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    in_order: BTreeMap<u64, Arc<Transaction>>,
    places: HashMap<Hash32, u64>,
    next_place: u64,
}

impl Waiting {
    /// Puts one at the end.
    pub fn put(&mut self, transaction: Arc<Transaction>) {
        self.places.insert(transaction.txid, self.next_place);
        self.in_order.insert(self.next_place, transaction);
        self.next_place = self.next_place.saturating_add(1);
    }

    /// Takes the oldest, `most` of them.
    pub fn take(&mut self, most: usize) -> Vec<Arc<Transaction>> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some((_, transaction)) = self.in_order.pop_first()
        {
            self.places.remove(&transaction.txid);
            taken.push(transaction);
        }
        taken
    }

    /// Takes one out of the middle.
    pub fn remove(&mut self, txid: Hash32) -> Option<Arc<Transaction>> {
        let place = self.places.remove(&txid)?;
        self.in_order.remove(&place)
    }

    /// One of them.
    pub fn get(&self, txid: Hash32) -> Option<&Arc<Transaction>> {
        self.in_order.get(self.places.get(&txid)?)
    }

    /// The ids of all, oldest first.
    pub fn ids(&self) -> Vec<Hash32> {
        self.in_order.values().map(|transaction| transaction.txid).collect()
    }
}
