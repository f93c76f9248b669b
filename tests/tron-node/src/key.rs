//! Keys and signatures: secp256k1, 65 bytes of r, s and v.

use crate::address::Address;
use crate::digest::{Hash, sha256};
use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 65;

/// Somebody's secret, made from a name: whoever knows the name has the money. Tests only.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    /// The key that belongs to a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut secret = sha256(name.as_bytes());
        loop {
            match SigningKey::from_bytes(&secret.into()) {
                Ok(key) => return Self(key),
                // Not a number of the curve's field: one in 2^128.
                Err(_) => secret = sha256(&secret),
            }
        }
    }

    /// The key of 64 hex digits.
    #[must_use]
    pub fn of_hex(secret: &str) -> Option<Self> {
        let bytes: Hash = hex::decode(secret).ok()?.try_into().ok()?;
        SigningKey::from_bytes(&bytes.into()).ok().map(Self)
    }

    /// Its 64 hex digits, to give to a client.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0.to_bytes())
    }

    /// The account it opens.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::of_public_key(self.0.verifying_key().to_encoded_point(false).as_bytes())
    }

    /// Signs a transaction id or a block's hash.
    #[must_use]
    pub fn sign(&self, hash: &Hash) -> Vec<u8> {
        // A hash of 32 bytes can always be signed.
        let Ok((signature, recovery)) = self.0.sign_prehash_recoverable(hash) else {
            return Vec::new();
        };
        let mut bytes = signature.to_bytes().to_vec();
        bytes.push(27 + recovery.to_byte());
        bytes
    }
}

/// Whose signature it is, or what the node says of it.
pub fn signer(hash: &Hash, signature: &[u8]) -> Result<Address, String> {
    let Some((rs, v)) = signature.get(..SIGNATURE_BYTES).and_then(<[u8]>::split_last_chunk::<1>)
    else {
        return Err(format!("Signature size is {}", signature.len()));
    };
    // 0 and 1 mean 27 and 28; from 31 on the same for compressed keys.
    let header = if v[0] < 27 { v[0] + 27 } else { v[0] };
    if !(27..=34).contains(&header) {
        return Err(format!("Header byte out of range: {header}"));
    }
    let recovery = if header >= 31 { header - 31 } else { header - 27 };
    let wrong = |_| "Could not recover public key from signature".to_owned();
    let parsed = Signature::from_slice(rs).map_err(wrong)?;
    let recovery = RecoveryId::from_byte(recovery).ok_or_else(|| "sig error".to_owned())?;
    let key = VerifyingKey::recover_from_prehash(hash, &parsed, recovery).map_err(wrong)?;
    Ok(Address::of_public_key(key.to_encoded_point(false).as_bytes()))
}
