//! What binds a block's transactions to its hash: the header, and the Merkle root in it.
//!
//! A provider that leaves a transaction out, puts one in or changes an id would have to find another
//! proof of work. Sources: Bitcoin's block header (80 bytes, the hash is SHA-256 twice) and Merkle
//! tree; Litecoin's are the same (only its proof of work is scrypt), and a MWEB block's integrating
//! transaction is in the tree like any other.

use cryptopayment_domain::payment::Hash32;
use sha2::{Digest, Sha256};

/// A block's header.
pub(super) struct Seal {
    pub(super) version: i32,
    pub(super) parent: Hash32,
    pub(super) merkle_root: Hash32,
    pub(super) time_s: u32,
    pub(super) bits: u32,
    pub(super) nonce: u32,
}

impl Seal {
    /// Whether this is the header of the block called `hash`, and of these transactions in it.
    ///
    /// # Errors
    /// A sentence that says what does not hold.
    pub(super) fn must_hold(&self, hash: Hash32, txids: &[Hash32]) -> Result<(), String> {
        if self.hash() != hash {
            return Err(format!("its header hashes to {}, not to {hash}", self.hash()));
        }
        match merkle_root(txids) {
            Some(root) if root == self.merkle_root => Ok(()),
            Some(root) => Err(format!(
                "its transactions hash to {root}, not to its Merkle root {}",
                self.merkle_root
            )),
            None => Err("it has no transactions, or the same ones twice".to_owned()),
        }
    }

    fn hash(&self) -> Hash32 {
        let mut bytes = Vec::with_capacity(80);
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&as_hashed(self.parent));
        bytes.extend_from_slice(&as_hashed(self.merkle_root));
        for number in [self.time_s, self.bits, self.nonce] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        as_printed(twice(&bytes))
    }
}

/// The root of the tree over these ids. None over nothing, and where two neighbours are equal: by
/// doubling the last ones another list would have the same root (CVE-2012-2459).
fn merkle_root(txids: &[Hash32]) -> Option<Hash32> {
    let mut row: Vec<[u8; 32]> = txids.iter().map(|txid| as_hashed(*txid)).collect();
    while row.len() > 1 {
        let (pairs, single) = row.as_chunks::<2>();
        if pairs.iter().any(|[left, right]| left == right) {
            return None;
        }
        let last = single.first().map(|last| [*last, *last]);
        row = pairs.iter().copied().chain(last).map(|pair| twice(&pair.concat())).collect();
    }
    row.first().copied().map(as_printed)
}

fn twice(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

/// Hashes are printed with their bytes in reverse.
fn as_hashed(Hash32(mut bytes): Hash32) -> [u8; 32] {
    bytes.reverse();
    bytes
}

fn as_printed(bytes: [u8; 32]) -> Hash32 {
    Hash32(as_hashed(Hash32(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(bytes: &[u8]) -> Vec<Hash32> {
        bytes.iter().map(|byte| Hash32([*byte; 32])).collect()
    }

    #[test]
    fn a_list_that_is_doubled_to_the_same_root_has_none() {
        assert!(merkle_root(&ids(&[1, 2, 3])).is_some());
        for doubled in [&[1, 2, 3, 3][..], &[1, 2, 3, 4, 5, 6, 5, 6], &[]] {
            assert_eq!(merkle_root(&ids(doubled)), None, "{doubled:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_left_out_put_in_or_exchanged_changes_the_root(
            count in 2usize..40,
            place in any::<proptest::sample::Index>(),
        ) {
            let ids: Vec<Hash32> = (0..count).map(|one| Hash32([one as u8; 32])).collect();
            let root = merkle_root(&ids);
            let place = place.index(count);
            let (mut less, mut more, mut other) = (ids.clone(), ids.clone(), ids.clone());
            less.remove(place);
            more.insert(place, Hash32([0xee; 32]));
            other[place] = Hash32([0xee; 32]);
            let mut swapped = ids;
            swapped.swap(place, (place + 1) % count);
            for changed in [less, more, other, swapped] {
                prop_assert_ne!(merkle_root(&changed), root);
            }
        }
    }
}
