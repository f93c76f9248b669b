//! Every key of the one tree of views: a prefix, then parts that sort as they should.
//!
//! Numbers are big-endian, instants have their sign bit turned over, ids are their 16 bytes; a part
//! of variable length is always the last one. So a prefix of a key is a range of rows.

mod key;

use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId, WithdrawalId};
use cryptopayment_domain::ledger::{Account, CreditKey};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::PaymentId;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{DeliveryState, Subject};
use cryptopayment_domain::withdrawal::Status as WithdrawalStatus;
use sha2::{Digest, Sha256};

pub(crate) use key::{Key, KeyRange, Parts};

/// What a row is about. The byte is the first of its key; a byte is never given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// `AppliedRow`: how far the views hold the journal.
    Applied = 0x01,
    /// network → `Checkpoint`; outside the byte comparison, for it is no fact.
    Checkpoint = 0x02,
    /// seq → what a fact contradicts.
    Contradiction = 0x03,
    /// u32: which layout the rows have.
    Layout = 0x04,

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
    /// merchant, level, stretch → `TallyRow`.
    Tally = 0x16,

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
    /// merchant, key digest → `Answered`.
    Answered = 0x43,
    /// week, merchant, key digest → merchant; by which answers are dropped.
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
    /// invoice or withdrawal, seq → event.
    DeliveryOfSubject = 0x62,
    /// merchant, seq → event.
    EventOfMerchant = 0x63,
    /// event, number → `Attempt`: the newest attempts of a delivery.
    Attempt = 0x65,
    /// merchant, state, seq → event; while its delivery is outstanding, or has failed.
    EventInState = 0x66,

    /// digest of an e-mail address → `AdminRow`.
    Admin = 0x70,
    /// network → `WatchingRow`.
    Watching = 0x71,
    /// `Freeze`: while all withdrawals stand still.
    Freeze = 0x72,
    /// network, seq → `SkippedAddresses`.
    Skipped = 0x73,

    /// withdrawal → `WithdrawalRow`.
    Withdrawal = 0x80,
    /// merchant, ordinal → withdrawal.
    ListedWithdrawal = 0x81,
    /// merchant → `WithdrawalCountsRow`.
    WithdrawalCounts = 0x82,
    /// status, instant of the request, ordinal, withdrawal → merchant; while its money is held.
    OpenWithdrawal = 0x83,
    /// merchant, status, network, ordinal → withdrawal.
    StandingWithdrawal = 0x84,
}

pub(crate) fn applied() -> Key {
    Key::of(Prefix::Applied)
}

pub(crate) fn layout() -> Key {
    Key::of(Prefix::Layout)
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

pub(crate) fn tally(merchant: MerchantId, level: u8, stretch: u64) -> Key {
    Key::of(Prefix::Tally).id(merchant.0).bytes(&[level]).number(stretch)
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

pub(crate) fn answered(merchant: MerchantId, key_digest: &[u8; 32]) -> Key {
    Key::of(Prefix::Answered).id(merchant.0).bytes(key_digest)
}

pub(crate) fn answered_week(week: u64) -> Key {
    Key::of(Prefix::AnsweredWeek).number(week)
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
        Account::MerchantAvailable(_) | Account::MerchantHeld(_) => return None,
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

pub(crate) fn delivery_of_subject(subject: Subject, seq: u64) -> Key {
    Key::of(Prefix::DeliveryOfSubject).id(subject.uuid()).number(seq)
}

pub(crate) fn event_of_merchant(merchant: MerchantId, seq: u64) -> Key {
    Key::of(Prefix::EventOfMerchant).id(merchant.0).number(seq)
}

/// The attempts of a delivery that are kept.
pub(crate) fn attempts(event: EventId) -> Key {
    Key::of(Prefix::Attempt).id(event.0)
}

pub(crate) fn attempt(event: EventId, number: u32) -> Key {
    attempts(event).number(number.into())
}

/// A merchant's events whose deliveries are in a state; none for the state that most end in.
pub(crate) fn events_in_state(merchant: MerchantId, state: DeliveryState) -> Option<Key> {
    let byte = match state {
        DeliveryState::Due(_) => 1,
        DeliveryState::Failed => 2,
        DeliveryState::Acknowledged => return None,
    };
    Some(Key::of(Prefix::EventInState).id(merchant.0).bytes(&[byte]))
}

pub(crate) fn admin(email_digest: &[u8; 32]) -> Key {
    Key::of(Prefix::Admin).bytes(email_digest)
}

pub(crate) fn watching(network: Network) -> Key {
    Key::of(Prefix::Watching).network(network)
}

pub(crate) fn freeze() -> Key {
    Key::of(Prefix::Freeze)
}

pub(crate) fn skipped(network: Network, seq: u64) -> Key {
    Key::of(Prefix::Skipped).network(network).number(seq)
}

pub(crate) fn withdrawal(id: WithdrawalId) -> Key {
    Key::of(Prefix::Withdrawal).id(id.0)
}

pub(crate) fn listed_withdrawal(merchant: MerchantId, ordinal: u64) -> Key {
    Key::of(Prefix::ListedWithdrawal).id(merchant.0).number(ordinal)
}

/// Every withdrawal of a merchant that stands so, of one coin.
pub(crate) fn standing_withdrawals(
    merchant: MerchantId,
    status: WithdrawalStatus,
    network: Network,
) -> Key {
    let byte = withdrawal_status(status);
    Key::of(Prefix::StandingWithdrawal).id(merchant.0).bytes(&[byte]).network(network)
}

fn withdrawal_status(status: WithdrawalStatus) -> u8 {
    match status {
        WithdrawalStatus::PendingReview => 1,
        WithdrawalStatus::Approved => 2,
        WithdrawalStatus::Rejected => 3,
        WithdrawalStatus::Cancelled => 4,
    }
}

pub(crate) fn withdrawal_counts(merchant: MerchantId) -> Key {
    Key::of(Prefix::WithdrawalCounts).id(merchant.0)
}

/// Every withdrawal that stands so, while its money is held.
pub(crate) fn open_withdrawals(status: WithdrawalStatus) -> Key {
    Key::of(Prefix::OpenWithdrawal).bytes(&[withdrawal_status(status)])
}
