//! Addresses: a payee's text is checked and made canonical bytes, and the bytes become text again.
//!
//! Two texts of one payee have the same bytes, so everything that looks an address up or compares
//! two (the watched set, "own address" in a withdrawal) works on the bytes:
//! the scriptPubKey on Bitcoin and Litecoin, 20 bytes on Ethereum and BSC, 21 (0x41 first) on TRON.

mod evm;
mod tron;
mod utxo;

use crate::chain_name::ChainName;
use cryptopayment_domain::network::Network;
use std::fmt;

pub(crate) use evm::{address_of_key as evm_address_of_key, keccak256};
pub(crate) use tron::address_of_key as tron_address_of_key;
pub(crate) use utxo::script_of_key as utxo_script_of_key;

/// The longest text that is looked at. The longest address we take has 62 characters; base58 costs
/// quadratic time, so a megabyte of it must not be decoded.
const TEXT_LENGTH_MAX: usize = 100;

/// A valid address of one network and chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    network: Network,
    chain: ChainName,
    bytes: Vec<u8>,
}

/// Why a text is no address that may be paid to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("the address is empty")]
    Empty,
    /// A space, line end or other character that no address has.
    #[error("the address has a character that no address has; copy it again without spaces")]
    Character,
    /// Too short or too long.
    #[error("the address has the wrong length; copy it again as a whole")]
    Length,
    /// The checksum does not fit: a character is wrong.
    #[error("the address has a mistake in it: its checksum does not fit")]
    Checksum,
    /// Not written as an address of this network.
    #[error("this is no {0} address")]
    Foreign(Network),
    /// An address of the same coin on another chain.
    #[error("this address belongs to another chain of this coin, not to {0}")]
    OtherChain(ChainName),
    /// `3…` or `2…` on Litecoin: the old form of a script address, the same text as Bitcoin's.
    #[error("an old script address cannot be told from Bitcoin's; ask the wallet for the M… form")]
    AmbiguousScript,
    /// A Litecoin MWEB address (`ltcmweb1…`).
    #[error("MWEB addresses cannot be paid to; ask the wallet for an ltc1… address")]
    Mweb,
    /// A witness version or program length that has no meaning today: anyone could take the coins.
    #[error("this kind of segwit address is not in use yet; coins sent to it could be lost")]
    UnknownWitness,
    /// Bytes that are not the canonical form of an address.
    #[error("not the bytes of an address of this network")]
    NotCanonical,
}

impl Address {
    /// Checks what a user typed as an address on `chain` of `network`.
    ///
    /// Strict: no spaces, no other network's or chain's form, every checksum that is there must
    /// fit (BIP173, BIP350, base58check, EIP-55; an EVM address in one case carries none).
    ///
    /// # Errors
    /// [`AddressError`], whose text tells the user what to do.
    pub fn parse(network: Network, chain: ChainName, text: &str) -> Result<Address, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AddressError::Character);
        }
        if network == Network::Ltc && utxo::looks_like_mweb(text) {
            return Err(AddressError::Mweb);
        }
        if text.len() > TEXT_LENGTH_MAX {
            return Err(AddressError::Length);
        }
        let bytes = match network {
            Network::Btc | Network::Ltc => utxo::script_of_text(network, chain, text)?,
            Network::Eth | Network::Bep20 => evm::bytes_of_text(network, text)?.to_vec(),
            Network::Trc20 => tron::bytes_of_text(text)?.to_vec(),
        };
        Ok(Address { network, chain, bytes })
    }

    /// The address with these canonical bytes (a scriptPubKey, 20 or 21 bytes).
    ///
    /// # Errors
    /// [`AddressError::NotCanonical`] when no address has them: a bare script, OP_RETURN, a wrong
    /// length, another prefix than TRON's 0x41.
    pub fn from_bytes(
        network: Network,
        chain: ChainName,
        bytes: &[u8],
    ) -> Result<Address, AddressError> {
        let known = match network {
            Network::Btc | Network::Ltc => utxo::is_standard(bytes),
            Network::Eth | Network::Bep20 => bytes.len() == evm::LENGTH,
            Network::Trc20 => bytes.len() == tron::LENGTH && bytes.first() == Some(&tron::PREFIX),
        };
        if !known {
            return Err(AddressError::NotCanonical);
        }
        Ok(Address { network, chain, bytes: bytes.to_vec() })
    }

    /// The network it is on.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The chain of that network.
    pub const fn chain(&self) -> ChainName {
        self.chain
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The canonical bytes, taken out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Display for Address {
    /// The text to show: bech32 in lower case, EIP-55, base58.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.network {
            Network::Btc | Network::Ltc => {
                utxo::write_text(f, self.network, self.chain, &self.bytes)
            }
            Network::Eth | Network::Bep20 => f.write_str(&evm::text(&self.bytes)),
            Network::Trc20 => f.write_str(&tron::text(&self.bytes)),
        }
    }
}

#[cfg(test)]
mod tests;
