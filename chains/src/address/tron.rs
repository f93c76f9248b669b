//! TRON addresses: 0x41 and the 20 bytes an Ethereum address would have, in base58check.
//!
//! Always 34 characters beginning with `T`. The test networks use the same prefix, so a test address
//! cannot be told from a real one; the 41-hex form is the node's own and is refused from users.

use super::{AddressError, evm};
use bitcoin::base58;
use bitcoin::secp256k1::PublicKey;
use cryptopayment_domain::network::Network;

/// Bytes of an address.
pub(super) const LENGTH: usize = 21;
/// The first byte of every address.
pub(super) const PREFIX: u8 = 0x41;
/// Characters of an address.
const TEXT_LENGTH: usize = 34;

/// The address of a public key.
pub(crate) fn address_of_key(key: &PublicKey) -> [u8; LENGTH] {
    let mut address = [PREFIX; LENGTH];
    address.split_at_mut(1).1.copy_from_slice(&evm::address_of_key(key));
    address
}

/// Reads 34 characters of base58check with the prefix 0x41.
pub(super) fn bytes_of_text(text: &str) -> Result<[u8; LENGTH], AddressError> {
    if !text.starts_with('T') {
        return Err(AddressError::Foreign(Network::Trc20));
    }
    if text.len() != TEXT_LENGTH {
        return Err(AddressError::Length);
    }
    let bytes = base58::decode_check(text).map_err(|error| match error {
        base58::Error::Decode(_) => AddressError::Character,
        base58::Error::IncorrectChecksum(_) => AddressError::Checksum,
        base58::Error::TooShort(_) | _ => AddressError::Length,
    })?;
    let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| AddressError::Length)?;
    if bytes.first() != Some(&PREFIX) {
        return Err(AddressError::Foreign(Network::Trc20));
    }
    Ok(bytes)
}

/// The base58check text.
pub(super) fn text(bytes: &[u8]) -> String {
    base58::encode_check(bytes)
}
