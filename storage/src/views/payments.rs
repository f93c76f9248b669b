//! Payments: whose each is, those in blocks by height, those that become deep, those in mempools.

use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{Hash32, PaymentId};
use sled::IVec;
use uuid::Uuid;

use super::{Direction, RawRow, Rows, ViewError, Views, part, read};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::MinedRow;

/// A payment that is in a block of the best chain, as far as we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinedPayment {
    /// Which payment.
    pub payment: PaymentId,
    /// Whose it is.
    pub invoice: InvoiceId,
    /// Height of its block.
    pub height: u64,
    /// Hash of its block.
    pub block: Hash32,
    /// The tip's height at which it has the confirmations its invoice asks for.
    pub deep_height: u64,
}

/// A payment in a block that is not credited yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeepeningPayment {
    /// Which payment.
    pub payment: PaymentId,
    /// Whose it is.
    pub invoice: InvoiceId,
    /// The tip's height at which it has the confirmations its invoice asks for.
    pub deep_height: u64,
}

impl Views {
    /// The invoice to which a payment belongs, once it was ever seen.
    pub fn invoice_of_payment(&self, id: PaymentId) -> Result<Option<InvoiceId>, ViewError> {
        let key = keys::payment(id);
        let found = self.get(key.as_ref())?;
        found.map(|value| invoice_in(key.as_ref(), &value)).transpose()
    }

    /// Payments in blocks at `height` and above, lowest first: what a fork may touch.
    pub fn mined_from(
        &self,
        network: Network,
        height: u64,
    ) -> Result<Vec<MinedPayment>, ViewError> {
        let all = Key::of(Prefix::Mined).network(network);
        let from = all.clone().number(height);
        let range = KeyRange::within(all).starting_at(from);
        self.rows(range, Direction::Forward).map(|row| mined(row?)).collect()
    }

    /// Height of the highest block that holds a payment of this network.
    pub fn newest_payment_height(&self, network: Network) -> Result<Option<u64>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Mined).network(network));
        let newest = self.rows(all, Direction::Backward).next();
        newest.map(|row| Ok(mined(row?)?.height)).transpose()
    }

    /// Payments not yet credited that have their confirmations when the tip is at `height`,
    /// deepest first. On TRON some of them may not be solid yet: the invoice decides.
    pub fn deep_by(
        &self,
        network: Network,
        height: u64,
    ) -> Result<Vec<DeepeningPayment>, ViewError> {
        let all = Key::of(Prefix::Deepening).network(network);
        let range = match height.checked_add(1) {
            Some(above) => KeyRange::within(&all).before(all.clone().number(above)),
            None => KeyRange::within(&all),
        };
        self.rows(range, Direction::Forward).map(|row| deepening(row?)).collect()
    }

    /// Every payment of a network that is in a block and not yet credited, deepest first.
    pub fn deepening(&self, network: Network) -> Result<Vec<DeepeningPayment>, ViewError> {
        self.deep_by(network, u64::MAX)
    }

    /// Payments that were last seen in the mempool and are in no block.
    pub fn sightings(&self, network: Network) -> Result<Vec<(PaymentId, InvoiceId)>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Sighting).network(network));
        let sighting = |(key, value): RawRow| {
            let payment = part(&key, Parts::of(&key).payment())?;
            Ok((payment, invoice_in(&key, &value)?))
        };
        self.rows(all, Direction::Forward).map(|row| sighting(row?)).collect()
    }
}

fn mined((key, value): RawRow) -> Result<MinedPayment, ViewError> {
    let (height, payment) = at_height(&key)?;
    let MinedRow { invoice, block, deep_height } = read(&key, &value)?;
    Ok(MinedPayment { payment, invoice, height, block, deep_height })
}

fn deepening((key, value): RawRow) -> Result<DeepeningPayment, ViewError> {
    let (deep_height, payment) = at_height(&key)?;
    Ok(DeepeningPayment { payment, invoice: invoice_in(&key, &value)?, deep_height })
}

/// The parts of a key of network, height, txid and index.
fn at_height(key: &IVec) -> Result<(u64, PaymentId), ViewError> {
    let mut parts = Parts::of(key);
    let network = part(key, parts.network())?;
    let height = part(key, parts.number())?;
    let (txid, index) = part(key, parts.transaction())?;
    Ok((height, PaymentId { network, txid, index }))
}

fn invoice_in(key: &[u8], value: &[u8]) -> Result<InvoiceId, ViewError> {
    Ok(InvoiceId(part(key, Uuid::from_slice(value).ok())?))
}
