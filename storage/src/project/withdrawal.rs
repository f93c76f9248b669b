//! A withdrawal's row, its place in the merchant's list, and the queues of those that are open.

use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::withdrawal::{Requested, Status, Withdrawal, WithdrawalFact};

use super::Projection;
use crate::keys;
use crate::records::{WithdrawalCountsRow, WithdrawalRow};
use crate::views::{ReadRows, ViewError};

pub(super) fn project(
    views: &mut Projection<'_>,
    seq: u64,
    id: WithdrawalId,
    fact: &WithdrawalFact,
) -> Result<(), ViewError> {
    if let WithdrawalFact::Requested(request) = fact {
        return list(views, seq, request);
    }
    let Some(mut row) = views.row::<WithdrawalRow>(keys::withdrawal(id))? else {
        return views.contradiction(seq, format!("withdrawal {id} was never requested"));
    };
    let before = row.withdrawal.status;
    if !before.is_open() {
        views.contradiction(seq, format!("withdrawal {id} was {before} before"))?;
    }
    row.withdrawal.apply(fact);
    row.last_seq = seq;
    follow_status(views, &row, before)?;
    views.put(keys::withdrawal(id), &row)
}

fn list(views: &mut Projection<'_>, seq: u64, request: &Requested) -> Result<(), ViewError> {
    let (id, merchant) = (request.withdrawal, request.merchant);
    if views.has(keys::withdrawal(id))? {
        return views.contradiction(seq, format!("withdrawal {id} was requested before"));
    }
    let withdrawal = Withdrawal::requested(request.clone());
    let (status, network) = (withdrawal.status, request.amount.network());
    let counts =
        views.change(keys::withdrawal_counts(merchant), |counts: &mut WithdrawalCountsRow| {
            counts.withdrawals += 1;
            *counts.by_standing.entry((status, network)).or_default() += 1;
            let open = counts.open_units.entry(network).or_default();
            *open = open.saturating_add(request.amount.units());
        })?;
    let ordinal = counts.withdrawals;
    views.put_id(keys::listed_withdrawal(merchant, ordinal), id.0);
    views.put_id(keys::standing_withdrawals(merchant, status, network).number(ordinal), id.0);
    let queued = keys::open_withdrawals(status).instant(request.at).number(ordinal).id(id.0);
    views.put_id(queued, merchant.0);
    views.put(keys::withdrawal(id), &WithdrawalRow { withdrawal, last_seq: seq, ordinal })
}

fn follow_status(
    views: &mut Projection<'_>,
    row: &WithdrawalRow,
    before: Status,
) -> Result<(), ViewError> {
    let after = row.withdrawal.status;
    let request = &row.withdrawal.request;
    let (id, merchant, network) = (request.withdrawal, request.merchant, request.amount.network());
    views.change(keys::withdrawal_counts(merchant), |counts: &mut WithdrawalCountsRow| {
        let left = counts.by_standing.entry((before, network)).or_default();
        *left = left.saturating_sub(1);
        *counts.by_standing.entry((after, network)).or_default() += 1;
        if before.is_open() && !after.is_open() {
            let open = counts.open_units.entry(network).or_default();
            *open = open.saturating_sub(request.amount.units());
        }
    })?;
    let queued =
        |status| keys::open_withdrawals(status).instant(request.at).number(row.ordinal).id(id.0);
    views.delete(queued(before));
    if after.is_open() {
        views.put_id(queued(after), merchant.0);
    }
    let place = |status| keys::standing_withdrawals(merchant, status, network).number(row.ordinal);
    views.delete(place(before));
    views.put_id(place(after), id.0);
    Ok(())
}
