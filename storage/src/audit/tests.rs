//! An audit is clean where all is well, and names what is not.

use std::path::Path;
use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::ledger::LedgerFact;

use super::*;
use crate::keys;
use crate::testing::Story;
use crate::{Store, StoreConfig};

fn config(dir: &Path) -> StoreConfig {
    StoreConfig {
        segment_bytes: 64 << 10,
        min_free_bytes: 0,
        cache_bytes: 8 << 20,
        on_fatal: Arc::new(|fatal| panic!("{fatal}")),
        ..StoreConfig::new(dir)
    }
}

fn told(dir: &Path, seed: u64, commits: usize) -> (Store, Vec<Fact>) {
    let store = Store::open(config(dir), |_| {}).unwrap();
    let mut story = Story::of(seed);
    let mut facts = Vec::new();
    for _ in 0..commits {
        let commit = story.next_commit();
        facts.extend(commit.clone());
        // Only the last one is waited for.
        let _ = store.append(commit);
    }
    store.wait_durable(facts.len() as u64);
    (store, facts)
}

fn credited(facts: &[Fact]) -> &Fact {
    facts.iter().find(|fact| matches!(fact, Fact::Ledger(_, LedgerFact::Credited { .. }))).unwrap()
}

#[test]
fn an_honest_history_is_clean_and_nothing_stays_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (store, facts) = told(dir.path(), 21, 2000);
    store.close().unwrap();
    let report = audit(&config(dir.path()), |_| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(report.facts, facts.len() as u64);
    assert!(report.entries > 50 && report.rows > 1000 && report.groups > 0);
    assert!(!dir.path().join("audit").exists());
    let again = audit(&config(dir.path()), |_| {}).unwrap();
    assert_eq!(again.hash, report.hash);
}

#[test]
fn a_changed_an_added_and_a_missing_row_are_each_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, facts) = told(dir.path(), 22, 300);
    store.close().unwrap();
    let merchant = facts.iter().find_map(|fact| match fact {
        Fact::Merchant(id, _) => Some(*id),
        Fact::Invoice(..)
        | Fact::Ledger(..)
        | Fact::Delivery(..)
        | Fact::Watching(..)
        | Fact::Operator(_)
        | Fact::Withdrawal(..) => None,
    });
    let row = keys::merchant(merchant.unwrap());
    {
        let tree = ViewFolder::of(dir.path(), 8 << 20).open().unwrap();
        let value = tree.db.remove(row.as_ref()).unwrap().unwrap();
        tree.db.insert(keys::contradiction(9).as_ref(), value).unwrap();
        let index = keys::next_index(Network::Btc);
        tree.db.insert(index.as_ref(), &[1, 99]).unwrap();
    }
    let report = audit(&config(dir.path()), |_| {}).unwrap();
    let row = |finding: &Finding| {
        if let Finding::Row { what, .. } = finding { Some(*what) } else { None }
    };
    let whats: Vec<_> = report.findings.iter().filter_map(row).collect();
    assert_eq!(whats, ["no fact makes it", "the facts make another value", "it is missing"]);
    crate::rebuild(&config(dir.path()), |_| {}).unwrap();
    assert!(audit(&config(dir.path()), |_| {}).unwrap().is_clean());
}

#[test]
fn a_flipped_bit_in_an_old_segment_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = told(dir.path(), 23, 3000);
    store.close().unwrap();
    let path = dir.path().join("journal/00000001.segment");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[10_000] ^= 2;
    std::fs::write(&path, bytes).unwrap();
    let report = audit(&config(dir.path()), |_| {}).unwrap();
    let named = report.findings.iter().any(|finding| {
        matches!(finding, Finding::Journal(JournalError::Damaged { segment: 1, .. }))
    });
    assert!(named, "{:?}", report.findings);
}

#[test]
fn a_payment_credited_twice_is_found_by_audit_verifier_and_views() {
    let dir = tempfile::tempdir().unwrap();
    let (store, facts) = told(dir.path(), 24, 1500);
    let mut verifier = Verifier::of(&store);
    let verified = verifier.run().unwrap();
    assert_eq!(verified.through, facts.len() as u64);
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);

    let again = credited(&facts).clone();
    let ticket = store.append(vec![again]);
    let seq = ticket.last;
    ticket.wait();
    let contradictions = store.views().contradictions(9).unwrap();
    assert_eq!(contradictions[0].seq, seq);
    let verified = verifier.run().unwrap();
    assert_eq!(verified.through, seq);
    assert!(
        matches!(verified.findings[..], [Finding::Contradiction { seq: found, .. }] if found == seq),
        "{:?}",
        verified.findings
    );
    drop(verifier);
    store.close().unwrap();
    let report = audit(&config(dir.path()), |_| {}).unwrap();
    assert!(!report.is_clean());
    assert!(report.findings[0].to_string().contains("credited before"));
}

#[test]
fn a_credit_without_a_payment_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, facts) = told(dir.path(), 25, 1500);
    let Fact::Ledger(merchant, LedgerFact::Credited { key, invoice, amount, at }) =
        credited(&facts).clone()
    else {
        panic!("no credit");
    };
    let mut invented = key;
    invented.payment.index = 999;
    let fact = LedgerFact::Credited { key: invented, invoice, amount, at };
    store.append(vec![Fact::Ledger(merchant, fact)]).wait();
    store.close().unwrap();
    let report = audit(&config(dir.path()), |_| {}).unwrap();
    assert!(
        matches!(report.findings[..], [Finding::CreditWithoutPayment(found)] if found == invented),
        "{:?}",
        report.findings
    );
}

#[test]
fn a_balance_changed_behind_the_facts_back_is_found_while_the_gateway_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (store, facts) = told(dir.path(), 26, 1500);
    store.close().unwrap();
    let Fact::Ledger(merchant, LedgerFact::Credited { amount, .. }) = credited(&facts) else {
        panic!("no credit");
    };
    {
        use crate::records::{MerchantCoinRow, Stored};
        let tree = ViewFolder::of(dir.path(), 8 << 20).open().unwrap();
        let key = keys::merchant_coin(*merchant, amount.network());
        let value = tree.db.get(key.as_ref()).unwrap().unwrap();
        let mut coin = MerchantCoinRow::from_bytes(&value).unwrap();
        coin.balance += 1;
        tree.db.insert(key.as_ref(), coin.to_bytes().unwrap()).unwrap();
    }
    let store = Store::open(config(dir.path()), |_| {}).unwrap();
    let breaches = store.check_sums().unwrap();
    assert!(breaches.iter().any(|breach| matches!(breach, Breach::Balance { .. })));
    assert!(breaches.iter().any(|breach| matches!(breach, Breach::Sum { sum: 1, .. })));
    let verified = Verifier::of(&store).run().unwrap();
    assert!(
        matches!(verified.findings[..], [Finding::Account { entries, held, .. }] if held == entries + 1),
        "{:?}",
        verified.findings
    );
}
