//! The seed on disk: its entropy, sealed under the operator's passphrase.

use super::seal::{SealCost, SealError, seal, unseal};
use super::sealed_file;
use super::seed::{Seed, SeedError};
use std::io;
use std::path::Path;

/// Bound into the seal, so that no other sealed file can stand in for a seed.
const PURPOSE: &str = "cryptopayment seed";

/// Why the seed could not be kept or opened.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
    /// The file system refused.
    #[error("seed file: {0}")]
    Io(#[from] io::Error),
    /// Wrong passphrase, damage, randomness.
    #[error("seed file: {0}")]
    Seal(#[from] SealError),
    /// What was sealed is no seed.
    #[error("seed file: {0}")]
    Seed(#[from] SeedError),
}

/// Keeps a seed in a new file (mode 0600), durable when this returns.
///
/// # Errors
/// [`SeedFileError`]; a file that is there is never written over.
pub fn keep(
    path: &Path,
    seed: &Seed,
    passphrase: &[u8],
    cost: SealCost,
) -> Result<(), SeedFileError> {
    Ok(sealed_file::write_new(path, &seal(passphrase, PURPOSE, seed.entropy(), cost)?)?)
}

/// Opens the seed kept in a file. Takes as long as the cost it was sealed with.
///
/// # Errors
/// [`SeedFileError`], wrong passphrase and damaged file told apart.
pub fn open(path: &Path, passphrase: &[u8]) -> Result<Seed, SeedFileError> {
    let sealed = std::fs::read(path)?;
    Ok(Seed::from_entropy(&unseal(passphrase, PURPOSE, &sealed)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.seed");
        let seed = Seed::generate().unwrap();
        keep(&path, &seed, b"correct horse", SealCost::LEAST).unwrap();
        let opened = open(&path, b"correct horse").unwrap();
        assert_eq!(*opened.words().unwrap(), *seed.words().unwrap());
        let stored = std::fs::read(&path).unwrap();
        assert!(!stored.windows(8).any(|part| part == seed.entropy().split_at(8).0));
    }

    #[test]
    fn a_wrong_passphrase_a_damaged_file_and_no_file_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.seed");
        assert!(matches!(open(&path, b"x"), Err(SeedFileError::Io(_))));
        keep(&path, &Seed::generate().unwrap(), b"right", SealCost::LEAST).unwrap();
        let wrong = open(&path, b"wrong");
        assert!(matches!(wrong, Err(SeedFileError::Seal(SealError::WrongPassphrase))));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[50] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let damaged = open(&path, b"right");
        assert!(matches!(damaged, Err(SeedFileError::Seal(SealError::Damaged))));
    }
}
