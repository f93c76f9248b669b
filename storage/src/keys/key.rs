//! How a key is put together, taken apart, and made into a range.

use cryptopayment_domain::ledger::CreditKey;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{Hash32, PaymentId};
use cryptopayment_domain::time::Timestamp;
use uuid::Uuid;

use super::Prefix;

/// A key in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub fn of(prefix: Prefix) -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.push(prefix as u8);
        Self(bytes)
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn id(self, id: Uuid) -> Self {
        self.bytes(id.as_bytes())
    }

    pub fn number(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    pub fn network(self, network: Network) -> Self {
        self.bytes(&[network_byte(network)])
    }

    /// Instants before 1970 sort before those after it.
    pub fn instant(self, instant: Timestamp) -> Self {
        self.number(instant.unix_ms().cast_unsigned() ^ (1 << 63))
    }

    pub fn transaction(self, txid: Hash32, index: u32) -> Self {
        self.bytes(&txid.0).bytes(&index.to_be_bytes())
    }

    pub fn payment(self, id: PaymentId) -> Self {
        self.network(id.network).transaction(id.txid, id.index)
    }

    pub fn credit(self, key: CreditKey) -> Self {
        self.payment(key.payment).bytes(&key.round.to_be_bytes())
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The bytes of a key behind its prefix, read part by part.
pub(crate) struct Parts<'k>(&'k [u8]);

impl<'k> Parts<'k> {
    pub fn of(key: &'k [u8]) -> Self {
        Self(key.get(1..).unwrap_or_default())
    }

    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub fn rest(self) -> &'k [u8] {
        self.0
    }

    pub fn id(&mut self) -> Option<Uuid> {
        self.take().map(Uuid::from_bytes)
    }

    pub fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    pub fn instant(&mut self) -> Option<Timestamp> {
        let turned = self.number()? ^ (1 << 63);
        Some(Timestamp::from_unix_ms(turned.cast_signed()))
    }

    pub fn network(&mut self) -> Option<Network> {
        let [byte] = self.take()?;
        Network::ALL.into_iter().find(|network| network_byte(*network) == byte)
    }

    pub fn transaction(&mut self) -> Option<(Hash32, u32)> {
        let txid = Hash32(self.take()?);
        Some((txid, u32::from_be_bytes(self.take()?)))
    }

    pub fn payment(&mut self) -> Option<PaymentId> {
        let network = self.network()?;
        let (txid, index) = self.transaction()?;
        Some(PaymentId { network, txid, index })
    }

    pub fn credit(&mut self) -> Option<CreditKey> {
        let payment = self.payment()?;
        Some(CreditKey { payment, round: u32::from_be_bytes(self.take()?) })
    }
}

/// Keys from one (inclusive) to another (exclusive).
#[derive(Debug, Clone)]
pub(crate) struct KeyRange {
    pub from: Vec<u8>,
    pub to: Vec<u8>,
}

impl KeyRange {
    /// Every key that begins with `prefix`.
    pub fn within(prefix: impl AsRef<[u8]>) -> Self {
        let from = prefix.as_ref().to_vec();
        let mut to = from.clone();
        while to.last() == Some(&0xFF) {
            to.pop();
        }
        match to.last_mut() {
            Some(last) => *last += 1,
            None => to = vec![0xFF; 64],
        }
        Self { from, to }
    }

    /// The part of the range from `key` on, `key` included.
    pub fn starting_at(mut self, key: impl AsRef<[u8]>) -> Self {
        self.from = self.from.max(key.as_ref().to_vec());
        self
    }

    /// The part of the range behind `key`.
    pub fn after(self, key: impl AsRef<[u8]>) -> Self {
        let mut next = key.as_ref().to_vec();
        next.push(0);
        self.starting_at(next)
    }

    /// The part of the range before `key`.
    pub fn before(mut self, key: impl AsRef<[u8]>) -> Self {
        self.to = self.to.min(key.as_ref().to_vec());
        self
    }

    pub fn is_empty(&self) -> bool {
        self.from >= self.to
    }
}

const fn network_byte(network: Network) -> u8 {
    match network {
        Network::Btc => 1,
        Network::Ltc => 2,
        Network::Eth => 3,
        Network::Trc20 => 4,
        Network::Bep20 => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::invoice_due;
    use cryptopayment_domain::id::InvoiceId;
    use proptest::prelude::*;

    #[test]
    fn a_range_holds_exactly_the_keys_with_its_prefix() {
        let range = KeyRange::within([5, 0xFF]);
        assert_eq!((range.from, range.to), (vec![5, 0xFF], vec![6]));
        let range = KeyRange::within([5]).after([5, 9]).before([5, 12]);
        assert_eq!((range.from.clone(), range.to.clone()), (vec![5, 9, 0], vec![5, 12]));
        assert!(!range.is_empty() && range.before([5]).is_empty());
    }

    proptest! {
        #[test]
        fn instants_sort_as_time_does_and_are_read_back(a: i64, b: i64) {
            let (a, b) = (Timestamp::from_unix_ms(a), Timestamp::from_unix_ms(b));
            let invoice = InvoiceId(Uuid::from_u128(7));
            let (key_a, key_b) =
                (invoice_due(Network::Ltc, a, invoice), invoice_due(Network::Ltc, b, invoice));
            prop_assert_eq!(a.cmp(&b), key_a.as_ref().cmp(key_b.as_ref()));
            let mut parts = Parts::of(key_a.as_ref());
            prop_assert_eq!(parts.network(), Some(Network::Ltc));
            prop_assert_eq!(parts.instant(), Some(a));
            prop_assert_eq!(parts.id(), Some(invoice.0));
            prop_assert!(parts.rest().is_empty());
        }
    }
}
