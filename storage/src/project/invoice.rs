//! An invoice's row and every index that finds it: by merchant, status, order, address, payment,
//! block, depth and time.

use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{
    Invoice, InvoiceFact, Opened, Payment, Place, Status, standing,
};
use cryptopayment_domain::payment::{BlockRef, PaymentId};
use cryptopayment_domain::time::Timestamp;

use super::Projection;
use crate::keys;
use crate::records::{
    AddressRow, InvoiceRow, ListedLine, ListedRow, MerchantCoinRow, MerchantCountsRow, MinedRow,
    TallyRow,
};
use crate::views::{ReadRows, ViewError};

pub(super) fn project(
    views: &mut Projection<'_>,
    seq: u64,
    id: InvoiceId,
    fact: &InvoiceFact,
) -> Result<(), ViewError> {
    if let InvoiceFact::Opened(terms) = fact {
        return open(views, seq, terms);
    }
    let Some(mut row) = views.row::<InvoiceRow>(keys::invoice(id))? else {
        return views.contradiction(seq, format!("invoice {id} was never opened"));
    };
    let before = Facets::of(&row.invoice);
    row.invoice.apply(fact);
    row.last_seq = seq;
    let after = Facets::of(&row.invoice);
    follow_status(views, &row, before.status, after.status)?;
    follow_due(views, &row.invoice, before.due_at, after.due_at);
    follow_pending(views, &row.invoice, before.pending, after.pending)?;
    for (place, payment) in after.payments.iter().enumerate() {
        follow_payment(views, &row.invoice, before.payments.get(place), payment)?;
    }
    views.put(keys::invoice(id), &row)
}

fn open(views: &mut Projection<'_>, seq: u64, terms: &Opened) -> Result<(), ViewError> {
    let (id, merchant, network) = (terms.invoice, terms.merchant, terms.network);
    if views.has(keys::invoice(id))? {
        return views.contradiction(seq, format!("invoice {id} was opened before"));
    }
    let invoice = Invoice::opened(terms.clone());
    let status = standing(&invoice).status;
    let counts = views.change(keys::counts(merchant), |counts: &mut MerchantCountsRow| {
        counts.invoices += 1;
        counts.listed_at = counts.listed_at.max(Some(terms.at));
        *counts.by_standing.entry((status, network)).or_default() += 1;
    })?;
    let ordinal = counts.invoices;
    let listed_at = counts.listed_at.unwrap_or(terms.at);
    let line = ListedLine { invoice: id, listed_at, status, network };
    let (block, _) = ListedRow::place(ordinal);
    views.change(keys::listed(merchant, block), |row: &mut ListedRow| row.lines.push(line))?;
    tally(views, merchant, ordinal, |tally| {
        *tally.counts.entry((status, network)).or_default() += 1;
    })?;
    if let Some(order_id) = &terms.order_id {
        views.put_id(keys::order(merchant, order_id, ordinal), id.0);
    }
    give_address(views, seq, terms)?;
    follow_due(views, &invoice, None, invoice.due_at());
    views.put(keys::invoice(id), &InvoiceRow { invoice, last_seq: seq, ordinal })
}

/// Changes the tallies of every stretch that an invoice is in.
fn tally(
    views: &mut Projection<'_>,
    merchant: MerchantId,
    ordinal: u64,
    change: impl Fn(&mut TallyRow),
) -> Result<(), ViewError> {
    let place = ordinal.saturating_sub(1);
    for (level, width) in (0..).zip(TallyRow::LEVELS) {
        views.change(keys::tally(merchant, level, place / width), &change)?;
    }
    Ok(())
}

fn give_address(views: &mut Projection<'_>, seq: u64, terms: &Opened) -> Result<(), ViewError> {
    let (network, index) = (terms.network, terms.address_index);
    let next = views.row::<u32>(keys::next_index(network))?.unwrap_or(0);
    let key = keys::address(network, &terms.address_bytes);
    // An index beyond all given so far is a new address; only one from behind is looked up.
    if index < next && views.has(&key)? {
        // The address stays with its first invoice; both would be paid there.
        let what = format!("{network} address {} was given before", terms.address);
        return views.contradiction(seq, what);
    }
    views.put(keys::next_index(network), &next.max(index.saturating_add(1)))?;
    views.put(key, &AddressRow { invoice: terms.invoice, index })
}

/// What the indexes show of an invoice; a fact moves an index where it changes one of these.
struct Facets {
    status: Status,
    due_at: Option<Timestamp>,
    pending: u128,
    payments: Vec<PaymentFacet>,
}

/// What the indexes show of a payment.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PaymentFacet {
    id: PaymentId,
    in_mempool: bool,
    block: Option<BlockRef>,
    credited: bool,
}

impl Facets {
    fn of(invoice: &Invoice) -> Self {
        let waits = |payment: &&Payment| payment.block().is_some() && !payment.credited;
        let waiting = invoice.payments.iter().filter(waits);
        Self {
            status: standing(invoice).status,
            due_at: invoice.due_at(),
            pending: waiting.fold(0, |sum, payment| sum.saturating_add(payment.amount.units())),
            payments: invoice.payments.iter().map(PaymentFacet::of).collect(),
        }
    }
}

impl PaymentFacet {
    fn of(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            in_mempool: matches!(payment.place, Place::Mempool { .. }),
            block: payment.block(),
            credited: payment.credited,
        }
    }
}

fn follow_status(
    views: &mut Projection<'_>,
    row: &InvoiceRow,
    before: Status,
    after: Status,
) -> Result<(), ViewError> {
    if before == after {
        return Ok(());
    }
    let terms = &row.invoice.terms;
    let (merchant, network) = (terms.merchant, terms.network);
    let (block, place) = ListedRow::place(row.ordinal);
    views.change(keys::listed(merchant, block), |row: &mut ListedRow| {
        if let Some(line) = row.lines.get_mut(place) {
            line.status = after;
        }
    })?;
    tally(views, merchant, row.ordinal, |tally| {
        let left = tally.counts.entry((before, network)).or_default();
        *left = left.saturating_sub(1);
        *tally.counts.entry((after, network)).or_default() += 1;
    })?;
    views.change(keys::counts(merchant), |counts: &mut MerchantCountsRow| {
        let left = counts.by_standing.entry((before, network)).or_default();
        *left = left.saturating_sub(1);
        *counts.by_standing.entry((after, network)).or_default() += 1;
    })?;
    Ok(())
}

fn follow_due(
    views: &mut Projection<'_>,
    invoice: &Invoice,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
) {
    if before == after {
        return;
    }
    let (network, id) = (invoice.terms.network, invoice.terms.invoice);
    if let Some(at) = before {
        views.delete(keys::invoice_due(network, at, id));
    }
    if let Some(at) = after {
        views.put_mark(keys::invoice_due(network, at, id));
    }
}

/// Mined and not yet deep, per merchant and coin.
fn follow_pending(
    views: &mut Projection<'_>,
    invoice: &Invoice,
    before: u128,
    after: u128,
) -> Result<(), ViewError> {
    if before == after {
        return Ok(());
    }
    let key = keys::merchant_coin(invoice.terms.merchant, invoice.terms.network);
    views.change(key, |coin: &mut MerchantCoinRow| {
        coin.pending = coin.pending.saturating_sub(before).saturating_add(after);
    })?;
    Ok(())
}

fn follow_payment(
    views: &mut Projection<'_>,
    invoice: &Invoice,
    before: Option<&PaymentFacet>,
    after: &PaymentFacet,
) -> Result<(), ViewError> {
    if before == Some(after) {
        return Ok(());
    }
    let id = invoice.terms.invoice;
    // One payment pays one address, so a network with many payments in one transaction is fine.
    if before.is_none() {
        views.put_id(keys::payment(after.id), id.0);
    }
    if after.in_mempool {
        views.put_id(keys::sighting(after.id), id.0);
    } else if before.is_some_and(|before| before.in_mempool) {
        views.delete(keys::sighting(after.id));
    }
    if let Some(block) = before.and_then(|before| before.block) {
        views.delete(keys::mined(after.id, block.height));
        views.delete(keys::deepening(after.id, deep_height(invoice, block)));
    }
    if let Some(block) = after.block {
        let deep_height = deep_height(invoice, block);
        let mined = MinedRow { invoice: id, block: block.hash, deep_height };
        views.put(keys::mined(after.id, block.height), &mined)?;
        if !after.credited {
            views.put_id(keys::deepening(after.id, deep_height), id.0);
        }
    }
    Ok(())
}

/// The tip's height at which a payment in `block` has the confirmations its invoice asks for:
/// tip − height + 1 ≥ required.
fn deep_height(invoice: &Invoice, block: BlockRef) -> u64 {
    let required = u64::from(invoice.terms.confirmations_required.max(1));
    block.height.saturating_add(required - 1)
}
