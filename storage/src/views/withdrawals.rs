//! Withdrawals: one by its id, a merchant's by page and filter, those whose money is held.

use cryptopayment_domain::id::{MerchantId, WithdrawalId};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{Status, Withdrawal};
use std::iter::Peekable;
use uuid::Uuid;

use super::{Direction, INVOICES_PER_PAGE, RawRow, ReadRows, Row, ViewError, Views, part};
use crate::keys::{self, Key, KeyRange, Prefix};
use crate::records::{WithdrawalCountsRow, WithdrawalRow};

/// Which of a merchant's withdrawals are listed; what is none does not narrow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WithdrawalFilter {
    /// Only with this status.
    pub status: Option<Status>,
    /// Only of this network's coin.
    pub network: Option<Network>,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawalPage {
    /// The page's withdrawals; none past the end.
    pub withdrawals: Vec<Withdrawal>,
    /// How many there are on all pages.
    pub total: u64,
}

impl Views {
    /// The withdrawal of this id.
    pub fn withdrawal(&self, id: WithdrawalId) -> Result<Option<Row<Withdrawal>>, ViewError> {
        let row = self.row::<WithdrawalRow>(keys::withdrawal(id))?;
        Ok(row.map(|row| Row { value: row.withdrawal, last_seq: row.last_seq }))
    }

    /// A page of a merchant's withdrawals, newest first; pages are counted from 1 and are as long
    /// as those of invoices. The total comes from counters; only where a filter is set does a page
    /// cost a step for each withdrawal before it.
    pub fn withdrawals(
        &self,
        merchant: MerchantId,
        filter: WithdrawalFilter,
        page: u64,
    ) -> Result<WithdrawalPage, ViewError> {
        let counts = self.row::<WithdrawalCountsRow>(keys::withdrawal_counts(merchant))?;
        let counts = counts.unwrap_or_default();
        let total = counts.with(filter);
        let skip = page.saturating_sub(1).saturating_mul(INVOICES_PER_PAGE as u64);
        if skip >= total {
            return Ok(WithdrawalPage { withdrawals: Vec::new(), total });
        }
        let lists: Vec<_> = if filter == WithdrawalFilter::default() {
            // Ordinals are whole here: nothing need be skipped one by one.
            let newest = counts.withdrawals - skip;
            let all = Key::of(Prefix::ListedWithdrawal).id(merchant.0);
            vec![KeyRange::within(&all).before(all.number(newest + 1))]
        } else {
            let standing = counts.by_standing.keys().filter(|standing| filter.takes(**standing));
            let list = |(status, network): &(Status, Network)| {
                KeyRange::within(keys::standing_withdrawals(merchant, *status, *network))
            };
            standing.map(list).collect()
        };
        let skip = if filter == WithdrawalFilter::default() { 0 } else { skip };
        let mut withdrawals = Vec::new();
        for id in self.newest_of(lists, skip, INVOICES_PER_PAGE)? {
            withdrawals.extend(self.withdrawal(id)?.map(|row| row.value));
        }
        Ok(WithdrawalPage { withdrawals, total })
    }

    /// Of several lists whose keys end in the ordinal, the newest of all: so many behind `skip`.
    fn newest_of(
        &self,
        lists: Vec<KeyRange>,
        mut skip: u64,
        limit: usize,
    ) -> Result<Vec<WithdrawalId>, ViewError> {
        let mut lists: Vec<_> = lists
            .into_iter()
            .map(|range| self.rows(range, Direction::Backward).map(listed).peekable())
            .collect();
        let mut newest = Vec::new();
        while newest.len() < limit {
            let ordinal = |list: &mut Peekable<_>| match list.peek() {
                Some(Ok((ordinal, _))) => Some(*ordinal),
                // An error is met first, and ends the page.
                Some(Err(_)) => Some(u64::MAX),
                None => None,
            };
            let newest_list = lists.iter_mut().map(ordinal).enumerate().max_by_key(|(_, at)| *at);
            let list = newest_list.and_then(|(place, _)| lists.get_mut(place));
            let Some(entry) = list.and_then(Iterator::next) else { break };
            let (_, id): (u64, WithdrawalId) = entry?;
            match skip {
                0 => newest.push(id),
                _ => skip -= 1,
            }
        }
        Ok(newest)
    }

    /// The withdrawals of all merchants that stand so while their money is held, the oldest first.
    pub fn open_withdrawals(
        &self,
        status: Status,
        limit: usize,
    ) -> Result<Vec<Withdrawal>, ViewError> {
        let all = KeyRange::within(keys::open_withdrawals(status));
        let mut open = Vec::new();
        for row in self.rows(all, Direction::Forward).take(limit) {
            let (key, _) = row?;
            let id = key.last_chunk().copied().map(Uuid::from_bytes);
            let id = WithdrawalId(part(&key, id)?);
            open.extend(self.withdrawal(id)?.map(|row| row.value));
        }
        Ok(open)
    }
}

/// Ordinal and withdrawal of a row of a list.
fn listed(row: Result<RawRow, ViewError>) -> Result<(u64, WithdrawalId), ViewError> {
    let (key, value) = row?;
    let ordinal = part(&key, key.last_chunk().copied().map(u64::from_be_bytes))?;
    let id = part(&key, Uuid::from_slice(&value).ok())?;
    Ok((ordinal, WithdrawalId(id)))
}

impl WithdrawalFilter {
    fn takes(self, (of_status, of_network): (Status, Network)) -> bool {
        self.status.is_none_or(|status| status == of_status)
            && self.network.is_none_or(|network| network == of_network)
    }
}

impl WithdrawalCountsRow {
    /// How many withdrawals the filter takes.
    fn with(&self, filter: WithdrawalFilter) -> u64 {
        let counted = self.by_standing.iter().filter(|(standing, _)| filter.takes(**standing));
        counted.map(|(_, count)| count).sum()
    }
}
