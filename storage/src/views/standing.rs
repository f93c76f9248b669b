//! Pages of a merchant's invoices by status and network: whole stretches are stepped over by their
//! tallies, and lines are read only where something on the page, or a part of a stretch, lies.

use cryptopayment_domain::id::{InvoiceId, MerchantId};

use super::invoices::{Found, InvoiceFilter, Span};
use super::{INVOICES_PER_PAGE, ReadRows, ViewError, Views};
use crate::keys;
use crate::records::{ListedRow, MerchantCountsRow, TallyRow};

/// A page in the making.
struct Page<'f> {
    filter: &'f InvoiceFilter,
    /// Matching invoices that lie before the page.
    skip: u64,
    ids: Vec<InvoiceId>,
    /// Matching invoices seen so far.
    matching: u64,
}

impl Page<'_> {
    fn is_full(&self) -> bool {
        self.ids.len() >= INVOICES_PER_PAGE
    }

    /// Whether a stretch with so many matches holds nothing that goes on the page.
    fn steps_over(&self, count: u64) -> bool {
        count == 0 || self.is_full() || self.matching.saturating_add(count) <= self.skip
    }
}

impl Views {
    /// A page of the invoices in `span` that have the filter's status and network.
    pub(super) fn by_standing(
        &self,
        merchant: MerchantId,
        counts: &MerchantCountsRow,
        filter: &InvoiceFilter,
        span: &Span,
        skip: u64,
    ) -> Result<Found, ViewError> {
        // Without bounds in time the counters know the total, and a page is enough.
        let known = (!span.by_time).then(|| counts.with(filter.status, filter.network));
        let mut page = Page { filter, skip, ids: Vec::new(), matching: 0 };
        if known.is_none_or(|total| skip < total) {
            // Places are counted from 0 here, `end` is behind the last.
            let (first, mut end) = (span.first.saturating_sub(1), span.end.saturating_sub(1));
            while end > first && (known.is_none() || !page.is_full()) {
                end = match self.stretch(merchant, counts.invoices, first, end, &page)? {
                    Some((begin, count)) => {
                        page.matching += count;
                        begin
                    }
                    None => self.block(merchant, first, end, &mut page)?,
                };
            }
        }
        let total = known.unwrap_or(page.matching);
        Ok(Found { ids: page.ids, total })
    }

    /// The widest stretch that ends at `end`, begins at `first` or later and holds nothing of the
    /// page: where it begins, and how many in it match.
    fn stretch(
        &self,
        merchant: MerchantId,
        all: u64,
        first: u64,
        end: u64,
        page: &Page<'_>,
    ) -> Result<Option<(u64, u64)>, ViewError> {
        for (level, width) in (0..).zip(TallyRow::LEVELS) {
            let index = (end - 1) / width;
            let begin = index * width;
            // The newest stretch of a list ends where the list does.
            if begin < first || (!end.is_multiple_of(width) && end != all) {
                continue;
            }
            let tally = self.row::<TallyRow>(keys::tally(merchant, level, index))?;
            let filter = page.filter;
            let count = tally.unwrap_or_default().with(filter.status, filter.network);
            if page.steps_over(count) {
                return Ok(Some((begin, count)));
            }
        }
        Ok(None)
    }

    /// Reads the lines of the block that ends at `end`; answers where it begins.
    fn block(
        &self,
        merchant: MerchantId,
        first: u64,
        end: u64,
        page: &mut Page<'_>,
    ) -> Result<u64, ViewError> {
        let (block, _) = ListedRow::place(end);
        let begin = block * ListedRow::LINES_MAX;
        let row = self.row::<ListedRow>(keys::listed(merchant, block))?.unwrap_or_default();
        let within = (begin..end).zip(&row.lines).filter(|(place, _)| *place >= first);
        let within: Vec<_> = within.map(|(_, line)| line).collect();
        for line in within.into_iter().rev() {
            let filter = page.filter;
            let matches = filter.status.is_none_or(|status| status == line.status)
                && filter.network.is_none_or(|network| network == line.network);
            if matches && page.matching >= page.skip && !page.is_full() {
                page.ids.push(line.invoice);
            }
            page.matching += u64::from(matches);
        }
        Ok(begin.max(first))
    }
}
