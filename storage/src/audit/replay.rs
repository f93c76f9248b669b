//! Every fact from the first, projected afresh, and the ledger's entries added up beside it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::ledger::{Account, Entry, entry_of};
use cryptopayment_domain::network::Network;

use super::{AuditReport, Finding};
use crate::Seq;
use crate::disk::Disk;
use crate::journal::{Frame, JournalError, JournalReader};
use crate::project::{Projection, project};
use crate::records::AppliedRow;
use crate::store::{Progress, apply, facts_of};
use crate::views::ViewError;

/// Rows written to the fresh tree at once.
const BATCH_ROWS: usize = 8192;
/// Facts between two words of progress.
const PROGRESS_FACTS: Seq = 10_000;

/// What each account's postings add up to: credits less debits, in base units.
pub(super) type Sums = BTreeMap<(Account, Network), i128>;

/// Why a replay could not go to the end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Views(#[from] ViewError),
}

pub(super) struct Replay<'t> {
    tree: &'t sled::Db,
    sums: Sums,
}

impl<'t> Replay<'t> {
    pub fn into_tree(tree: &'t sled::Db) -> Self {
        Self { tree, sums: Sums::new() }
    }

    pub fn into_sums(self) -> Sums {
        self.sums
    }

    /// Replays the facts up to `through`; what could be read is in the tree even after an error.
    pub fn run(
        &mut self,
        disk: Arc<dyn Disk>,
        dir: &Path,
        through: Seq,
        report: &mut AuditReport,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), ReplayError> {
        if through == 0 {
            return Ok(());
        }
        let Some(mut reader) = JournalReader::open(disk, dir, 1, through)? else { return Ok(()) };
        let tree = self.tree;
        let mut views = Projection::over(&**tree);
        let mut said = 0;
        let ended = loop {
            let frame = match reader.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            if let Err(error) = self.take_in(&mut views, &frame, report) {
                break Err(error?);
            }
            if views.len() >= BATCH_ROWS {
                let full = std::mem::replace(&mut views, Projection::over(&**tree));
                apply(tree, &full.into_writes(), applied(report))?;
            }
            if report.facts - said >= PROGRESS_FACTS {
                said = report.facts;
                progress(Progress::Projecting { done: said, total: through });
            }
        };
        apply(tree, &views.into_writes(), applied(report))?;
        progress(Progress::Projecting { done: report.facts, total: through });
        Ok(ended?)
    }

    /// The inner error is the journal's.
    fn take_in(
        &mut self,
        views: &mut Projection<'_>,
        frame: &Frame,
        report: &mut AuditReport,
    ) -> Result<(), Result<JournalError, ViewError>> {
        for (seq, fact) in facts_of(frame) {
            let fact = fact.map_err(Ok)?;
            project(views, seq, &fact).map_err(Err)?;
            self.add_up(seq, &fact, report);
        }
        report.facts = frame.last();
        report.groups += 1;
        report.hash = frame.hash;
        Ok(())
    }

    fn add_up(&mut self, seq: Seq, fact: &Fact, report: &mut AuditReport) {
        let Some(entry) = entry_of(fact) else { return };
        report.entries += 1;
        if let Err(unbalanced) = Entry::new(entry.postings().to_vec()) {
            report.found(Finding::Contradiction { seq, what: unbalanced.to_string() });
        }
        add_entry(&mut self.sums, &entry);
    }
}

/// Adds an entry's postings to the accounts' sums.
pub(super) fn add_entry(sums: &mut Sums, entry: &Entry) {
    for posting in entry.postings() {
        let sum = sums.entry((posting.account, posting.amount.network())).or_default();
        *sum = sum.saturating_add(posting.credit_units());
    }
}

fn applied(report: &AuditReport) -> AppliedRow {
    AppliedRow { seq: report.facts, hash: report.hash }
}
