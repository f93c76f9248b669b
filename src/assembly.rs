//! Store, vault, chains, actors and HTTP put together. Whatever knows two rooms at once is here.

mod http;
mod networks;
mod rates;
mod verifying;
mod webhooks;

pub use http::{Site, site};
pub use networks::{
    payment_uri, real_chain, real_networks, real_place, simulated_networks, simulated_place,
};
pub use rates::rates;
pub use webhooks::authorities;

use crate::failure::Failure;
use crate::keys::Secrets;
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::engine::{Engine, EngineParts};
use cryptopayment_actors::rates::RateParts;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::vault::seed::Seed;
use cryptopayment_domain::invoice::InvoicePolicy;
use cryptopayment_domain::webhook::RetrySchedule;
use cryptopayment_domain::withdrawal::WithdrawalPolicy;
use cryptopayment_storage::backup::Copying;
use cryptopayment_storage::journal::TornTail;
use cryptopayment_storage::{OpenError, Progress, Store, StoreConfig};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a sandbox keeps the passphrase that it made for itself (mode 0600). Its presence marks a
/// data folder as a sandbox's.
pub fn sandbox_passphrase_path(data_dir: &Path) -> PathBuf {
    data_dir.join("passphrase")
}

/// Opens the store, with progress on stderr; none when another process has it.
///
/// # Errors
/// Why it does not open, with the next step.
pub fn open_store(
    data_dir: &Path,
    min_free_bytes: u64,
    accept_loss: bool,
) -> Result<Option<Store>, Failure> {
    let config = StoreConfig { min_free_bytes, accept_loss, ..StoreConfig::new(data_dir) };
    match Store::open(config, say_progress) {
        Ok(store) => Ok(Some(store)),
        Err(OpenError::Locked { .. }) => Ok(None),
        Err(error) => Err(Failure::new(error)),
    }
}

/// Progress for people: a line that is written over at a terminal, lines in a log.
pub fn say_progress(progress: Progress) {
    let over = std::io::stderr().is_terminal();
    match progress {
        Progress::Projecting { done, total } if over => {
            eprint!("\rviews: fact {done} of {total}");
            if done == total {
                eprintln!();
            }
            // A progress line that cannot be written is no reason to stop.
            let _ = std::io::stderr().flush();
        }
        Progress::Projecting { done, total } => eprintln!("views: fact {done} of {total}"),
        Progress::TornTailCut(torn) => {
            let TornTail { segment, offset, reason, .. } = torn;
            eprintln!(
                "journal: a group at the end of segment {segment} (byte {offset}) is torn: {reason}; \
                 it was never acknowledged and has been cut"
            );
        }
        Progress::ViewsSetAside { reason, to } => {
            eprintln!(
                "views: {reason}; made anew from the journal, the old ones are in {}",
                to.display()
            );
        }
    }
}

/// The same for a backup that is made or put back.
pub fn say_copying(copying: Copying) {
    let mib = |bytes: u64| bytes >> 20;
    let line = match copying {
        Copying::Checking { done, total } => format!("journal: fact {done} of {total} checked"),
        Copying::Writing { done, total: Some(total) } => {
            format!("backup: {} of about {} MiB", mib(done), mib(total))
        }
        Copying::Writing { done, total: None } => format!("backup: {} MiB read", mib(done)),
    };
    eprintln!("{line}");
}

/// A process that only runs a command: no networks, no webhooks.
pub struct Quiet {
    /// Whether the data folder is a sandbox's.
    pub sandbox: bool,
}

/// The actors without networks, for a command that needs nothing else.
///
/// # Errors
/// When they cannot start.
pub async fn engine_without_networks(
    store: Store,
    secrets: Secrets,
    seed: &Seed,
    quiet: Quiet,
) -> Result<Engine, Failure> {
    let accounts = seed.accounts(ChainName::Main, ChainName::Main).map_err(Failure::new)?;
    let parts = EngineParts {
        store,
        time: Arc::new(SystemClock),
        privacy: Arc::new(secrets),
        courier: None,
        accounts: Arc::new(accounts),
        networks: Vec::new(),
        rates: RateParts::fixed(HashMap::new()),
        policy: InvoicePolicy::default(),
        withdrawals: WithdrawalPolicy::default(),
        schedule: RetrySchedule::default(),
        sandbox: None,
        rules: Arc::new(cryptopayment_domain::invoice::decide),
        test_keys: quiet.sandbox,
    };
    Engine::start(parts).await.map_err(Failure::new)
}
