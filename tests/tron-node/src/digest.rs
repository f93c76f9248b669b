//! The hashes TRON is made of.

use sha2::{Digest, Sha256};
use sha3::Keccak256;

/// 32 bytes of a hash.
pub type Hash = [u8; 32];

/// SHA-256, once: transaction ids, block ids, the checksum of addresses.
pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Keccak-256, as Ethereum has it: addresses, selectors, topics.
pub fn keccak256(bytes: &[u8]) -> Hash {
    Keccak256::digest(bytes).into()
}

/// The root over leaves, as TRON's blocks have it: pairs are hashed together, an odd one goes up as
/// it is; nothing at all is zero.
pub fn merkle_root(mut leaves: Vec<Hash>) -> Hash {
    while leaves.len() > 1 {
        leaves = leaves
            .chunks(2)
            .map(|pair| if pair.len() == 2 { sha256(&pair.concat()) } else { pair[0] })
            .collect();
    }
    leaves.first().copied().unwrap_or_default()
}
