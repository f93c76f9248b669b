//! A data key per merchant: what seals webhook secrets, TOTP seeds, e-mails and metadata in facts.
//!
//! The keys live outside the journal in a folder of their own, so a merchant can be forgotten by
//! forgetting his key while the journal's hash chain still verifies. A random master key, itself
//! sealed under the passphrase and independent of the seed (watch-only has it too), seals each of
//! them; the slow passphrase derivation runs once, when the folder is opened.
//! ```text
//! keys/master.key       the master key, sealed (see `seal`)
//! keys/<merchant>.key   "CPDATAKY" · version 1 · nonce 24 · key and tag 48 · SHA-256 32
//! ```

use super::random_bytes;
use super::seal::{self, DIGEST_BYTES, SealCost, SealError};
use super::sealed_file;
use cryptopayment_domain::id::MerchantId;
use parking_lot::{Mutex, RwLock};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

const MASTER_FILE: &str = "master.key";
const MASTER_PURPOSE: &str = "cryptopayment data keys";
const MAGIC: [u8; 9] = *b"CPDATAKY\x01";
/// The first byte of everything sealed for a merchant.
const SEALED_VERSION: u8 = 1;

type Key = Zeroizing<[u8; 32]>;

/// Why a data key could not be made, used or forgotten.
#[derive(Debug, thiserror::Error)]
pub enum DataKeyError {
    /// The merchant has no key: it was never made, or was forgotten.
    #[error("merchant {0} has no data key: it was forgotten, or is missing from this data folder")]
    NoKey(MerchantId),
    /// The text was sealed by another key or for another merchant, or has changed.
    #[error("what was sealed for merchant {0} does not open: it has been changed")]
    DoesNotOpen(MerchantId),
    /// The file of a key has changed since it was written.
    #[error("the data key {0} is damaged; take it from a backup")]
    Damaged(PathBuf),
    /// The master key: wrong passphrase, damage, randomness.
    #[error("data keys: {0}")]
    Seal(#[from] SealError),
    /// The folder has keys of merchants and no master key, so a new one would open none of them.
    #[error("{0} is missing beside the data keys it opens; take it from a backup")]
    MasterMissing(PathBuf),
    /// The file system refused.
    #[error("data key file {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// The data keys of all merchants. Shared between threads; sealing and opening take no lock that
/// anybody holds across file access, once a merchant's key has been read.
pub struct DataKeys {
    folder: PathBuf,
    master: Key,
    /// Read far more often than written; keys enter on first use and never change.
    known: RwLock<HashMap<MerchantId, Arc<Key>>>,
    /// Makes "not there, so make it" and "forget" one step each. Never taken by readers.
    changing: Mutex<()>,
}

impl DataKeys {
    /// Makes a new folder of data keys under a passphrase, durable when this returns.
    ///
    /// # Errors
    /// [`DataKeyError::Io`] when the folder has a master key already,
    /// [`DataKeyError::MasterMissing`] when it only has merchants' keys.
    pub fn create(
        folder: &Path,
        passphrase: &[u8],
        cost: SealCost,
    ) -> Result<DataKeys, DataKeyError> {
        sealed_file::create_folder(folder).map_err(at(folder))?;
        let path = folder.join(MASTER_FILE);
        if !path.exists() && has_keys(folder)? {
            return Err(DataKeyError::MasterMissing(path));
        }
        let master = Zeroizing::new(random_bytes::<32>().map_err(SealError::from)?);
        let sealed = seal::seal(passphrase, MASTER_PURPOSE, master.as_slice(), cost)?;
        sealed_file::write_new(&path, &sealed).map_err(at(&path))?;
        Ok(DataKeys::with(folder, master))
    }

    /// Opens a folder of data keys. Takes as long as the cost it was made with.
    ///
    /// # Errors
    /// [`DataKeyError::MasterMissing`], [`DataKeyError::Seal`], [`DataKeyError::Io`].
    pub fn open(folder: &Path, passphrase: &[u8]) -> Result<DataKeys, DataKeyError> {
        let path = folder.join(MASTER_FILE);
        let sealed = match std::fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(DataKeyError::MasterMissing(path));
            }
            Err(source) => return Err(DataKeyError::Io { path, source }),
        };
        let master = seal::unseal(passphrase, MASTER_PURPOSE, &sealed)?;
        let master = key_of(&master).ok_or(DataKeyError::Damaged(path))?;
        Ok(DataKeys::with(folder, master))
    }

    /// Whether a folder has been made by [`DataKeys::create`].
    pub fn exist(folder: &Path) -> bool {
        folder.join(MASTER_FILE).exists()
    }

    fn with(folder: &Path, master: Key) -> DataKeys {
        let known = RwLock::new(HashMap::new());
        DataKeys { folder: folder.to_owned(), master, known, changing: Mutex::new(()) }
    }

    /// Makes the merchant's key, durable when this returns: call it before the merchant's first
    /// fact. A key that is there stays as it is.
    ///
    /// # Errors
    /// [`DataKeyError::Io`], [`DataKeyError::Damaged`] when one is there and does not open.
    pub fn create_key(&self, merchant: MerchantId) -> Result<(), DataKeyError> {
        let _alone = self.changing.lock();
        if self.read(merchant)?.is_some() {
            return Ok(());
        }
        let key = Zeroizing::new(random_bytes::<32>().map_err(SealError::from)?);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(seal::seal_with_key(&self.master, &key_bound(merchant), key.as_slice())?);
        bytes.extend_from_slice(&Sha256::digest(&bytes));
        let path = self.path(merchant);
        sealed_file::write_new(&path, &bytes).map_err(at(&path))?;
        self.known.write().insert(merchant, Arc::new(key));
        Ok(())
    }

    /// Seals a text for the merchant: version, nonce, ciphertext, tag; 41 bytes more than the text.
    ///
    /// # Errors
    /// [`DataKeyError::NoKey`], or what reading the key brings.
    pub fn seal(&self, merchant: MerchantId, plaintext: &[u8]) -> Result<Vec<u8>, DataKeyError> {
        let key = self.key(merchant)?;
        let sealed = seal::seal_with_key(&key, &text_bound(merchant), plaintext)?;
        Ok([&[SEALED_VERSION], sealed.as_slice()].concat())
    }

    /// Opens what [`DataKeys::seal`] made for the same merchant.
    ///
    /// # Errors
    /// [`DataKeyError::NoKey`] (after [`DataKeys::forget`] too), [`DataKeyError::DoesNotOpen`].
    pub fn open_sealed(
        &self,
        merchant: MerchantId,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DataKeyError> {
        let key = self.key(merchant)?;
        let refused = DataKeyError::DoesNotOpen(merchant);
        let Some((&SEALED_VERSION, body)) = sealed.split_first() else { return Err(refused) };
        seal::open_with_key(&key, &text_bound(merchant), body).ok_or(refused)
    }

    /// Forgets the merchant: his key is gone from memory and disk, durably, and nothing sealed for
    /// him opens any more. Copies in backups go when those go.
    ///
    /// # Errors
    /// [`DataKeyError::Io`]; then the key may be there still.
    pub fn forget(&self, merchant: MerchantId) -> Result<(), DataKeyError> {
        let _alone = self.changing.lock();
        let path = self.path(merchant);
        sealed_file::remove(&path).map_err(at(&path))?;
        self.known.write().remove(&merchant);
        Ok(())
    }

    /// A secret that is the same for as long as this folder lives: the salt of digests by which
    /// people are found (an e-mail), so that the journal alone cannot be searched for them.
    pub fn digest_salt(&self) -> [u8; 32] {
        let labelled = Sha256::new_with_prefix(b"cryptopayment digest salt 1 ");
        labelled.chain_update(self.master.as_slice()).finalize().into()
    }

    fn key(&self, merchant: MerchantId) -> Result<Arc<Key>, DataKeyError> {
        if let Some(key) = self.known.read().get(&merchant) {
            return Ok(Arc::clone(key));
        }
        // Read and remembered as one step, or a key forgotten meanwhile would come back to memory.
        let _alone = self.changing.lock();
        let key = Arc::new(self.read(merchant)?.ok_or(DataKeyError::NoKey(merchant))?);
        self.known.write().insert(merchant, Arc::clone(&key));
        Ok(key)
    }

    fn read(&self, merchant: MerchantId) -> Result<Option<Key>, DataKeyError> {
        let path = self.path(merchant);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DataKeyError::Io { path, source }),
        };
        let key = bytes
            .split_last_chunk::<DIGEST_BYTES>()
            .filter(|(whole, digest)| digest.as_slice() == Sha256::digest(whole).as_slice())
            .and_then(|(whole, _)| whole.strip_prefix(&MAGIC))
            .and_then(|body| seal::open_with_key(&self.master, &key_bound(merchant), body))
            .and_then(|key| key_of(&key));
        key.map(Some).ok_or(DataKeyError::Damaged(path))
    }

    fn path(&self, merchant: MerchantId) -> PathBuf {
        self.folder.join(format!("{merchant}.key"))
    }
}

fn key_of(bytes: &[u8]) -> Option<Key> {
    bytes.try_into().ok().map(Zeroizing::new)
}

fn has_keys(folder: &Path) -> Result<bool, DataKeyError> {
    let entries = std::fs::read_dir(folder).map_err(at(folder))?;
    let mut names = entries.flatten().map(|entry| entry.file_name());
    Ok(names.any(|name| name.as_encoded_bytes().ends_with(b".key")))
}

/// A merchant's key file does not open under another merchant's name.
fn key_bound(merchant: MerchantId) -> Vec<u8> {
    [b"cryptopayment data key 1 ".as_slice(), merchant.0.as_bytes()].concat()
}

/// A sealed text does not open for another merchant, nor a key file as a text.
fn text_bound(merchant: MerchantId) -> Vec<u8> {
    [b"cryptopayment text 1 ".as_slice(), merchant.0.as_bytes()].concat()
}

fn at(path: &Path) -> impl Fn(io::Error) -> DataKeyError {
    let path = path.to_owned();
    move |source| DataKeyError::Io { path: path.clone(), source }
}

#[cfg(test)]
mod tests;
