//! The passphrase and what it opens: data keys and the wallet's seed.

use crate::config::Settings;
use crate::failure::Failure;
use cryptopayment_actors::ports::{Privacy, PrivacyError};
use cryptopayment_chains::vault::seal::SealCost;
use cryptopayment_chains::vault::{DataKeyError, DataKeys, Seed, sealed_file, seed_file};
use cryptopayment_domain::id::MerchantId;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The name of the systemd credential that holds the passphrase.
const CREDENTIAL: &str = "cryptopayment.passphrase";

/// A passphrase in memory, wiped when dropped.
pub type Passphrase = Zeroizing<String>;

/// Where the data keys are in a data folder.
pub fn data_keys_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("keys")
}

/// Where the sealed seed is in a data folder.
pub fn seed_path(data_dir: &Path) -> PathBuf {
    data_dir.join("wallet").join("seed.sealed")
}

/// Whether a data folder has data keys.
pub fn data_keys_exist(data_dir: &Path) -> bool {
    DataKeys::exist(&data_keys_folder(data_dir))
}

/// Makes what is missing of seed and data keys under a passphrase, and opens what is there. Each
/// file is durable and whole before the next is begun, so that a kill between them is mended here.
///
/// # Errors
/// What is there does not open, or the disk refuses.
pub fn create_missing(data_dir: &Path, passphrase: &str) -> Result<(Secrets, Seed), Failure> {
    let (keys, seed_file) = (data_keys_folder(data_dir), seed_path(data_dir));
    let (bytes, cost) = (passphrase.as_bytes(), SealCost::RECOMMENDED);
    let at_seed = |error| Failure::at(&seed_file, error);
    if !seed_file.exists() && DataKeys::exist(&keys) {
        // The seed is always made first: these keys had one, and another would be another wallet.
        return Err(Failure::at(
            &seed_file,
            "the seed is missing beside the data keys; copy it here from where it was kept apart",
        ));
    }
    let seed = if seed_file.exists() {
        seed_file::open(&seed_file, bytes).map_err(at_seed)?
    } else {
        if let Some(folder) = seed_file.parent() {
            sealed_file::create_folder(folder).map_err(|error| Failure::at(folder, error))?;
        }
        let seed = Seed::generate().map_err(Failure::new)?;
        seed_file::keep(&seed_file, &seed, bytes, cost).map_err(at_seed)?;
        seed
    };
    let data_keys = if DataKeys::exist(&keys) {
        DataKeys::open(&keys, bytes).map_err(Failure::new)?
    } else {
        DataKeys::create(&keys, bytes, cost).map_err(Failure::new)?
    };
    Ok((Secrets(data_keys), seed))
}

/// Opens the data keys and the seed.
///
/// # Errors
/// Wrong passphrase and damaged files, told apart.
pub fn open(data_dir: &Path, passphrase: &str) -> Result<(Secrets, Seed), Failure> {
    let seed_file = seed_path(data_dir);
    let bytes = passphrase.as_bytes();
    let seed =
        seed_file::open(&seed_file, bytes).map_err(|error| Failure::at(&seed_file, error))?;
    let keys = DataKeys::open(&data_keys_folder(data_dir), bytes).map_err(Failure::new)?;
    Ok((Secrets(keys), seed))
}

/// The passphrase of the settings: the environment, a file, or a person at the terminal.
///
/// # Errors
/// When none of them has one.
pub fn passphrase(settings: &Settings) -> Result<Passphrase, Failure> {
    if let Some(passphrase) = &settings.passphrase {
        return Ok(passphrase.clone());
    }
    if let Some(path) = &settings.passphrase_file {
        return passphrase_in(path);
    }
    // systemd: `LoadCredential=cryptopayment.passphrase:/path` (systemd.exec(5)).
    if let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        let path = Path::new(&folder).join(CREDENTIAL);
        if path.exists() {
            return passphrase_in(&path);
        }
    }
    if std::io::stdin().is_terminal() {
        return asked_unseen("Passphrase: ");
    }
    Err(Failure::usage(
        "no passphrase: set wallet.passphrase_file in the configuration, or \
         CRYPTOPAYMENT_WALLET__PASSPHRASE",
    ))
}

/// The passphrase in a file; a line's end behind it does not belong to it.
///
/// # Errors
/// When the file cannot be read or is empty.
pub fn passphrase_in(path: &Path) -> Result<Passphrase, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    let text = Zeroizing::new(text);
    let passphrase = text.trim_end_matches(['\r', '\n']);
    if passphrase.is_empty() {
        return Err(Failure::at(path, "the passphrase is empty"));
    }
    Ok(Zeroizing::new(passphrase.to_owned()))
}

/// One line from the person at the terminal, not shown as it is typed.
///
/// # Errors
/// When the terminal is gone or the line is empty.
pub fn asked_unseen(question: &str) -> Result<Passphrase, Failure> {
    let answer = Zeroizing::new(rpassword::prompt_password(question).map_err(Failure::new)?);
    if answer.is_empty() {
        return Err(Failure::usage("nothing was entered"));
    }
    Ok(answer)
}

/// One line from the person at the terminal.
///
/// # Errors
/// When the terminal is gone or the line is empty.
pub fn asked(question: &str) -> Result<Passphrase, Failure> {
    eprint!("{question}");
    std::io::stderr().flush().map_err(Failure::new)?;
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::new)?;
    let answer = line.trim_end_matches(['\r', '\n']);
    if answer.is_empty() {
        return Err(Failure::usage("nothing was entered"));
    }
    Ok(Zeroizing::new(answer.to_owned()))
}

/// The data keys as the actors' port asks for them.
pub struct Secrets(DataKeys);

impl Privacy for Secrets {
    fn create_key(&self, merchant: MerchantId) -> Result<(), PrivacyError> {
        self.0.create_key(merchant).map_err(said)
    }

    fn seal(&self, merchant: MerchantId, plain: &[u8]) -> Result<Vec<u8>, PrivacyError> {
        if plain.is_empty() {
            return Ok(Vec::new());
        }
        self.0.seal(merchant, plain).map_err(said)
    }

    fn open(&self, merchant: MerchantId, sealed: &[u8]) -> Result<Vec<u8>, PrivacyError> {
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        self.0.open_sealed(merchant, sealed).map(|plain| plain.to_vec()).map_err(said)
    }

    fn digest_salt(&self) -> [u8; 32] {
        self.0.digest_salt()
    }
}

fn said(error: DataKeyError) -> PrivacyError {
    PrivacyError(error.to_string())
}
