//! Stored bytes stay what they are: every fact round-trips, and its bytes are the golden ones.

use std::collections::BTreeSet;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::Invoice;
use cryptopayment_domain::ledger::Ledger;
use cryptopayment_domain::merchant::Merchant;
use cryptopayment_domain::webhook::Delivery;
use cryptopayment_domain::withdrawal::Withdrawal;

use super::*;

/// One line per kind of fact: its name and its bytes. A line is only ever added.
const GOLDEN: &str = include_str!("golden.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn golden(name: &str) -> Option<Vec<u8>> {
    let mut lines = GOLDEN.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(of, _)| *of == name).map(|(_, bytes)| unhex(bytes))
}

#[test]
fn every_fact_round_trips() {
    for fact in samples::all() {
        let bytes = fact.to_bytes().unwrap();
        assert_eq!(Fact::from_bytes(&bytes), Ok(fact));
    }
}

#[test]
fn every_fact_has_the_bytes_it_always_had() {
    let mut wrong = Vec::new();
    for fact in samples::all() {
        let (name, bytes) = (samples::name(&fact), fact.to_bytes().unwrap());
        match golden(name) {
            Some(golden) if golden == bytes => assert_eq!(Fact::from_bytes(&golden), Ok(fact)),
            Some(_) | None => wrong.push(format!("{name} {}", hex(&bytes))),
        }
    }
    assert!(wrong.is_empty(), "not the golden bytes:\n{}", wrong.join("\n"));
}

#[test]
fn there_is_a_sample_and_a_golden_line_for_every_kind_of_fact() {
    let names: BTreeSet<_> = samples::all().iter().map(samples::name).collect();
    let lines: BTreeSet<_> = GOLDEN.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, lines);
    assert_eq!(names.len(), samples::all().len());
}

#[test]
fn what_is_cut_lengthened_or_of_another_version_is_refused() {
    for fact in samples::all() {
        let bytes = fact.to_bytes().unwrap();
        for length in 0..bytes.len() {
            assert!(Fact::from_bytes(&bytes[..length]).is_err(), "{fact:?} cut at {length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Fact::from_bytes(&longer).is_err());
        let newer = [&[VERSION + 1], &bytes[1..]].concat();
        let error = Fact::from_bytes(&newer).unwrap_err().to_string();
        assert!(error.contains("version is 2"), "{error}");
    }
}

#[test]
fn garbage_asks_for_no_memory() {
    let claims_much = [&[VERSION, 1], &[0; 16][..], &[0], &[0; 33], &[253, 255, 255, 255, 255]];
    assert!(Fact::from_bytes(&claims_much.concat()).is_err());
}

#[test]
fn the_states_that_facts_make_round_trip_as_rows() {
    let facts = samples::all();
    let of_invoice = facts.iter().filter_map(|fact| match fact {
        Fact::Invoice(_, fact) => Some(fact),
        Fact::Merchant(..)
        | Fact::Ledger(..)
        | Fact::Delivery(..)
        | Fact::Watching(..)
        | Fact::Operator(_)
        | Fact::Withdrawal(..) => None,
    });
    let of_invoice: Vec<_> = of_invoice.collect();
    for count in 1..=of_invoice.len() {
        let invoice = Invoice::replay(of_invoice[..count].iter().copied()).unwrap();
        let row = InvoiceRow { invoice: invoice.clone(), last_seq: 9, ordinal: 4 };
        let read = InvoiceRow::from_bytes(&row.to_bytes().unwrap()).unwrap();
        assert_eq!((read.invoice, read.last_seq, read.ordinal), (invoice, 9, 4));
    }
    let at_market = Invoice::replay(of_invoice.last().copied()).unwrap();
    assert_eq!(at_market.terms.rate.sources.len(), 2);
    let row = InvoiceRow { invoice: at_market.clone(), last_seq: 1, ordinal: 2 };
    assert_eq!(InvoiceRow::from_bytes(&row.to_bytes().unwrap()).unwrap().invoice, at_market);
    let mut merchant = None::<Merchant>;
    let mut ledger = Ledger::default();
    let mut delivery = None::<Delivery>;
    let mut withdrawal = None::<Withdrawal>;
    for fact in &facts {
        match fact {
            Fact::Merchant(_, fact) => match &mut merchant {
                Some(merchant) => merchant.apply(fact),
                None => merchant = Merchant::registered(fact),
            },
            Fact::Ledger(_, fact) => ledger.apply(fact),
            Fact::Delivery(_, fact) => match &mut delivery {
                Some(delivery) => delivery.apply(fact),
                None => delivery = Delivery::replay([fact]),
            },
            Fact::Withdrawal(_, fact) => match &mut withdrawal {
                Some(withdrawal) => withdrawal.apply(fact),
                None => withdrawal = Withdrawal::replay([fact]),
            },
            Fact::Invoice(..) | Fact::Watching(..) | Fact::Operator(_) => {}
        }
        if let Some(merchant) = merchant.clone() {
            let row = MerchantRow { merchant: merchant.clone(), last_seq: 3 };
            let read = MerchantRow::from_bytes(&row.to_bytes().unwrap()).unwrap();
            assert_eq!((read.merchant, read.last_seq), (merchant, 3));
        }
        let row = LedgerRow { ledger: ledger.clone(), last_seq: 2 };
        let read = LedgerRow::from_bytes(&row.to_bytes().unwrap()).unwrap();
        assert_eq!((read.ledger, read.last_seq), (ledger.clone(), 2));
        if let Some(withdrawal) = withdrawal.clone() {
            let row = WithdrawalRow { withdrawal: withdrawal.clone(), last_seq: 5, ordinal: 6 };
            let read = WithdrawalRow::from_bytes(&row.to_bytes().unwrap()).unwrap();
            assert_eq!((read.withdrawal, read.last_seq, read.ordinal), (withdrawal, 5, 6));
        }
        if let Some(delivery) = delivery.clone() {
            let row = DeliveryRow { delivery: delivery.clone(), last_seq: 8, queued_seq: 7 };
            let read = DeliveryRow::from_bytes(&row.to_bytes().unwrap()).unwrap();
            assert_eq!((read.delivery, read.last_seq, read.queued_seq), (delivery, 8, 7));
        }
    }
}
