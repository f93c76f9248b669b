//! Ethereum and BSC addresses: 20 bytes, `0x` and 40 hexadecimal digits, checksum by EIP-55.

use super::AddressError;
use bitcoin::secp256k1::PublicKey;
use cryptopayment_domain::network::Network;
use sha3::{Digest, Keccak256};

/// Bytes of an address.
pub(super) const LENGTH: usize = 20;

/// Keccak-256, Ethereum's and TRON's hash (not SHA3-256: another padding).
pub(crate) fn keccak256(data: &[u8]) -> [u8; 32] {
    Keccak256::digest(data).into()
}

/// The address of a public key: the last 20 bytes of the hash of its two coordinates.
pub(crate) fn address_of_key(key: &PublicKey) -> [u8; LENGTH] {
    let uncompressed = key.serialize_uncompressed();
    let (_, coordinates) = uncompressed.split_at(1);
    let hash = keccak256(coordinates);
    let mut address = [0; LENGTH];
    address.copy_from_slice(hash.split_at(12).1);
    address
}

/// Reads `0x` + 40 digits. Mixed case must be the EIP-55 checksum; one case carries none.
pub(super) fn bytes_of_text(network: Network, text: &str) -> Result<[u8; LENGTH], AddressError> {
    let digits = text.strip_prefix("0x").ok_or(AddressError::Foreign(network))?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(AddressError::Character);
    }
    if digits.len() != 40 {
        return Err(AddressError::Length);
    }
    let mut bytes = [0; LENGTH];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| AddressError::Character)?;
    let lower = digits.bytes().any(|digit| digit.is_ascii_lowercase());
    let upper = digits.bytes().any(|digit| digit.is_ascii_uppercase());
    if lower && upper && self::text(&bytes) != text {
        return Err(AddressError::Checksum);
    }
    Ok(bytes)
}

/// The EIP-55 text: a letter is upper-case where the same nibble of the hash of the text is ≥ 8.
pub(super) fn text(bytes: &[u8]) -> String {
    let lower = hex::encode(bytes);
    let hash = hex::encode(keccak256(lower.as_bytes()));
    let checked = lower.chars().zip(hash.chars()).map(|(digit, nibble)| match nibble {
        '8'..='9' | 'a'..='f' => digit.to_ascii_uppercase(),
        _ => digit,
    });
    "0x".chars().chain(checked).collect()
}
