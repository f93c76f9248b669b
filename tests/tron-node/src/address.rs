//! Addresses: 21 bytes that begin with 0x41, written as base58check or as hex.

use crate::digest::{keccak256, sha256};
use std::fmt;

/// What every address begins with, on every TRON network.
const PREFIX: u8 = 0x41;

/// An address of an account or a contract.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 21]);

impl Address {
    /// The address of an uncompressed public key: 0x04 and 64 bytes.
    #[must_use]
    pub fn of_public_key(key: &[u8]) -> Self {
        let hash = keccak256(&key[1..]);
        Self::of_evm(&hash[12..])
    }

    /// The address whose last 20 bytes these are.
    #[must_use]
    pub fn of_evm(tail: &[u8]) -> Self {
        let mut bytes = [PREFIX; 21];
        bytes[1..].copy_from_slice(tail);
        Self(bytes)
    }

    /// The address these 21 bytes are, if they are one.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 21] = bytes.try_into().ok()?;
        (bytes[0] == PREFIX).then_some(Self(bytes))
    }

    /// The address of a text in base58check.
    #[must_use]
    pub fn of_base58(text: &str) -> Option<Self> {
        let bytes = bs58::decode(text).into_vec().ok()?;
        let (payload, checksum) = bytes.split_at_checked(21)?;
        (checksum == &sha256(&sha256(payload))[..4]).then(|| Self::of_bytes(payload))?
    }

    /// The address of a text in hex, as nodes take it, or in base58.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let of_hex = || Self::of_bytes(&hex::decode(text).ok()?);
        of_hex().or_else(|| Self::of_base58(text))
    }

    /// All 21 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last 20 bytes: what contracts and logs know.
    #[must_use]
    pub fn evm(&self) -> &[u8] {
        &self.0[1..]
    }

    /// 32 bytes with the address at their end, as contracts are called with.
    #[must_use]
    pub fn word(&self) -> [u8; 32] {
        let mut word = [0; 32];
        word[12..].copy_from_slice(self.evm());
        word
    }

    /// `41…`, 42 digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// `T…`, 34 characters.
    #[must_use]
    pub fn base58(&self) -> String {
        let mut bytes = self.0.to_vec();
        bytes.extend_from_slice(&sha256(&sha256(&self.0))[..4]);
        bs58::encode(bytes).into_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base58())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base58())
    }
}
