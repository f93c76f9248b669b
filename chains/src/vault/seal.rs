//! Sealing under a passphrase: Argon2id makes the key, XChaCha20-Poly1305 seals.
//!
//! The sealed bytes say how they were made, so that stronger parameters can come later:
//! ```text
//! "CPSEALED" · version 1 · memory KiB u32 · passes u32 · lanes u32 (little-endian) · salt 16
//!            · nonce 24 · ciphertext and tag · SHA-256 of all that, 32
//! ```
//! The last field tells a damaged file from a wrong passphrase: where it does not fit, bytes have
//! changed; where it fits and the tag does not, the passphrase (or the purpose) is another one.
//! It protects against accidents only: who alters a file on purpose can write a new digest, and is
//! then told "wrong passphrase". The tag still lets nothing altered through.

use super::{NoRandomness, random_bytes};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const MAGIC: [u8; 8] = *b"CPSEALED";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
pub(super) const NONCE_BYTES: usize = 24;
pub(super) const DIGEST_BYTES: usize = 32;
/// Magic, version, three parameters, salt.
const HEADER_BYTES: usize = 37;

/// How much work it costs to try one passphrase (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes; they cost no extra time here, the passes run one after another.
    pub lanes: u32,
}

impl SealCost {
    /// RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
    pub const RECOMMENDED: SealCost = SealCost { memory_kib: 65_536, passes: 3, lanes: 4 };
    /// The least that Argon2 takes: for tests, and for nothing a person keeps.
    pub const LEAST: SealCost = SealCost { memory_kib: 8, passes: 1, lanes: 1 };
    /// What a file may ask for at most, so that a forged header cannot hang or exhaust a start.
    const MOST: SealCost = SealCost { memory_kib: 1_048_576, passes: 64, lanes: 64 };

    const fn is_bearable(self) -> bool {
        self.memory_kib <= SealCost::MOST.memory_kib
            && self.passes <= SealCost::MOST.passes
            && self.lanes <= SealCost::MOST.lanes
    }
}

/// Why something could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The parameters are not ones that Argon2 takes, or more than a start may cost.
    #[error("the key derivation parameters {0:?} cannot be used")]
    Cost(SealCost),
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// More than 256 GiB of text.
    #[error("too much to seal at once")]
    TooLong,
    /// Not made by this program, or by a later version of it.
    #[error("not a sealed file of this program (or of a newer version of it)")]
    Unknown,
    /// Bytes have changed since it was sealed.
    #[error("the sealed file is damaged; take it from a backup")]
    Damaged,
    /// Everything is whole, and this passphrase does not open it.
    #[error("wrong passphrase")]
    WrongPassphrase,
}

/// Seals `plaintext` for `purpose` under a passphrase.
///
/// # Errors
/// [`SealError::NoRandomness`], [`SealError::Cost`], [`SealError::EmptyPassphrase`].
pub fn seal(
    passphrase: &[u8],
    purpose: &str,
    plaintext: &[u8],
    cost: SealCost,
) -> Result<Vec<u8>, SealError> {
    if passphrase.is_empty() {
        return Err(SealError::EmptyPassphrase);
    }
    let header = header(cost, random_bytes::<SALT_BYTES>()?);
    let key = derive(passphrase, &header)?;
    let mut sealed = header.to_vec();
    sealed.extend_from_slice(&seal_with_key(&key, &bound(&header, purpose), plaintext)?);
    sealed.extend_from_slice(&Sha256::digest(&sealed));
    Ok(sealed)
}

/// Opens what [`seal`] made for the same purpose.
///
/// # Errors
/// [`SealError::Unknown`], [`SealError::Damaged`], [`SealError::WrongPassphrase`],
/// [`SealError::Cost`], told apart as this file's head says.
pub fn unseal(
    passphrase: &[u8],
    purpose: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let whole = checked(sealed)?;
    let (header, body) = whole.split_first_chunk::<HEADER_BYTES>().ok_or(SealError::Damaged)?;
    let key = derive(passphrase, header)?;
    open_with_key(&key, &bound(header, purpose), body).ok_or(SealError::WrongPassphrase)
}

/// The bytes before the digest, when magic, version and digest fit.
fn checked(sealed: &[u8]) -> Result<&[u8], SealError> {
    if !sealed.starts_with(&MAGIC) {
        return Err(SealError::Unknown);
    }
    let (whole, digest) = sealed.split_last_chunk::<DIGEST_BYTES>().ok_or(SealError::Damaged)?;
    if digest.as_slice() != Sha256::digest(whole).as_slice() {
        return Err(SealError::Damaged);
    }
    match whole.get(MAGIC.len()) {
        Some(&VERSION) => Ok(whole),
        Some(_) => Err(SealError::Unknown),
        None => Err(SealError::Damaged),
    }
}

/// Seals with a key that is there already: nonce, ciphertext, tag.
pub(super) fn seal_with_key(
    key: &[u8; 32],
    bound: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let nonce = random_bytes::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload { msg: plaintext, aad: bound };
    let text = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
    Ok([nonce.as_slice(), &text].concat())
}

/// Opens what [`seal_with_key`] made; `None` for another key, other bound data or changed bytes.
pub(super) fn open_with_key(
    key: &[u8; 32],
    bound: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload { msg: text, aad: bound };
    cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

fn header(cost: SealCost, salt: [u8; SALT_BYTES]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let parts = [
        MAGIC.as_slice(),
        &[VERSION],
        &cost.memory_kib.to_le_bytes(),
        &cost.passes.to_le_bytes(),
        &cost.lanes.to_le_bytes(),
        &salt,
    ]
    .concat();
    header.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
    header
}

/// The header and the purpose are authenticated with the text: neither can be swapped.
fn bound(header: &[u8; HEADER_BYTES], purpose: &str) -> Vec<u8> {
    [header.as_slice(), purpose.as_bytes()].concat()
}

fn derive(passphrase: &[u8], header: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let parameters = header.get(MAGIC.len().saturating_add(1)..).ok_or(SealError::Damaged)?;
    let ([memory, passes, lanes, ..], _) = parameters.as_chunks::<4>() else {
        return Err(SealError::Damaged);
    };
    let (_, salt) = header.split_last_chunk::<SALT_BYTES>().ok_or(SealError::Damaged)?;
    let cost = SealCost {
        memory_kib: u32::from_le_bytes(*memory),
        passes: u32::from_le_bytes(*passes),
        lanes: u32::from_le_bytes(*lanes),
    };
    if !cost.is_bearable() {
        return Err(SealError::Cost(cost));
    }
    let mut key = Zeroizing::new([0; 32]);
    Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(key.len()))
        .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
        .and_then(|argon2| argon2.hash_password_into(passphrase, salt, key.as_mut()))
        .map_err(|_| SealError::Cost(cost))?;
    Ok(key)
}

#[cfg(test)]
mod tests;
