//! What the watcher knows of the payments of its network that were set aside: nobody but a human
//! handles them any more, and their money goes to suspense when it is final.

use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::SetAside;
use cryptopayment_domain::payment::{BlockRef, PaymentId};
use cryptopayment_storage::PaymentSetAside;
use std::collections::BTreeMap;

/// A payment set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    /// None where no known invoice has the address it pays.
    pub(super) invoice: Option<InvoiceId>,
    pub(super) amount: Money,
    /// Where it was last found; it may have left since.
    pub(super) block: Option<BlockRef>,
    /// Why, for the operator.
    pub(super) reason: String,
    /// Its money is in suspense.
    pub(super) booked: bool,
}

/// All of one network.
#[derive(Debug, Default)]
pub(super) struct Asides {
    payments: BTreeMap<PaymentId, Aside>,
}

impl Asides {
    /// Those of `network`, as the views list them.
    pub(super) fn of(network: Network, listed: Vec<PaymentSetAside>) -> Asides {
        let own = listed.into_iter().filter(|one| one.aside.payment.network == network);
        let payments = own.map(|PaymentSetAside { aside, booked }| {
            let SetAside { payment, amount, invoice, block, reason, .. } = aside;
            (payment, Aside { invoice, amount, block, reason, booked })
        });
        Asides { payments: payments.collect() }
    }

    pub(super) fn get(&self, payment: PaymentId) -> Option<&Aside> {
        self.payments.get(&payment)
    }

    pub(super) fn contains(&self, payment: PaymentId) -> bool {
        self.payments.contains_key(&payment)
    }

    /// Whether a payment of this invoice was set aside: then what concerns all of its payments
    /// must be told of each of the others alone.
    pub(super) fn concern(&self, invoice: InvoiceId) -> bool {
        self.payments.values().any(|aside| aside.invoice == Some(invoice))
    }

    pub(super) fn put(&mut self, payment: PaymentId, aside: Aside) {
        let booked = self.payments.get(&payment).is_some_and(|before| before.booked);
        self.payments.insert(payment, Aside { booked: aside.booked || booked, ..aside });
    }

    pub(super) fn booked(&mut self, payment: PaymentId) {
        if let Some(aside) = self.payments.get_mut(&payment) {
            aside.booked = true;
        }
    }

    /// Those that were found in a block and are not booked yet.
    pub(super) fn unbooked(&self) -> Vec<(PaymentId, Option<InvoiceId>, BlockRef)> {
        let unbooked = self.payments.iter().filter(|(_, aside)| !aside.booked);
        unbooked
            .filter_map(|(payment, aside)| Some((*payment, aside.invoice, aside.block?)))
            .collect()
    }
}
