//! Lists of withdrawals answer what a walk over all facts answers.

use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{Status, Withdrawal, WithdrawalFact};

use super::super::*;
use super::queries::told;

/// What becomes of a plain list of withdrawals.
pub(super) fn take_in(all: &mut Vec<Withdrawal>, id: WithdrawalId, fact: &WithdrawalFact) {
    match fact {
        WithdrawalFact::Requested(request) => all.push(Withdrawal::requested((**request).clone())),
        WithdrawalFact::Approved { .. }
        | WithdrawalFact::Rejected { .. }
        | WithdrawalFact::Cancelled { .. } => {
            let known = all.iter_mut().find(|one| one.request.withdrawal == id);
            known.expect("it was requested").apply(fact);
        }
    }
}

#[test]
fn withdrawals_are_listed_filtered_counted_and_queued_for_review() {
    let (views, plain, story) = told(31, 6000);
    assert!(plain.withdrawals.len() > 60, "{}", plain.withdrawals.len());
    let statuses = [None].into_iter().chain(Status::ALL.map(Some));
    for (status, network) in
        statuses.flat_map(|status| [None, Some(Network::Ltc)].map(|network| (status, network)))
    {
        for merchant in story.merchants() {
            let own = plain.withdrawals.iter().rev().filter(|one| {
                one.request.merchant == *merchant
                    && status.is_none_or(|status| status == one.status)
                    && network.is_none_or(|network| network == one.request.amount.network())
            });
            let own: Vec<_> = own.cloned().collect();
            let filter = WithdrawalFilter { status, network };
            for page in 1..=own.len() as u64 / 20 + 2 {
                let found = views.withdrawals(*merchant, filter, page).unwrap();
                assert_eq!(found.total, own.len() as u64);
                let on_page = own.iter().skip((page as usize - 1) * 20).take(20);
                assert!(found.withdrawals.iter().eq(on_page), "{filter:?} page {page}");
            }
        }
    }
    for status in Status::ALL.into_iter().filter(|status| status.is_open()) {
        let mut open: Vec<_> =
            plain.withdrawals.iter().filter(|one| one.status == status).collect();
        let mut queued = views.open_withdrawals(status, usize::MAX).unwrap();
        assert!(queued.is_sorted_by_key(|one| one.request.at), "{status}: the oldest first");
        let by_id = |one: &Withdrawal| one.request.withdrawal;
        queued.sort_by_key(by_id);
        open.sort_by_key(|one| by_id(one));
        assert!(queued.iter().eq(open), "{status}");
    }
    for one in &plain.withdrawals {
        let row = views.withdrawal(one.request.withdrawal).unwrap().unwrap();
        assert_eq!(&row.value, one);
    }
}
