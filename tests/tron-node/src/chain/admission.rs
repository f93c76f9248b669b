//! Whether a transaction may come in, in the order the node looks (`Wallet.broadcastTransaction`,
//! `Manager.pushTransaction`, `processTransaction`).

use super::Chain;
use crate::address::Address;
use crate::digest::Hash;
use crate::key;
use crate::refusal::Refusal;
use crate::transaction::Transaction;

/// How large a transaction may be.
const TRANSACTION_BYTES_MAX: usize = 500 * 1024;
/// How far ahead of the head's time it may expire.
const EXPIRATION_MS_MAX: i64 = 24 * 3_600 * 1_000;
/// How many blocks can be referred to.
const RING: u64 = 65_536;
/// How many signatures a transaction may carry.
const SIGNATURES_MAX: usize = 5;

impl Chain {
    /// Takes a transaction into the pool.
    pub fn offer(&mut self, transaction: Transaction) -> Result<(), Refusal> {
        transaction.order().map_err(Refusal::Validate)?;
        if transaction.raw.expiration_ms < self.next_time_ms() {
            return Err(Refusal::Expired);
        }
        self.check_signature(&transaction)?;
        let now_ms = self.head().time_ms;
        self.push(transaction, now_ms)
    }

    /// Whether it may be in a block on top of the head: reference, size, time, and only once.
    pub(super) fn check_place(&self, transaction: &Transaction) -> Result<(), Refusal> {
        if !self.refers_to_us(&transaction.raw.ref_block_bytes, &transaction.raw.ref_block_hash) {
            return Err(Refusal::Tapos);
        }
        if transaction.encode().len() > TRANSACTION_BYTES_MAX {
            return Err(Refusal::TooBig);
        }
        let (expiration, head) = (transaction.raw.expiration_ms, self.head().time_ms);
        if expiration <= head || expiration > head + EXPIRATION_MS_MAX {
            return Err(Refusal::Expired);
        }
        if self.knows(&transaction.id) {
            return Err(Refusal::Duplicate);
        }
        Ok(())
    }

    fn knows(&self, id: &Hash) -> bool {
        self.places.contains_key(id) || self.pool.iter().any(|one| one.transaction.id == *id)
    }

    /// Two bytes of a number and eight of an id, of one of the newest 65,536 blocks.
    fn refers_to_us(&self, bytes: &[u8], hash: &[u8]) -> bool {
        let Ok(low) = <[u8; 2]>::try_from(bytes) else { return false };
        let (low, head) = (u64::from(u16::from_be_bytes(low)), self.head().number);
        let back = (head % RING + RING - low) % RING;
        head.checked_sub(back).is_some_and(|number| self.blocks[number as usize].id[8..16] == *hash)
    }

    fn check_signature(&self, transaction: &Transaction) -> Result<(), Refusal> {
        let refuse = |why: &str| Err(Refusal::Signature(why.to_owned()));
        let owner = transaction.order().ok().and_then(|order| Address::of_bytes(order.owner()));
        let Some(owner) = owner else { return refuse("sig error") };
        let signatures = &transaction.signatures;
        if signatures.is_empty() {
            return refuse("miss sig or contract");
        }
        if signatures.len() > SIGNATURES_MAX {
            return refuse("too many signatures");
        }
        let permission = transaction.raw.contracts[0].permission_id;
        if permission != 0 && permission != 2 {
            return refuse("permission isn't exit");
        }
        if signatures.len() > 1 {
            return Err(Refusal::Signature(format!(
                "Signature count is {} more than key counts of permission : 1",
                signatures.len()
            )));
        }
        let signer = key::signer(&transaction.id, &signatures[0]).map_err(Refusal::Signature)?;
        let account = self.pending.accounts.get(&owner);
        let wanted = account.and_then(|account| account.owner_key).unwrap_or(owner);
        if signer != wanted {
            return Err(Refusal::Signature(format!(
                "{} is signed by {signer} but it is not contained of permission.",
                hex::encode(&signatures[0])
            )));
        }
        Ok(())
    }
}
