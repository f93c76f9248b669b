//! Withdrawals: one by its id, a merchant's by page and filter, those that wait for a human.

use cryptopayment_domain::id::{MerchantId, WithdrawalId};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{Status, Withdrawal};

use super::{Direction, INVOICES_PER_PAGE, ReadRows, Row, ViewError, Views, part, read};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::{ListedWithdrawalRow, WithdrawalCountsRow, WithdrawalRow};

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
    /// as those of invoices. The total comes from counters; a page behind others costs time in
    /// proportion to the withdrawals before it only where a filter is set.
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
        let unfiltered = filter == WithdrawalFilter::default();
        let newest = if unfiltered { counts.withdrawals - skip } else { counts.withdrawals };
        let mut to_skip = if unfiltered { 0 } else { skip };
        let all = Key::of(Prefix::ListedWithdrawal).id(merchant.0);
        let range = KeyRange::within(&all).before(all.number(newest + 1));
        let mut withdrawals = Vec::new();
        for row in self.rows(range, Direction::Backward) {
            let (key, value) = row?;
            let line = read::<ListedWithdrawalRow>(&key, &value)?;
            if !filter.takes(&line) {
                continue;
            }
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            withdrawals.extend(self.withdrawal(line.withdrawal)?.map(|row| row.value));
            if withdrawals.len() == INVOICES_PER_PAGE {
                break;
            }
        }
        Ok(WithdrawalPage { withdrawals, total })
    }

    /// The withdrawals that wait for a human, the oldest first.
    pub fn withdrawals_to_review(&self, limit: usize) -> Result<Vec<Withdrawal>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Review));
        let mut waiting = Vec::new();
        for row in self.rows(all, Direction::Forward).take(limit) {
            let (key, _) = row?;
            let mut parts = Parts::of(&key);
            part(&key, parts.instant())?;
            let id = WithdrawalId(part(&key, parts.id())?);
            waiting.extend(self.withdrawal(id)?.map(|row| row.value));
        }
        Ok(waiting)
    }
}

impl WithdrawalFilter {
    fn takes(self, line: &ListedWithdrawalRow) -> bool {
        self.status.is_none_or(|status| status == line.status)
            && self.network.is_none_or(|network| network == line.network)
    }
}

impl WithdrawalCountsRow {
    /// How many withdrawals the filter takes.
    fn with(&self, filter: WithdrawalFilter) -> u64 {
        let counted = self.by_standing.iter().filter(|((status, network), _)| {
            filter.status.is_none_or(|wanted| wanted == *status)
                && filter.network.is_none_or(|wanted| wanted == *network)
        });
        counted.map(|(_, count)| count).sum()
    }
}
