//! The vault: the only holder of keys.
//!
//! One BIP39 seed, sealed under a passphrase; from it the account keys of five networks; from their
//! public halves alone every deposit address. Beside it, and independent of it, one data key per
//! merchant for the secrets and personal data in the journal. Nothing here is ever logged, and no
//! type that holds a secret can be printed.
//!
//! | part | holds |
//! |---|---|
//! | [`seed`] | the words and what they derive |
//! | [`branches`] | which path belongs to which network and use |
//! | [`accounts`] | the public halves: all that watch-only needs, as text |
//! | [`seal`] | passphrase → key → sealed bytes |
//! | [`sealed_file`] | sealed bytes on disk, whole or not at all |
//! | [`seed_file`] | the seed on disk |
//! | [`data_keys`] | a key per merchant, made, used and forgotten |

pub mod accounts;
pub mod branches;
pub mod data_keys;
pub mod seal;
pub mod sealed_file;
pub mod seed;
pub mod seed_file;

pub use accounts::Accounts;
pub use data_keys::{DataKeyError, DataKeys};
pub use seal::SealCost;
pub use seed::Seed;

use rand::TryRngCore;
use rand::rngs::OsRng;

/// The operating system gave no randomness; nothing secret may be made without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

/// `N` bytes straight from the operating system.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
