//! Deposit addresses: whose each is, all that are watched, and the next index.

use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::network::Network;

use super::{Direction, ReadRows, ViewError, Views, part, read};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::AddressRow;

/// A deposit address that was given to an invoice. It is watched for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedAddress {
    /// The address in the chain's own bytes.
    pub bytes: Vec<u8>,
    /// Whose it is.
    pub invoice: InvoiceId,
    /// Its index on the deposit branch.
    pub index: u32,
}

impl Views {
    /// The invoice that was given this address (in the chain's own bytes).
    pub fn invoice_at(
        &self,
        network: Network,
        address: &[u8],
    ) -> Result<Option<WatchedAddress>, ViewError> {
        let row = self.row::<AddressRow>(keys::address(network, address))?;
        Ok(row.map(|AddressRow { invoice, index }| WatchedAddress {
            bytes: address.to_vec(),
            invoice,
            index,
        }))
    }

    /// Visits every address of a network, in the order of their bytes, a few at a time in memory.
    pub fn for_each_watched(
        &self,
        network: Network,
        mut visit: impl FnMut(WatchedAddress),
    ) -> Result<(), ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Address).network(network));
        for row in self.rows(all, Direction::Forward) {
            let (key, value) = row?;
            let AddressRow { invoice, index } = read(&key, &value)?;
            let mut parts = Parts::of(&key);
            part(&key, parts.network())?;
            visit(WatchedAddress { bytes: parts.rest().to_vec(), invoice, index });
        }
        Ok(())
    }

    /// One more than the highest address index ever given on this network; 0 at first.
    pub fn next_address_index(&self, network: Network) -> Result<u32, ViewError> {
        Ok(self.row::<u32>(keys::next_index(network))?.unwrap_or(0))
    }
}
