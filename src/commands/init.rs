//! `init`: the data folder, the wallet seed (its words are shown once), the first admin.

use crate::assembly::{self, Quiet};
use crate::cli::ConfigPlace;
use crate::config::{self, Settings};
use crate::failure::Failure;
use crate::keys::{self, Passphrase};
use std::io::IsTerminal;
use zeroize::Zeroizing;

/// The shortest passphrase and password that are taken.
const PASSPHRASE_LENGTH_MIN: usize = 8;

/// Asks at a terminal; without one takes `CRYPTOPAYMENT_WALLET__PASSPHRASE`,
/// `CRYPTOPAYMENT_ADMIN_EMAIL` and `CRYPTOPAYMENT_ADMIN_PASSWORD`.
///
/// # Errors
/// When the folder has a wallet already, or something needed is not given.
pub fn run(place: &ConfigPlace) -> Result<(), Failure> {
    let settings = config::settings(place.config.as_deref())?;
    let data_dir = settings.data_dir.as_path();
    if keys::seed_path(data_dir).exists() && keys::data_keys_exist(data_dir) {
        return Err(Failure::at(data_dir, "there is a wallet already; nothing was changed"));
    }
    let passphrase = new_passphrase(&settings)?;
    let email =
        given("CRYPTOPAYMENT_ADMIN_EMAIL", || keys::asked("E-mail address of the first admin: "))?;
    let password = given("CRYPTOPAYMENT_ADMIN_PASSWORD", || {
        keys::asked_unseen("Password of the first admin: ")
    })?;
    if !email.contains('@') {
        return Err(Failure::usage(format!("{:?} is no e-mail address", email.as_str())));
    }
    long_enough("the admin's password", &password)?;
    std::fs::create_dir_all(data_dir).map_err(|error| Failure::at(data_dir, error))?;
    let Some(store) = assembly::open_store(data_dir, 0, false)? else {
        return Err(Failure::at(data_dir, "a gateway runs on this folder"));
    };
    let (secrets, seed) = keys::create_missing(data_dir, &passphrase)?;
    actix::System::new().block_on(async {
        let quiet = Quiet { sandbox: false };
        let engine = assembly::engine_without_networks(store, secrets, &seed, quiet).await?;
        let registered = engine.gateway.register_admin(&email, &password).await;
        engine.stop().await;
        registered.map_err(Failure::new)
    })?;
    let words = seed.words().map_err(Failure::new)?;
    eprintln!(
        "The data folder is {}. These words restore the wallet; they are shown once.",
        data_dir.display()
    );
    eprintln!("Write them down and keep them apart from the passphrase:\n");
    say!("{}", words.as_str());
    eprintln!(
        "\nNext: `cryptopayment serve`, and `cryptopayment merchant create EMAIL --approve`."
    );
    Ok(())
}

fn new_passphrase(settings: &Settings) -> Result<Passphrase, Failure> {
    let passphrase = keys::passphrase(settings)?;
    long_enough("the passphrase", &passphrase)?;
    let asked = settings.passphrase.is_none() && settings.passphrase_file.is_none();
    if asked && *keys::asked_unseen("The passphrase once more: ")? != *passphrase {
        return Err(Failure::usage("the two are not the same; nothing was changed"));
    }
    Ok(passphrase)
}

fn given(
    variable: &str,
    ask: impl FnOnce() -> Result<Passphrase, Failure>,
) -> Result<Passphrase, Failure> {
    match std::env::var(variable) {
        Ok(value) => Ok(Zeroizing::new(value)),
        Err(_) if std::io::stdin().is_terminal() => ask(),
        Err(_) => Err(Failure::usage(format!("without a terminal, set {variable}"))),
    }
}

fn long_enough(what: &str, text: &str) -> Result<(), Failure> {
    if text.chars().count() < PASSPHRASE_LENGTH_MIN {
        return Err(Failure::usage(format!(
            "{what} must have at least {PASSPHRASE_LENGTH_MIN} characters"
        )));
    }
    Ok(())
}
