//! Pages by status over stretches of a long list answer what a walk over all of it answers.

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{InvoiceFact, Opened, Status};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Span;
use uuid::Uuid;

use super::super::*;
use super::{apply_to_tree, views};
use crate::project::{Projection, project};
use crate::records::samples;

/// More than two of the narrow stretches, and a part of a third.
const INVOICES: u64 = 2_300;

/// The `number`-th invoice: one in 700 was cancelled, every other is on another network.
fn life(number: u64) -> Vec<Fact> {
    let at = samples::opened().at.plus(Span::from_s(number));
    let terms = Opened {
        invoice: InvoiceId(Uuid::from_u128(u128::from(number) + 1)),
        at,
        network: if number.is_multiple_of(2) { Network::Ltc } else { Network::Bep20 },
        address_bytes: number.to_be_bytes().to_vec(),
        address_index: u32::try_from(number).unwrap(),
        order_id: None,
        ..samples::opened()
    };
    let id = terms.invoice;
    let mut facts = vec![Fact::Invoice(id, InvoiceFact::Opened(Box::new(terms)))];
    if number.is_multiple_of(700) {
        facts.push(Fact::Invoice(id, InvoiceFact::Cancelled { at }));
    }
    facts
}

#[test]
fn stretches_are_stepped_over_and_never_lost_or_counted_twice() {
    let views = views();
    let facts: Vec<_> = (0..INVOICES).flat_map(life).collect();
    let writes = {
        let below = views.snapshot();
        let mut projection = Projection::over(&below);
        for (seq, fact) in (1..).zip(&facts) {
            project(&mut projection, seq, fact).unwrap();
        }
        projection.into_writes()
    };
    apply_to_tree(&views, &writes);
    let opened = samples::opened();
    let instant = |number: u64| Some(opened.at.plus(Span::from_s(number)));
    let bounds = [(None, None), (instant(3), instant(2_290)), (instant(1_020), instant(1_030))];
    for (status, network) in [
        (Some(Status::Expired), None),
        (Some(Status::Pending), Some(Network::Ltc)),
        (None, Some(Network::Bep20)),
        (Some(Status::Confirmed), None),
    ] {
        for (from, to) in bounds {
            let filter = InvoiceFilter { status, network, from, to, order_id: None };
            let numbers = (0..INVOICES).rev().filter(|number| {
                let is = if number.is_multiple_of(700) { Status::Expired } else { Status::Pending };
                let on = if number.is_multiple_of(2) { Network::Ltc } else { Network::Bep20 };
                status.is_none_or(|status| status == is)
                    && network.is_none_or(|network| network == on)
                    && from.is_none_or(|from| from <= instant(*number).unwrap())
                    && to.is_none_or(|to| to >= instant(*number).unwrap())
            });
            let numbers: Vec<_> = numbers.collect();
            let pages = numbers.len() as u64 / 20 + 1;
            for page in [1, 2, pages / 2, pages, pages + 1].into_iter().filter(|page| *page > 0) {
                let found = views.invoices(opened.merchant, &filter, page).unwrap();
                let ids = found.invoices.iter().map(|row| row.value.terms.invoice.0.as_u128() - 1);
                let ids: Vec<_> = ids.collect();
                let expected = numbers.iter().skip((page as usize - 1) * 20).take(20);
                let expected: Vec<_> = expected.map(|number| u128::from(*number)).collect();
                assert_eq!(
                    (ids, found.total),
                    (expected, numbers.len() as u64),
                    "{filter:?} {page}"
                );
            }
        }
    }
}
