//! Invoices: one by its id, a merchant's by page and filter, those that time may change.

use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{Invoice, Status, standing};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Timestamp;
use uuid::Uuid;

use super::{Chunked, Direction, ReadRows, Row, ViewError, Views, part, read};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::{InvoiceRow, ListedLine, ListedRow, MerchantCountsRow};

/// Invoices on one page of a list.
pub const INVOICES_PER_PAGE: usize = 20;

/// Which of a merchant's invoices are listed; what is none does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceFilter {
    /// Only with this status.
    pub status: Option<Status>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Only with exactly this order id.
    pub order_id: Option<String>,
    /// Only opened at this instant or later.
    pub from: Option<Timestamp>,
    /// Only opened at this instant or earlier.
    pub to: Option<Timestamp>,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePage {
    /// The page's invoices; none past the end.
    pub invoices: Vec<Row<Invoice>>,
    /// How many there are on all pages.
    pub total: u64,
}

impl Views {
    /// The invoice of this id.
    pub fn invoice(&self, id: InvoiceId) -> Result<Option<Row<Invoice>>, ViewError> {
        let row = self.row::<InvoiceRow>(keys::invoice(id))?;
        Ok(row.map(|row| Row { value: row.invoice, last_seq: row.last_seq }))
    }

    /// A page of a merchant's invoices, newest first; pages are counted from 1.
    pub fn invoices(
        &self,
        merchant: MerchantId,
        filter: &InvoiceFilter,
        page: u64,
    ) -> Result<InvoicePage, ViewError> {
        let counts = self.row::<MerchantCountsRow>(keys::counts(merchant))?.unwrap_or_default();
        let span = self.ordinals(merchant, &counts, filter)?;
        let skip = page.saturating_sub(1).saturating_mul(INVOICES_PER_PAGE as u64);
        let found = if filter.order_id.is_some() {
            self.by_order(merchant, filter, &span, skip)?
        } else if filter.status.is_none() && filter.network.is_none() {
            self.by_ordinal(merchant, &span, skip)?
        } else {
            self.by_standing(merchant, &counts, filter, &span, skip)?
        };
        let mut invoices = Vec::with_capacity(found.ids.len());
        for id in found.ids {
            invoices.extend(self.invoice(id)?);
        }
        Ok(InvoicePage { invoices, total: found.total })
    }

    /// How many invoices a merchant has with each status.
    pub fn invoice_counts(&self, merchant: MerchantId) -> Result<[(Status, u64); 4], ViewError> {
        let counts = self.row::<MerchantCountsRow>(keys::counts(merchant))?.unwrap_or_default();
        Ok(Status::ALL.map(|status| (status, counts.with(Some(status), None))))
    }

    /// Invoices of a network that time alone may change once its chain is scanned through that
    /// instant: earliest first, at most `limit`, none later than `through`.
    pub fn invoices_due(
        &self,
        network: Network,
        through: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InvoiceId)>, ViewError> {
        let all = Key::of(Prefix::InvoiceDue).network(network);
        let last = all.clone().instant(through).id(Uuid::max());
        let due = KeyRange::within(all).before(last);
        self.due_within(due, limit)
    }

    /// When time alone may next change an invoice of this network, and which.
    pub fn next_invoice_due(
        &self,
        network: Network,
    ) -> Result<Option<(Timestamp, InvoiceId)>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::InvoiceDue).network(network));
        Ok(self.due_within(all, 1)?.pop())
    }

    fn due_within(
        &self,
        range: KeyRange,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InvoiceId)>, ViewError> {
        let mut due = Vec::new();
        for row in self.rows(range, Direction::Forward).take(limit) {
            let (key, _) = row?;
            let mut parts = Parts::of(&key);
            part(&key, parts.network())?;
            let at = part(&key, parts.instant())?;
            due.push((at, InvoiceId(part(&key, parts.id())?)));
        }
        Ok(due)
    }

    /// The ordinals that `from` and `to` leave.
    fn ordinals(
        &self,
        merchant: MerchantId,
        counts: &MerchantCountsRow,
        filter: &InvoiceFilter,
    ) -> Result<Span, ViewError> {
        let all = counts.invoices;
        let first = match filter.from {
            Some(from) => self.first_listed(merchant, all, |at| at >= from)?,
            None => 1,
        };
        let end = match filter.to {
            Some(to) => self.first_listed(merchant, all, |at| at > to)?,
            None => all + 1,
        };
        let by_time = filter.from.is_some() || filter.to.is_some();
        Ok(Span { first, end: end.max(first), by_time })
    }

    /// The first ordinal whose time `is_there`, one behind the last if none is. Times never fall
    /// from one ordinal to the next.
    fn first_listed(
        &self,
        merchant: MerchantId,
        all: u64,
        is_there: impl Fn(Timestamp) -> bool,
    ) -> Result<u64, ViewError> {
        let (mut low, mut high) = (1, all + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let line = self.line(merchant, middle)?;
            if line.is_some_and(|line| is_there(line.listed_at)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    fn line(&self, merchant: MerchantId, ordinal: u64) -> Result<Option<ListedLine>, ViewError> {
        let (block, place) = ListedRow::place(ordinal);
        let row = self.row::<ListedRow>(keys::listed(merchant, block))?;
        Ok(row.and_then(|row| row.lines.get(place).copied()))
    }

    fn by_ordinal(&self, merchant: MerchantId, span: &Span, skip: u64) -> Result<Found, ViewError> {
        let total = span.end - span.first;
        let mut ids = Vec::new();
        if skip < total {
            let newest = Span { end: span.end - skip, ..*span };
            self.newest_first(merchant, &newest, |line| {
                ids.push(line.invoice);
                ids.len() < INVOICES_PER_PAGE
            })?;
        }
        Ok(Found { ids, total })
    }

    /// Visits the lines of a merchant's list, newest first, until told to stop.
    fn newest_first(
        &self,
        merchant: MerchantId,
        span: &Span,
        mut visit: impl FnMut(&ListedLine) -> bool,
    ) -> Result<(), ViewError> {
        let (first, _) = ListedRow::place(span.first);
        let (last, _) = ListedRow::place(span.end.saturating_sub(1));
        let range = KeyRange::within(Key::of(Prefix::Listed).id(merchant.0))
            .starting_at(keys::listed(merchant, first))
            .before(keys::listed(merchant, last + 1));
        for row in self.rows(range, Direction::Backward) {
            let (key, value) = row?;
            let block = part(&key, key.last_chunk().copied().map(u64::from_be_bytes))?;
            let row = read::<ListedRow>(&key, &value)?;
            let ordinals = block * ListedRow::LINES_MAX + 1..;
            for (ordinal, line) in ordinals.zip(&row.lines).collect::<Vec<_>>().into_iter().rev() {
                if (span.first..span.end).contains(&ordinal) && !visit(line) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn by_order(
        &self,
        merchant: MerchantId,
        filter: &InvoiceFilter,
        span: &Span,
        skip: u64,
    ) -> Result<Found, ViewError> {
        let order_id = filter.order_id.as_deref().unwrap_or_default();
        let (mut ids, mut total) = (Vec::new(), 0);
        for entry in self.by_ordinal_within(&keys::orders(merchant, order_id), span) {
            let (_, id) = entry?;
            let Some(row) = self.invoice(id)? else { continue };
            let invoice = row.value;
            let matches = invoice.terms.order_id.as_deref() == Some(order_id)
                && filter.network.is_none_or(|network| network == invoice.terms.network)
                && filter.status.is_none_or(|status| status == standing(&invoice).status);
            if matches {
                if total >= skip && ids.len() < INVOICES_PER_PAGE {
                    ids.push(id);
                }
                total += 1;
            }
        }
        Ok(Found { ids, total })
    }

    /// Ordinals and invoices of an index whose keys end in the ordinal, newest first.
    fn by_ordinal_within(&self, index: &Key, span: &Span) -> Entries<'_> {
        let first = index.clone().number(span.first);
        let end = index.clone().number(span.end);
        let range = KeyRange::within(index).starting_at(first).before(end);
        Entries(self.rows(range, Direction::Backward))
    }
}

impl MerchantCountsRow {
    /// How many invoices have this status and are on this network.
    pub(super) fn with(&self, status: Option<Status>, network: Option<Network>) -> u64 {
        let counted = self.by_standing.iter().filter(|((of_status, of_network), _)| {
            status.is_none_or(|status| status == *of_status)
                && network.is_none_or(|network| network == *of_network)
        });
        counted.map(|(_, count)| count).sum()
    }
}

/// Ordinals from `first` up to, not including, `end`.
pub(super) struct Span {
    pub(super) first: u64,
    pub(super) end: u64,
    pub(super) by_time: bool,
}

pub(super) struct Found {
    pub(super) ids: Vec<InvoiceId>,
    pub(super) total: u64,
}

type Entry = Result<(u64, InvoiceId), ViewError>;

/// Rows of an index: the last part of the key is an ordinal, the value an invoice.
struct Entries<'v>(Chunked<'v>);

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let row = self.0.next()?;
        Some(row.and_then(|(key, value)| {
            let ordinal = part(&key, key.last_chunk().copied().map(u64::from_be_bytes))?;
            let id = part(&key, Uuid::from_slice(&value).ok())?;
            Ok((ordinal, InvoiceId(id)))
        }))
    }
}
