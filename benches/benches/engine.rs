//! The engine's inner steps: commit beside raw group-committed appends, decide, match.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cryptopayment_actors::watched::Watched;
use cryptopayment_benches::{AT, address, terms};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::{Command, Invoice, InvoiceFact, Observation, decide, open};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId, Tip};
use cryptopayment_domain::webhook::EventSet;
use cryptopayment_storage::{Store, StoreConfig};
use std::fs::File;
use std::hint::black_box;
use std::io::Write;

/// Writers that commit at once.
const WRITERS: usize = 64;
/// Addresses that are watched.
const WATCHED: u32 = 1_000_000;

/// 64 commits, each one fact, waited for together; beside it the same bytes appended to a plain
/// file with one fsync.
fn commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit");
    group.throughput(Throughput::Elements(WRITERS as u64)).sample_size(30);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = StoreConfig { min_free_bytes: 0, ..StoreConfig::new(folder.path().join("data")) };
    let store = Store::open(config, |_| {}).expect("a new store opens");
    let mut number = 0;
    group.bench_function("64 writers, journal and views", |bencher| {
        bencher.iter(|| {
            let tickets: Vec<_> = (0..WRITERS)
                .map(|_| {
                    number += 1;
                    let opened = terms(number).expect("terms");
                    let id = opened.invoice;
                    store.append(vec![Fact::Invoice(id, InvoiceFact::Opened(Box::new(opened)))])
                })
                .collect();
            tickets.into_iter().for_each(|ticket| ticket.wait());
        });
    });
    let mut file = File::create(folder.path().join("raw")).expect("a file");
    let record = [7u8; 300];
    group.bench_function("yardstick: raw appends, one fsync", |bencher| {
        bencher.iter(|| {
            file.write_all(&record.repeat(WRITERS)).expect("written");
            file.sync_data().expect("synced");
        });
    });
    group.finish();
}

/// A mined payment taken in by an invoice.
fn decide_mined(criterion: &mut Criterion) {
    let invoice = open(terms(1).expect("terms"), EventSet::SEED).invoice;
    let command = Command::Observe {
        payment: PaymentId { network: Network::Trc20, txid: Hash32([1; 32]), index: 0 },
        observation: Observation::Mined {
            amount: Money::new(Network::Trc20, 50_000_000).expect("an amount"),
            block: BlockRef { height: 100, hash: Hash32([2; 32]), time: AT },
        },
        tip: Tip { height: 100, hash: Hash32([2; 32]), solid_height: Some(82) },
    };
    criterion.bench_function("decide: a mined payment", |bencher| {
        bencher.iter_batched_ref(
            || invoice.clone(),
            |invoice: &mut Invoice| {
                decide(black_box(invoice), black_box(&command), EventSet::SEED, AT)
            },
            BatchSize::SmallInput,
        );
    });
}

/// A block of 5,000 outputs, one of them ours, against a million watched addresses.
fn matching(criterion: &mut Criterion) {
    let watched = Watched::default();
    let addresses: Vec<_> = (0..WATCHED).map(address).collect();
    watched.extend(addresses.iter().map(Vec::as_slice));
    let mut outputs: Vec<_> = (WATCHED..WATCHED + 5_000).map(address).collect();
    outputs[2_500] = address(7);
    let mut group = criterion.benchmark_group("match");
    group.throughput(Throughput::Elements(outputs.len() as u64));
    group.bench_function("5,000 outputs against 1,000,000 addresses", |bencher| {
        bencher.iter(|| {
            let found = watched.matches(black_box(&outputs).iter().map(Vec::as_slice));
            assert_eq!(found, [2_500]);
        });
    });
    group.finish();
}

criterion_group!(engine, commit, decide_mined, matching);
criterion_main!(engine);
