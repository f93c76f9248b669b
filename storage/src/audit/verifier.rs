//! The check of a gateway that runs: everything since the last time, read back from the disk.
//!
//! It reads the frames (checksum, hash chain, and that they follow the last one verified), reads
//! the facts, adds up the ledger's entries from the first one on, and compares every balance with
//! the views at one moment; and every credit and reversal it passes must be the one the views
//! know. It holds the sums of the accounts in memory, nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::ledger::{Account, CreditKey, Entry, LedgerFact, entry_of};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;

use super::Finding;
use super::replay::{Sums, add_entry};
use crate::Seq;
use crate::disk::Disk;
use crate::journal::{ChainHash, Frame, JournalError, JournalReader};
use crate::keys::{Key, KeyRange, Parts, Prefix};
use crate::records::{AccountSum, MerchantCoinRow};
use crate::store::{Store, facts_of};
use crate::views::{Direction, Rows, ViewError, Views, part, read};

/// Verifies a running store again and again, each time what is new.
pub struct Verifier {
    store: Store,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    seq: Seq,
    hash: Option<ChainHash>,
    sums: Sums,
}

/// How far a store was verified.
#[derive(Debug)]
pub struct Verified {
    /// The last fact that was read back.
    pub through: Seq,
    /// What does not hold. Any one is a reason to freeze withdrawals and to look.
    pub findings: Vec<Finding>,
}

/// The store could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The journal cannot be read back: it is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The views cannot be read.
    #[error(transparent)]
    Views(#[from] ViewError),
}

impl Verifier {
    /// A verifier that begins with the first fact.
    pub fn of(store: &Store) -> Self {
        let (disk, dir) = store.journal();
        Self { store: store.clone(), disk, dir, seq: 0, hash: None, sums: Sums::new() }
    }

    /// Verifies everything that is durable now and was not verified before. It reads and blocks:
    /// give it a thread of its own.
    ///
    /// # Errors
    /// When journal or views cannot be read; what does not hold is in the answer.
    pub fn run(&mut self) -> Result<Verified, VerifyError> {
        let mut findings = Vec::new();
        let views = self.store.views();
        let (through, held) = held(&views)?;
        if through > self.seq {
            self.read_back(&views, through, &mut findings)?;
        }
        self.compare(&held, &mut findings);
        Ok(Verified { through, findings })
    }

    fn read_back(
        &mut self,
        views: &Views,
        through: Seq,
        findings: &mut Vec<Finding>,
    ) -> Result<(), VerifyError> {
        let disk = Arc::clone(&self.disk);
        let Some(mut reader) = JournalReader::open(disk, &self.dir, self.seq + 1, through)? else {
            return Err(self.exchanged());
        };
        while let Some(frame) = reader.next_frame()? {
            let follows = self.hash.is_none_or(|hash| hash == frame.before);
            if frame.first != self.seq + 1 || !follows {
                return Err(self.exchanged());
            }
            self.take_in(views, &frame, findings)?;
        }
        Ok(())
    }

    /// What was verified before is no longer what lies on the disk.
    fn exchanged(&self) -> VerifyError {
        let reason = "it is not the journal that was verified before".to_owned();
        VerifyError::Journal(JournalError::Unreadable { seq: self.seq + 1, reason })
    }

    fn take_in(
        &mut self,
        views: &Views,
        frame: &Frame,
        findings: &mut Vec<Finding>,
    ) -> Result<(), VerifyError> {
        for (seq, fact) in facts_of(frame) {
            let fact = fact?;
            let Some(entry) = entry_of(&fact) else { continue };
            if let Err(unbalanced) = Entry::new(entry.postings().to_vec()) {
                findings.push(Finding::Contradiction { seq, what: unbalanced.to_string() });
            }
            add_entry(&mut self.sums, &entry);
            findings.extend(check_credit(views, seq, &fact)?);
        }
        self.seq = frame.last();
        self.hash = Some(frame.hash);
        Ok(())
    }

    fn compare(&self, held: &Sums, findings: &mut Vec<Finding>) {
        let all: BTreeMap<_, _> = held.iter().chain(&self.sums).map(|(of, _)| (*of, ())).collect();
        for ((account, network), ()) in all {
            let sum = |sums: &Sums| sums.get(&(account, network)).copied().unwrap_or(0);
            let (entries, held) = (sum(&self.sums), sum(held));
            if entries != held {
                findings.push(Finding::Account { account, network, entries, held });
            }
        }
    }
}

/// The views' sums of all accounts at one moment, and the last fact in them.
fn held(views: &Views) -> Result<(Seq, Sums), ViewError> {
    let rows = views.snapshot();
    let mut sums = Sums::new();
    for row in rows.scan(&KeyRange::within(Key::of(Prefix::MerchantCoin)), Direction::Forward) {
        let (key, value) = row?;
        let mut parts = Parts::of(&key);
        let merchant = MerchantId(part(&key, parts.id())?);
        let network = part(&key, parts.network())?;
        let coin = read::<MerchantCoinRow>(&key, &value)?;
        sums.insert((Account::MerchantAvailable(merchant), network), coin.balance);
        let held = i128::try_from(coin.held).unwrap_or(i128::MAX);
        sums.insert((Account::MerchantHeld(merchant), network), held);
    }
    for account in [Account::OnChainDeposits, Account::Suspense, Account::OperatorCapital] {
        for network in Network::ALL {
            let Some(key) = crate::keys::house(account, network) else { continue };
            if let Some(value) = rows.get(key.as_ref())? {
                sums.insert((account, network), read::<AccountSum>(key.as_ref(), &value)?.0);
            }
        }
    }
    Ok((rows.seq(), sums))
}

/// A fact that credits or reverses must be the one that the views know for that credit; a second
/// one for the same payment and round is not.
fn check_credit(views: &Views, seq: Seq, fact: &Fact) -> Result<Option<Finding>, ViewError> {
    let Fact::Ledger(_, fact) = fact else { return Ok(None) };
    let (key, amount, reversal): (CreditKey, Money, bool) = match fact {
        LedgerFact::Credited { key, amount, .. } => (*key, *amount, false),
        LedgerFact::Reversed { key, amount, .. } => (*key, *amount, true),
        LedgerFact::ReversalOwed { .. }
        | LedgerFact::WithdrawalsFrozen { .. }
        | LedgerFact::CapitalGranted { .. }
        | LedgerFact::Held { .. }
        | LedgerFact::Released { .. } => return Ok(None),
    };
    let credit = views.credit(key)?.filter(|credit| credit.amount == amount);
    let known = credit.and_then(|credit| if reversal { credit.reversed } else { Some(credit.seq) });
    if known == Some(seq) {
        return Ok(None);
    }
    let CreditKey { payment, round } = key;
    let what = format!("the views know no such booking of payment {payment} in round {round}");
    Ok(Some(Finding::Contradiction { seq, what }))
}
