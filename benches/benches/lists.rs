//! Lists of one merchant with a million invoices: pages, filters, statements, balances. Each has to
//! stay below 5 ms, wherever in the list it lies.
//!
//! `cargo bench -p cryptopayment-benches --bench lists`; the million is built through the store in a
//! temporary folder first, which takes some minutes. `LISTS_INVOICES` makes it smaller.

use criterion::{Criterion, criterion_group, criterion_main};
use cryptopayment_benches::{AT, terms};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::{MerchantId, WithdrawalId};
use cryptopayment_domain::invoice::{Command, Decision, Observation, Status, decide, open};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId, Tip};
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::EventSet;
use cryptopayment_domain::withdrawal::{Requested, WithdrawalFact};
use cryptopayment_storage::{InvoiceFilter, Store, StoreConfig, Ticket, Views, WithdrawalFilter};
use std::hint::black_box;
use tempfile::TempDir;
use uuid::Uuid;

const MERCHANT: MerchantId = MerchantId(Uuid::from_u128(1));
/// One in so many is paid; so many of the oldest wait for ever.
const PAID: u32 = 20;
const OLD_PENDING: u32 = 7;
/// One withdrawal for so many invoices, and of so many one waits for review.
const WITHDRAWN: u32 = 10;
const REVIEWED: u32 = 5_000;
/// Commits in flight at once.
const IN_FLIGHT: u32 = 2_000;

fn invoices() -> u32 {
    let wanted = std::env::var("LISTS_INVOICES").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(1_000_000)
}

/// The life of one invoice: most expire, some are paid, a few of the oldest wait.
fn life(number: u32) -> Vec<Fact> {
    let mut terms = terms(number).expect("terms");
    terms.merchant = MERCHANT;
    terms.at = AT.plus(Span::from_s(u64::from(number)));
    terms.expires_at = terms.at.plus(Span::from_minutes(30));
    let (due, expires_at) = (terms.due, terms.expires_at);
    let Decision { mut facts, invoice } = open(terms, EventSet::default());
    if number < OLD_PENDING {
        return facts;
    }
    let tip = Tip { height: 1_000, hash: Hash32([2; 32]), solid_height: Some(1_000) };
    let command = match number % PAID {
        0 => {
            let mut txid = [0; 32];
            txid[..4].copy_from_slice(&number.to_be_bytes());
            let block = BlockRef { height: 100, hash: Hash32([3; 32]), time: invoice.terms.at };
            let payment = PaymentId { network: Network::Trc20, txid: Hash32(txid), index: 0 };
            let observation = Observation::Mined { amount: due, block };
            Command::Observe { payment, observation, tip }
        }
        _ => Command::ScannedThrough { instant: expires_at },
    };
    facts.extend(
        decide(&invoice, &command, EventSet::default(), expires_at).expect("decided").facts,
    );
    facts
}

fn withdrawal(number: u32) -> Vec<Fact> {
    let id = WithdrawalId(Uuid::from_u128(u128::from(number) + 1));
    let amount = Money::new(Network::Trc20, 5_000_000).expect("an amount");
    let review = cryptopayment_domain::withdrawal::Review::NoPrice;
    let requested = Requested {
        withdrawal: id,
        merchant: MERCHANT,
        amount,
        fee: amount,
        address: "TXxx".to_owned(),
        address_bytes: vec![0x41; 21],
        usd_value: None,
        review: number.is_multiple_of(REVIEWED).then_some(review),
        told: false,
        at: AT,
    };
    vec![Fact::Withdrawal(id, WithdrawalFact::Requested(Box::new(requested)))]
}

fn build() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = StoreConfig { min_free_bytes: 0, ..StoreConfig::new(folder.path().join("data")) };
    let store = Store::open(config, |_| {}).expect("a new store opens");
    let lives = (0..invoices()).map(life).chain((0..invoices() / WITHDRAWN).map(withdrawal));
    let mut last: Option<Ticket> = None;
    for (number, facts) in (0_u32..).zip(lives) {
        let ticket = store.append(facts);
        if number.is_multiple_of(IN_FLIGHT)
            && let Some(before) = last.replace(ticket)
        {
            before.wait();
        }
        if number.is_multiple_of(10_000) {
            eprintln!("{number} of {} invoices and their withdrawals built", invoices());
        }
    }
    store.append(Vec::new()).wait();
    (folder, store)
}

fn lists(criterion: &mut Criterion) {
    let (_folder, store) = build();
    let views = store.views();
    let pages = u64::from(invoices()) / 20;
    let status = |status| InvoiceFilter { status: Some(status), ..InvoiceFilter::default() };
    let day = |from: u64, days: u64| InvoiceFilter {
        status: Some(Status::Confirmed),
        from: Some(AT.plus(Span::from_hours(24 * from))),
        to: Some(AT.plus(Span::from_hours(24 * (from + days)))),
        ..InvoiceFilter::default()
    };
    let middle = u64::from(invoices()) / 2;
    let order_id = Some(format!("ORD-{middle}"));
    let rows = [
        ("all, first page", InvoiceFilter::default(), 1),
        ("all, middle page", InvoiceFilter::default(), pages / 2),
        ("all, last page", InvoiceFilter::default(), pages),
        ("confirmed, first page", status(Status::Confirmed), 1),
        ("confirmed, middle page", status(Status::Confirmed), pages / u64::from(PAID) / 2),
        ("expired, middle page", status(Status::Expired), pages / 2),
        ("pending: the oldest seven", status(Status::Pending), 1),
        ("confirming: none", status(Status::Confirming), 1),
        ("confirmed of one day", day(3, 1), 1),
        ("confirmed of nine days, middle", day(1, 9), 900),
        ("one order", InvoiceFilter { order_id, ..InvoiceFilter::default() }, 1),
    ];
    let mut group = criterion.benchmark_group("lists");
    group.sample_size(20);
    for (name, filter, page) in rows {
        group.bench_function(format!("invoices: {name}"), |bencher| {
            bencher.iter(|| views.invoices(MERCHANT, black_box(&filter), page).expect("a page"));
        });
    }
    of_money(&mut group, &views);
    group.finish();
}

type Group<'c> = criterion::BenchmarkGroup<'c, criterion::measurement::WallTime>;

fn of_money(group: &mut Group<'_>, views: &Views) {
    let (coin, lines) = (Network::Trc20, u64::from(invoices() / PAID));
    for (name, page) in [("first", 1), ("middle", lines / 40), ("last", lines / 20)] {
        group.bench_function(format!("statement: {name} page"), |bencher| {
            bencher.iter(|| views.statement(MERCHANT, coin, page, 20).expect("a page"));
        });
    }
    group.bench_function("balances", |bencher| {
        bencher.iter(|| views.balances(MERCHANT).expect("balances"));
    });
    let all = WithdrawalFilter::default();
    let reviewed = cryptopayment_domain::withdrawal::Status::PendingReview;
    let waiting = WithdrawalFilter { status: Some(reviewed), ..all };
    let pages = u64::from(invoices() / WITHDRAWN / 40);
    for (name, filter, page) in [("middle page", all, pages), ("those to review", waiting, 1)] {
        group.bench_function(format!("withdrawals: {name}"), |bencher| {
            bencher.iter(|| views.withdrawals(MERCHANT, filter, page).expect("a page"));
        });
    }
}

criterion_group!(benches, lists);
criterion_main!(benches);
