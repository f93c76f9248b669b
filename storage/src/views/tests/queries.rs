//! Every query answers what a walk over all facts answers.

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{Invoice, InvoiceFact, Place, Status, standing};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::webhook::{Delivery, DeliveryFact, DeliveryState};
use cryptopayment_domain::withdrawal::Withdrawal;

use super::super::*;
use super::withdrawals::take_in;
use super::{apply_to_tree, views};
use crate::project::{Projection, project};
use crate::testing::Story;

/// Everything a story made, held as plainly as possible.
#[derive(Default)]
pub(super) struct Plain {
    invoices: Vec<Invoice>,
    deliveries: Vec<Delivery>,
    pub(super) withdrawals: Vec<Withdrawal>,
}

impl Plain {
    fn take_in(&mut self, fact: &Fact) {
        match fact {
            Fact::Invoice(_, InvoiceFact::Opened(terms)) => {
                self.invoices.push(Invoice::opened((**terms).clone()));
            }
            Fact::Invoice(id, fact) => {
                let mut all = self.invoices.iter_mut();
                all.find(|invoice| invoice.terms.invoice == *id).unwrap().apply(fact);
            }
            Fact::Delivery(_, DeliveryFact::Queued(queued)) => {
                self.deliveries.push(Delivery::queued((**queued).clone()));
            }
            Fact::Delivery(event, fact) => {
                let mut all = self.deliveries.iter_mut();
                all.find(|delivery| delivery.queued.event == *event).unwrap().apply(fact);
            }
            Fact::Withdrawal(id, fact) => take_in(&mut self.withdrawals, *id, fact),
            Fact::Merchant(..) | Fact::Ledger(..) | Fact::Watching(..) | Fact::Operator(_) => {}
        }
    }
}

/// A story of that many commits, in views (half in the tree, half in the overlay) and plainly.
pub(super) fn told(seed: u64, commits: usize) -> (Views, Plain, Story) {
    let (views, mut plain, mut story) = (views(), Plain::default(), Story::of(seed));
    let mut seq = 0;
    for group in 1..=commits as u64 {
        let facts = story.next_commit();
        let writes = {
            let below = views.snapshot();
            let mut projection = Projection::over(&below);
            for fact in &facts {
                seq += 1;
                project(&mut projection, seq, fact).unwrap();
                plain.take_in(fact);
            }
            projection.into_writes()
        };
        views.inner.overlay.write().lay(group, seq, &writes);
        if group < commits as u64 / 2 {
            apply_to_tree(&views, &writes);
            views.inner.overlay.write().lift(group, writes.keys());
        }
    }
    assert!(views.contradictions(9).unwrap().is_empty());
    (views, plain, story)
}

#[test]
fn every_invoice_is_found_with_its_state_by_id_address_and_payment() {
    let (views, plain, _) = told(3, 1500);
    assert!(plain.invoices.len() > 100);
    for invoice in &plain.invoices {
        let terms = &invoice.terms;
        let row = views.invoice(terms.invoice).unwrap().unwrap();
        assert_eq!(row.value, *invoice);
        assert!(row.last_seq > 0);
        let watched = views.invoice_at(terms.network, &terms.address_bytes).unwrap().unwrap();
        assert_eq!((watched.invoice, watched.index), (terms.invoice, terms.address_index));
        for payment in &invoice.payments {
            assert_eq!(views.invoice_of_payment(payment.id).unwrap(), Some(terms.invoice));
        }
    }
    assert_eq!(views.invoice(InvoiceId(uuid::Uuid::nil())).unwrap(), None);
    assert_eq!(views.invoice_at(Network::Btc, b"unknown").unwrap(), None);
    for network in Network::ALL {
        let of_network = || plain.invoices.iter().filter(|one| one.terms.network == network);
        let mut watched = Vec::new();
        views.for_each_watched(network, |address| watched.push(address.invoice)).unwrap();
        watched.sort();
        let mut expected: Vec<_> = of_network().map(|one| one.terms.invoice).collect();
        expected.sort();
        assert_eq!(watched, expected);
        let next = of_network().map(|one| one.terms.address_index + 1).max().unwrap_or(0);
        assert_eq!(views.next_address_index(network).unwrap(), next);
    }
}

#[test]
fn lists_are_newest_first_in_pages_of_twenty_under_every_filter() {
    let (views, plain, story) = told(4, 2500);
    let times: Vec<_> = plain.invoices.iter().map(|invoice| invoice.terms.at).collect();
    let middle = times[times.len() / 2];
    let spans = [
        (None, None),
        (Some(middle), None),
        (None, Some(middle)),
        (Some(middle.minus(Span::from_hours(1))), Some(middle.plus(Span::from_hours(1)))),
        (Some(middle), Some(middle.minus(Span::from_ms(1)))),
    ];
    let statuses = [None].into_iter().chain(Status::ALL.map(Some));
    let mut asked = 0;
    for status in statuses {
        for network in [None, Some(Network::Btc), Some(Network::Trc20)] {
            for order_id in [None, Some("ORD-5".to_owned()), Some("absent".to_owned())] {
                for (from, to) in spans {
                    let order_id = order_id.clone();
                    let filter = InvoiceFilter { status, network, order_id, from, to };
                    for merchant in story.merchants() {
                        compare_lists(&views, &plain, *merchant, &filter);
                        asked += 1;
                    }
                }
            }
        }
    }
    assert!(asked > 500);
}

fn compare_lists(views: &Views, plain: &Plain, merchant: MerchantId, filter: &InvoiceFilter) {
    let listed = plain.invoices.iter().rev().filter(|invoice| {
        let terms = &invoice.terms;
        terms.merchant == merchant
            && filter.status.is_none_or(|status| status == standing(invoice).status)
            && filter.network.is_none_or(|network| network == terms.network)
            && (filter.order_id.is_none() || filter.order_id == terms.order_id)
            && filter.from.is_none_or(|from| terms.at >= from)
            && filter.to.is_none_or(|to| terms.at <= to)
    });
    let expected: Vec<_> = listed.cloned().collect();
    for page in 1..=(expected.len() / INVOICES_PER_PAGE + 2) {
        let found = views.invoices(merchant, filter, page as u64).unwrap();
        let values: Vec<_> = found.invoices.into_iter().map(|row| row.value).collect();
        let first = ((page - 1) * INVOICES_PER_PAGE).min(expected.len());
        let end = (first + INVOICES_PER_PAGE).min(expected.len());
        assert_eq!(values, expected[first..end], "{filter:?} page {page}");
        assert_eq!(found.total, expected.len() as u64, "{filter:?}");
    }
    assert!(views.invoices(merchant, filter, u64::MAX).unwrap().invoices.is_empty());
}

#[test]
fn a_clock_set_back_does_not_hide_an_invoice_from_a_search_by_time() {
    let views = views();
    let mut story = Story::of(8);
    let (mut seq, mut opened) = (0, Vec::new());
    while opened.len() < 60 {
        for mut fact in story.next_commit() {
            let Fact::Invoice(_, InvoiceFact::Opened(terms)) = &mut fact else { continue };
            terms.merchant = MerchantId(uuid::Uuid::from_u128(1));
            // Every tenth is opened while the clock is an hour behind.
            if opened.len() % 10 == 9 {
                terms.at = terms.at.minus(Span::from_hours(1));
            }
            opened.push(terms.clone());
            seq += 1;
            let writes = {
                let below = views.snapshot();
                let mut projection = Projection::over(&below);
                project(&mut projection, seq, &fact).unwrap();
                projection.into_writes()
            };
            views.inner.overlay.write().lay(seq, seq, &writes);
        }
    }
    let from = opened[30].at;
    let filter = InvoiceFilter { from: Some(from), ..InvoiceFilter::default() };
    let merchant = MerchantId(uuid::Uuid::from_u128(1));
    let total = views.invoices(merchant, &filter, 1).unwrap().total;
    assert_eq!(total, opened.len() as u64 - 30);
}

#[test]
fn indexes_of_payments_say_what_the_invoices_say() {
    let (views, plain, _) = told(5, 3000);
    let (mut some_mined, mut some_seen, mut some_deep) = (0, 0, 0);
    for network in Network::ALL {
        let payments = || {
            let of_network = plain.invoices.iter().filter(|one| one.terms.network == network);
            of_network
                .flat_map(|invoice| invoice.payments.iter().map(move |payment| (invoice, payment)))
        };
        let mut mined = Vec::new();
        let mut deepening = Vec::new();
        let mut sightings = Vec::new();
        for (invoice, payment) in payments() {
            let id = invoice.terms.invoice;
            if matches!(payment.place, Place::Mempool { .. }) {
                sightings.push((payment.id, id));
            }
            let Some(block) = payment.block() else { continue };
            let deep = block.height + u64::from(invoice.terms.confirmations_required) - 1;
            mined.push((block.height, payment.id, block.hash, id));
            if !payment.credited {
                deepening.push((deep, payment.id, id));
            }
        }
        mined.sort();
        deepening.sort();
        sightings.sort();
        some_mined += mined.len();
        some_seen += sightings.len();
        some_deep += deepening.len();

        let found = views.mined_from(network, 0).unwrap();
        let found: Vec<_> =
            found.iter().map(|one| (one.height, one.payment, one.block, one.invoice)).collect();
        assert_eq!(found, mined);
        let newest = mined.last().map(|one| one.0);
        assert_eq!(views.newest_payment_height(network).unwrap(), newest);
        let height = newest.unwrap_or(0);
        assert_eq!(
            views.mined_from(network, height).unwrap().len(),
            mined.iter().filter(|one| one.0 == height).count()
        );
        for tip in [0, height, height + 5, u64::MAX] {
            let found = views.deep_by(network, tip).unwrap();
            let found: Vec<_> =
                found.iter().map(|one| (one.deep_height, one.payment, one.invoice)).collect();
            let expected: Vec<_> = deepening.iter().filter(|one| one.0 <= tip).copied().collect();
            assert_eq!(found, expected);
        }
        let mut found = views.sightings(network).unwrap();
        found.sort();
        assert_eq!(found, sightings);
    }
    assert!(some_mined > 50 && some_seen > 3 && some_deep > 20);
}

#[test]
fn due_indexes_say_when_time_matters_next() {
    let (views, plain, _) = told(6, 2000);
    for network in Network::ALL {
        let of_network = plain.invoices.iter().filter(|one| one.terms.network == network);
        let mut expected: Vec<_> = of_network
            .filter_map(|invoice| Some((invoice.due_at()?, invoice.terms.invoice)))
            .collect();
        expected.sort();
        let far = Timestamp::from_unix_ms(i64::MAX);
        assert_eq!(views.invoices_due(network, far, usize::MAX).unwrap(), expected);
        assert_eq!(views.next_invoice_due(network).unwrap(), expected.first().copied());
        if let Some((at, _)) = expected.get(expected.len() / 2) {
            let by_then = expected.iter().filter(|(due, _)| due <= at).count();
            assert_eq!(views.invoices_due(network, *at, usize::MAX).unwrap().len(), by_then);
            assert_eq!(views.invoices_due(network, *at, 1).unwrap().len(), 1);
        }
    }
}

#[test]
fn deliveries_are_found_by_time_merchant_and_invoice() {
    let (views, plain, story) = told(7, 3000);
    assert!(plain.deliveries.len() > 50);
    let mut due: Vec<_> = plain
        .deliveries
        .iter()
        .filter_map(|delivery| match delivery.state {
            DeliveryState::Due(at) => Some((at, delivery.queued.event, delivery.queued.merchant)),
            DeliveryState::Acknowledged | DeliveryState::Failed => None,
        })
        .collect();
    due.sort();
    let far = Timestamp::from_unix_ms(i64::MAX);
    let plainly = |found: Vec<DueDelivery>| -> Vec<(Timestamp, EventId, MerchantId)> {
        found.into_iter().map(|one| (one.at, one.event, one.merchant)).collect()
    };
    let found = views.deliveries_due(far, None, usize::MAX).unwrap();
    assert_eq!(plainly(found.clone()), due);
    let half = found.len() / 2;
    let rest = views.deliveries_due(far, Some(found[half]), usize::MAX).unwrap();
    assert_eq!(plainly(rest), due[half + 1..]);
    assert_eq!(views.next_delivery_due().unwrap(), found.first().copied());
    let waiting = views.merchants_with_deliveries().unwrap();
    for merchant in story.merchants() {
        let of_merchant: Vec<_> = due.iter().filter(|one| one.2 == *merchant).copied().collect();
        let found = views.deliveries_due_of(*merchant, far, usize::MAX).unwrap();
        assert_eq!(plainly(found), of_merchant);
        let first = waiting.iter().find(|one| one.merchant == *merchant);
        assert_eq!(first.map(|one| one.at), of_merchant.first().map(|one| one.0));
        compare_events(&views, &plain, *merchant);
    }
    for delivery in &plain.deliveries {
        let of_invoice = views.deliveries_of(delivery.queued.subject).unwrap();
        assert!(of_invoice.iter().any(|row| row.value == *delivery));
    }
}

fn compare_events(views: &Views, plain: &Plain, merchant: MerchantId) {
    let of_merchant = |one: &&Delivery| one.queued.merchant == merchant;
    let expected: Vec<_> = plain.deliveries.iter().filter(of_merchant).cloned().collect();
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = views.events(merchant, after, 7).unwrap().unwrap();
        after = page.events.last().map(|row| row.value.queued.event);
        found.extend(page.events.into_iter().map(|row| row.value));
        if !page.has_more {
            break;
        }
    }
    assert_eq!(found, expected);
    let newest = views.newest_events(merchant, None, usize::MAX).unwrap().unwrap();
    let newest: Vec<_> = newest.events.into_iter().rev().map(|row| row.value).collect();
    assert_eq!(newest, expected);
    let unknown = Some(EventId(uuid::Uuid::nil()));
    assert_eq!(views.events(merchant, unknown, 7).unwrap(), None);
}

#[test]
fn statements_run_balances_that_end_at_the_ledgers_own() {
    let (views, plain, story) = told(9, 4000);
    let mut lines = 0;
    for merchant in story.merchants() {
        let ledger = views.ledger(*merchant).unwrap().value;
        for (network, figures) in views.balances(*merchant).unwrap() {
            assert_eq!(figures.balance, ledger.balance(network).available);
            let pending = plain
                .invoices
                .iter()
                .filter(|one| one.terms.merchant == *merchant && one.terms.network == network)
                .flat_map(|invoice| &invoice.payments)
                .filter(|payment| payment.block().is_some() && !payment.credited);
            let pending: u128 = pending.map(|payment| payment.amount.units()).sum();
            assert_eq!(figures.pending, pending);
            let mut balance = 0;
            let mut numbers = Vec::new();
            let pages = figures.lines / 10 + 1;
            for page in (1..=pages).rev() {
                let page = views.statement(*merchant, network, page, 10).unwrap();
                assert_eq!(page.total, figures.lines);
                for line in page.lines.iter().rev() {
                    balance += line.change;
                    assert_eq!(line.balance, balance);
                    numbers.push(line.number);
                    lines += 1;
                }
            }
            assert_eq!(balance, figures.balance);
            assert!(numbers.into_iter().eq(1..=figures.lines));
        }
    }
    assert!(lines > 100);
}

#[test]
fn merchants_are_found_by_key_and_email_until_the_key_is_revoked() {
    use cryptopayment_domain::merchant::MerchantFact;
    let (views, _, story) = told(10, 300);
    let merchant = story.merchants()[0];
    let row = views.merchant(merchant).unwrap().unwrap();
    let (key, digest) = (row.value.keys[0].key.clone(), row.value.email_digest);
    assert_eq!(views.merchant_by_key(&key).unwrap().unwrap(), (merchant, row.clone()));
    assert_eq!(views.merchant_by_email(&digest).unwrap().unwrap(), (merchant, row));
    assert_eq!(views.merchants(None, 99).unwrap().len(), story.merchants().len());
    let first = views.merchants(None, 1).unwrap()[0].0;
    let rest = views.merchants(Some(first), 99).unwrap();
    assert_eq!(rest.len(), story.merchants().len() - 1);

    let at = Timestamp::from_unix_s(1_800_000_000);
    let revoked = Fact::Merchant(merchant, MerchantFact::KeyRevoked { key: key.clone(), at });
    let writes = {
        let below = views.snapshot();
        let mut projection = Projection::over(&below);
        project(&mut projection, 1_000_000, &revoked).unwrap();
        projection.into_writes()
    };
    views.inner.overlay.write().lay(u64::MAX, 1_000_000, &writes);
    assert_eq!(views.merchant_by_key(&key).unwrap(), None);
    assert_eq!(views.merchant(merchant).unwrap().unwrap().last_seq, 1_000_000);
}
