//! The audit: everything replayed from the first byte, and compared with what the views say.
//!
//! It reads every frame (checksum, hash chain), reads every fact, projects all of them afresh
//! beside the views (which replays every aggregate through `domain`), checks the ledger, and then
//! compares the two row by row, byte for byte. Memory stays bounded: the fresh projection lies in
//! a folder of its own that is removed afterwards. [`Verifier`] is the smaller check of a gateway
//! that runs.

mod compare;
mod credits;
mod replay;
mod verifier;

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use cryptopayment_domain::ledger::{Account, CreditKey};
use cryptopayment_domain::network::Network;

pub use verifier::{Verified, Verifier, VerifyError};

use crate::Seq;
use crate::journal::{ChainHash, JournalError};
use crate::store::{Breach, OpenError, Progress, StoreConfig, ViewFolder, check_sums, open_folder};
use crate::views::{ViewError, Views};
use replay::Replay;

/// How many findings of one kind are listed; all are counted.
const LISTED_MAX: usize = 100;

/// What an audit found.
#[derive(Debug, Default)]
pub struct AuditReport {
    /// Facts replayed.
    pub facts: Seq,
    /// Groups they lay in.
    pub groups: u64,
    /// Hash of the last group: whoever keeps it can tell later that nothing before was changed.
    pub hash: ChainHash,
    /// Entries of the ledger that were added up.
    pub entries: u64,
    /// Rows of the views that were compared.
    pub rows: u64,
    /// What does not hold, at most a hundred of them.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub findings_total: u64,
}

/// Something that an audit found not to hold.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// The journal cannot be read further.
    #[error(transparent)]
    Journal(JournalError),
    /// A fact contradicts those before it.
    #[error("fact {seq}: {what}")]
    Contradiction {
        /// Its sequence.
        seq: Seq,
        /// What it contradicts.
        what: String,
    },
    /// The sums of the ledger do not hold.
    #[error(transparent)]
    Ledger(#[from] Breach),
    /// The entries add up to something else than the account holds.
    #[error("the entries of {account:?} in {network} add up to {entries}, it holds {held}")]
    Account {
        /// Which account.
        account: Account,
        /// The coin.
        network: Network,
        /// The sum of its postings in base units, credits less debits.
        entries: i128,
        /// What the views say.
        held: i128,
    },
    /// A credit has no payment behind it, or not that one.
    #[error("the credit of payment {} in round {} has no such payment behind it", _0.payment, _0.round)]
    CreditWithoutPayment(CreditKey),
    /// A payment counts as credited and is not.
    #[error("payment {} counts as credited in round {} and is not", _0.payment, _0.round)]
    PaymentWithoutCredit(CreditKey),
    /// A row of the views is not what the facts make.
    #[error("row {key} of the views: {what}")]
    Row {
        /// The row's key in hexadecimal.
        key: String,
        /// How it differs.
        what: &'static str,
    },
}

impl AuditReport {
    /// Whether everything holds.
    pub fn is_clean(&self) -> bool {
        self.findings_total == 0
    }

    fn found(&mut self, finding: Finding) {
        self.findings_total += 1;
        if self.findings.len() < LISTED_MAX {
            self.findings.push(finding);
        }
    }
}

/// Audits the data folder of a gateway that does not run.
///
/// # Errors
/// When the store does not even open; what does not hold in a store that opens is in the report.
pub fn audit(
    config: &StoreConfig,
    mut progress: impl FnMut(Progress),
) -> Result<AuditReport, OpenError> {
    let opened = open_folder(config, false, &mut progress)?;
    let fresh = FreshFolder::in_place(config)?;
    let mut report = AuditReport::default();
    {
        let tree = fresh.folder.open().map_err(unusable)?;
        let mut replay = Replay::into_tree(&tree.db);
        let disk = Arc::clone(&config.disk);
        let dir = config.data_dir.join("journal");
        match replay.run(disk, &dir, opened.applied.seq, &mut report, &mut progress) {
            Ok(()) => {}
            Err(replay::ReplayError::Views(error)) => return Err(error.into()),
            Err(replay::ReplayError::Journal(error)) => report.found(Finding::Journal(error)),
        }
        let sums = replay.into_sums();
        let views = Views::of(sled::Tree::clone(&tree.db), report.facts, None);
        check_ledger(&views, &sums, &mut report)?;
        compare::compare(&opened.tree, &tree.db, &mut report)?;
    }
    fresh.remove();
    Ok(report)
}

fn check_ledger(
    views: &Views,
    sums: &replay::Sums,
    report: &mut AuditReport,
) -> Result<(), ViewError> {
    for contradiction in views.contradictions(LISTED_MAX)? {
        let (seq, what) = (contradiction.seq, contradiction.what);
        report.found(Finding::Contradiction { seq, what });
    }
    for breach in check_sums(views)? {
        report.found(Finding::Ledger(breach));
    }
    for ((account, network), entries) in sums {
        let held = match account {
            Account::MerchantAvailable(merchant) => views.coin(*merchant, *network)?.balance,
            Account::MerchantHeld(merchant) => {
                i128::try_from(views.coin(*merchant, *network)?.held).unwrap_or(i128::MAX)
            }
            Account::OnChainDeposits | Account::Suspense | Account::OperatorCapital => {
                views.house_sum(*account, *network)?.unwrap_or(0)
            }
        };
        if held != *entries {
            let (account, network, entries) = (*account, *network, *entries);
            report.found(Finding::Account { account, network, entries, held });
        }
    }
    credits::check(views, report)
}

/// The folder of the fresh projection beside the views.
struct FreshFolder {
    folder: ViewFolder,
    path: PathBuf,
}

impl FreshFolder {
    fn in_place(config: &StoreConfig) -> Result<Self, OpenError> {
        let path = config.data_dir.join("audit");
        match std::fs::remove_dir_all(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(OpenError::Folder { path, source });
            }
            Ok(()) | Err(_) => {}
        }
        Ok(Self { folder: ViewFolder::of(&path, config.cache_bytes), path })
    }

    fn remove(self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the audit's folder stays behind");
        }
    }
}

fn unusable(reason: String) -> OpenError {
    OpenError::Views(ViewError::Store(reason))
}
