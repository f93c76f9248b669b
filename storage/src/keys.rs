//! Every key of the one tree of views: a prefix, then parts that sort as they should.
//!
//! Numbers are big-endian, instants have their sign bit turned over, ids are their 16 bytes; a part
//! of variable length is always the last one. So a prefix of a key is a range of rows.

use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId};
use cryptopayment_domain::ledger::{Account, CreditKey};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{Hash32, PaymentId};
use cryptopayment_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a row is about. The byte is the first of its key; a byte is never given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// `AppliedRow`: how far the views hold the journal.
    Applied = 0x01,
    /// network → `Checkpoint`; outside the byte comparison, for it is no fact.
    Checkpoint = 0x02,
    /// seq → what a fact contradicts.
    Contradiction = 0x03,

    /// invoice → `InvoiceRow`.
    Invoice = 0x10,
    /// merchant, block → `ListedRow`: some invoices each, in the order of opening.
    Listed = 0x11,
    /// merchant, digest of the order id, ordinal → invoice.
    Order = 0x13,
    /// network, instant, invoice: when time alone may change an invoice.
    InvoiceDue = 0x14,
    /// merchant → `MerchantCountsRow`.
    Counts = 0x15,

    /// network, address → `AddressRow`.
    Address = 0x20,
    /// network → u32: the next address index.
    NextIndex = 0x21,

    /// network, txid, index → invoice.
    Payment = 0x30,
    /// network, block height, txid, index → `MinedRow`.
    Mined = 0x31,
    /// network, height at which it is deep, txid, index → invoice; until it is credited.
    Deepening = 0x32,
    /// network, txid, index → invoice; while in the mempool.
    Sighting = 0x33,
    /// network, txid, index → `SetAsideRow`.
    SetAside = 0x34,

    /// merchant → `MerchantRow`.
    Merchant = 0x40,
    /// API key → merchant.
    ApiKey = 0x41,
    /// digest of an e-mail address → merchant.
    MerchantEmail = 0x42,
    /// week, merchant, key digest → `Answered`.
    Answered = 0x43,
    /// u64: the week of the newest answer.
    AnsweredWeek = 0x44,

    /// merchant → `LedgerRow`.
    Ledger = 0x50,
    /// merchant, network → `MerchantCoinRow`.
    MerchantCoin = 0x51,
    /// merchant, network, line → `LineRow`.
    Line = 0x52,
    /// payment, round → `CreditRow`.
    Credit = 0x53,
    /// merchant, payment, round → `Obligation`.
    Obligation = 0x54,
    /// account, network → `AccountSum`.
    House = 0x55,

    /// event → `DeliveryRow`.
    Delivery = 0x60,
    /// instant, event → merchant: when an attempt is due.
    DeliveryDue = 0x61,
    /// merchant, instant, event: the same for one merchant, so that none waits behind another.
    MerchantDue = 0x64,
    /// invoice, seq → event.
    DeliveryOfInvoice = 0x62,
    /// merchant, seq → event.
    EventOfMerchant = 0x63,

    /// digest of an e-mail address → `AdminRow`.
    Admin = 0x70,
    /// network → `WatchingRow`.
    Watching = 0x71,
}

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

pub(crate) fn applied() -> Key {
    Key::of(Prefix::Applied)
}

pub(crate) fn checkpoint(network: Network) -> Key {
    Key::of(Prefix::Checkpoint).network(network)
}

pub(crate) fn contradiction(seq: u64) -> Key {
    Key::of(Prefix::Contradiction).number(seq)
}

pub(crate) fn invoice(id: InvoiceId) -> Key {
    Key::of(Prefix::Invoice).id(id.0)
}

pub(crate) fn listed(merchant: MerchantId, block: u64) -> Key {
    Key::of(Prefix::Listed).id(merchant.0).number(block)
}

/// Every invoice of a merchant with this order id (or one of the same digest).
pub(crate) fn orders(merchant: MerchantId, order_id: &str) -> Key {
    let digest: [u8; 32] = Sha256::digest(order_id.as_bytes()).into();
    Key::of(Prefix::Order).id(merchant.0).bytes(&digest[..16])
}

pub(crate) fn order(merchant: MerchantId, order_id: &str, ordinal: u64) -> Key {
    orders(merchant, order_id).number(ordinal)
}

pub(crate) fn invoice_due(network: Network, at: Timestamp, invoice: InvoiceId) -> Key {
    Key::of(Prefix::InvoiceDue).network(network).instant(at).id(invoice.0)
}

pub(crate) fn counts(merchant: MerchantId) -> Key {
    Key::of(Prefix::Counts).id(merchant.0)
}

pub(crate) fn address(network: Network, bytes: &[u8]) -> Key {
    Key::of(Prefix::Address).network(network).bytes(bytes)
}

pub(crate) fn next_index(network: Network) -> Key {
    Key::of(Prefix::NextIndex).network(network)
}

pub(crate) fn payment(id: PaymentId) -> Key {
    Key::of(Prefix::Payment).payment(id)
}

pub(crate) fn mined(id: PaymentId, height: u64) -> Key {
    let key = Key::of(Prefix::Mined).network(id.network).number(height);
    key.transaction(id.txid, id.index)
}

pub(crate) fn deepening(id: PaymentId, deep_height: u64) -> Key {
    let key = Key::of(Prefix::Deepening).network(id.network).number(deep_height);
    key.transaction(id.txid, id.index)
}

pub(crate) fn sighting(id: PaymentId) -> Key {
    Key::of(Prefix::Sighting).payment(id)
}

pub(crate) fn set_aside(id: PaymentId) -> Key {
    Key::of(Prefix::SetAside).payment(id)
}

pub(crate) fn merchant(id: MerchantId) -> Key {
    Key::of(Prefix::Merchant).id(id.0)
}

pub(crate) fn api_key(key: &str) -> Key {
    Key::of(Prefix::ApiKey).bytes(key.as_bytes())
}

pub(crate) fn merchant_email(digest: &[u8; 32]) -> Key {
    Key::of(Prefix::MerchantEmail).bytes(digest)
}

pub(crate) fn answered(week: u64, merchant: MerchantId, key_digest: &[u8; 32]) -> Key {
    Key::of(Prefix::Answered).number(week).id(merchant.0).bytes(key_digest)
}

pub(crate) fn answered_week() -> Key {
    Key::of(Prefix::AnsweredWeek)
}

pub(crate) fn ledger(merchant: MerchantId) -> Key {
    Key::of(Prefix::Ledger).id(merchant.0)
}

pub(crate) fn merchant_coin(merchant: MerchantId, network: Network) -> Key {
    Key::of(Prefix::MerchantCoin).id(merchant.0).network(network)
}

/// Every statement line of a merchant's coin.
pub(crate) fn lines(merchant: MerchantId, network: Network) -> Key {
    Key::of(Prefix::Line).id(merchant.0).network(network)
}

pub(crate) fn line(merchant: MerchantId, network: Network, number: u64) -> Key {
    lines(merchant, network).number(number)
}

pub(crate) fn credit(key: CreditKey) -> Key {
    Key::of(Prefix::Credit).credit(key)
}

pub(crate) fn obligation(merchant: MerchantId, key: CreditKey) -> Key {
    Key::of(Prefix::Obligation).id(merchant.0).credit(key)
}

/// The sum of an account that belongs to no merchant; none for a merchant's account.
pub(crate) fn house(account: Account, network: Network) -> Option<Key> {
    let byte = match account {
        Account::MerchantAvailable(_) => return None,
        Account::OnChainDeposits => 1,
        Account::Suspense => 2,
        Account::OperatorCapital => 3,
    };
    Some(Key::of(Prefix::House).bytes(&[byte]).network(network))
}

pub(crate) fn delivery(event: EventId) -> Key {
    Key::of(Prefix::Delivery).id(event.0)
}

pub(crate) fn delivery_due(at: Timestamp, event: EventId) -> Key {
    Key::of(Prefix::DeliveryDue).instant(at).id(event.0)
}

pub(crate) fn merchant_due(merchant: MerchantId, at: Timestamp, event: EventId) -> Key {
    Key::of(Prefix::MerchantDue).id(merchant.0).instant(at).id(event.0)
}

pub(crate) fn delivery_of_invoice(invoice: InvoiceId, seq: u64) -> Key {
    Key::of(Prefix::DeliveryOfInvoice).id(invoice.0).number(seq)
}

pub(crate) fn event_of_merchant(merchant: MerchantId, seq: u64) -> Key {
    Key::of(Prefix::EventOfMerchant).id(merchant.0).number(seq)
}

pub(crate) fn admin(email_digest: &[u8; 32]) -> Key {
    Key::of(Prefix::Admin).bytes(email_digest)
}

pub(crate) fn watching(network: Network) -> Key {
    Key::of(Prefix::Watching).network(network)
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
