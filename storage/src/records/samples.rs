//! One fact of every kind, with every field different from its neighbours and from nothing.

use cryptopayment_domain::fact::{Fact, WatchingFact};
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId, WithdrawalId};
use cryptopayment_domain::invoice::{InvoiceFact, Opened};
use cryptopayment_domain::ledger::{CreditKey, LedgerFact, Release};
use cryptopayment_domain::merchant::{Answered, MerchantFact, Scope, Scopes};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::{OperatorFact, Restored, SetAside, SkippedAddresses};
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use cryptopayment_domain::rate::{Rate, SourcePrice};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::usd::Usd;
use cryptopayment_domain::webhook::{
    Attempt, DeliveryFact, EventKind, EventSet, Exchange, Outcome, Queued,
};
use cryptopayment_domain::withdrawal::{Requested, Review, WithdrawalFact};
use uuid::Uuid;

const INVOICE: InvoiceId = InvoiceId(Uuid::from_u128(0x1111_2222));
const MERCHANT: MerchantId = MerchantId(Uuid::from_u128(0x3333_4444));
const WITHDRAWAL: WithdrawalId = WithdrawalId(Uuid::from_u128(0x8888_9999));
const EVENT: EventId = EventId(Uuid::from_u128(0x5555_6666));
const AT: Timestamp = Timestamp::from_unix_ms(1_705_314_600_123);

fn later(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(AT.unix_ms() + ms)
}

fn money(units: u128) -> Money {
    Money::new(Network::Bep20, units).unwrap()
}

fn payment() -> PaymentId {
    PaymentId { network: Network::Bep20, txid: Hash32([0xAB; 32]), index: 7 }
}

fn block() -> BlockRef {
    BlockRef { height: 820_001, hash: Hash32([0xCD; 32]), time: later(-9_000) }
}

pub(crate) fn opened() -> Opened {
    Opened {
        invoice: INVOICE,
        merchant: MERCHANT,
        at: AT,
        expires_at: later(1_800_000),
        network: Network::Bep20,
        amount_usd: Usd::from_cents(5000),
        due: money(50_000_000_000_000_000_000),
        tolerance: money(250_000_000_000_000_000),
        dust: money(50_000_000_000_000_000),
        rate: Rate::fixed("1.0002".parse().unwrap(), later(-1)),
        confirmations_required: 15,
        address: "0x00000000000000000000000000000000000000aA".into(),
        address_bytes: vec![0xAA; 20],
        address_index: 41,
        order_id: Some("ORD-12345 zwölf".into()),
        metadata_sealed: vec![1, 2, 3],
        success_url: Some("https://shop.example/ok".into()),
        cancel_url: None,
    }
}

/// The same at a rate that sources agreed on.
fn opened_at_market() -> Opened {
    let price = |source: &str, price: &str, at_ms| SourcePrice {
        source: source.into(),
        usd_per_coin: price.parse().unwrap(),
        at: later(at_ms),
    };
    let rate = Rate {
        source: "median".into(),
        sources: vec![price("kraken", "1.0001", -2), price("bitstamp", "1.00045", -1)],
        spread_basis_points: 5,
        ..opened().rate
    };
    Opened { rate, ..opened() }
}

/// The name of a fact's kind. A new kind of fact must be given a name here, a sample below and its
/// golden bytes.
pub(crate) fn name(fact: &Fact) -> &'static str {
    match fact {
        Fact::Merchant(_, fact) => match fact {
            MerchantFact::Registered { .. } => "merchant.registered",
            MerchantFact::Approved { .. } => "merchant.approved",
            MerchantFact::Suspended { .. } => "merchant.suspended",
            MerchantFact::Reinstated { .. } => "merchant.reinstated",
            MerchantFact::KeyIssued { scopes, .. } if *scopes == Scopes::ALL => {
                "merchant.key_issued"
            }
            MerchantFact::KeyIssued { .. } => "merchant.key_issued.scoped",
            MerchantFact::KeyRevoked { .. } => "merchant.key_revoked",
            MerchantFact::AppSecretIssued { .. } => "merchant.app_secret_issued",
            MerchantFact::WebhookSet { .. } => "merchant.webhook_set",
            MerchantFact::Answered(_) => "merchant.answered",
            MerchantFact::AddressAllowed { .. } => "merchant.address_allowed",
            MerchantFact::EventsChosen { .. } => "merchant.events_chosen",
            MerchantFact::RotationBegan { .. } => "merchant.rotation_began",
            MerchantFact::RotationEnded { .. } => "merchant.rotation_ended",
            MerchantFact::WebhookPaused { .. } => "merchant.webhook_paused",
        },
        Fact::Invoice(_, fact) => match fact {
            InvoiceFact::Opened(opened) if opened.rate.sources.is_empty() => "invoice.opened",
            InvoiceFact::Opened(_) => "invoice.opened_at_market",
            InvoiceFact::PaymentSeen { .. } => "invoice.payment_seen",
            InvoiceFact::PaymentMined { .. } => "invoice.payment_mined",
            InvoiceFact::PaymentUnmined { .. } => "invoice.payment_unmined",
            InvoiceFact::PaymentVanished { .. } => "invoice.payment_vanished",
            InvoiceFact::PaymentConfirmed { .. } => "invoice.payment_confirmed",
            InvoiceFact::PaymentReverted { .. } => "invoice.payment_reverted",
            InvoiceFact::TimeRanOut { .. } => "invoice.time_ran_out",
            InvoiceFact::MiningTimeRanOut { .. } => "invoice.mining_time_ran_out",
            InvoiceFact::Detected { .. } => "invoice.detected",
            InvoiceFact::Confirmed { .. } => "invoice.confirmed",
            InvoiceFact::Expired { .. } => "invoice.expired",
            InvoiceFact::Cancelled { .. } => "invoice.cancelled",
            InvoiceFact::MarkedPaid { .. } => "invoice.marked_paid",
            InvoiceFact::Closed { .. } => "invoice.closed",
            InvoiceFact::Told { .. } => "invoice.told",
        },
        Fact::Ledger(_, fact) => match fact {
            LedgerFact::Credited { .. } => "ledger.credited",
            LedgerFact::ReversalOwed { .. } => "ledger.reversal_owed",
            LedgerFact::Reversed { .. } => "ledger.reversed",
            LedgerFact::WithdrawalsFrozen { .. } => "ledger.withdrawals_frozen",
            LedgerFact::CapitalGranted { .. } => "ledger.capital_granted",
            LedgerFact::Held { .. } => "ledger.held",
            LedgerFact::Released { .. } => "ledger.released",
        },
        Fact::Delivery(_, fact) => match fact {
            DeliveryFact::Queued(_) => "delivery.queued",
            DeliveryFact::Redelivered { .. } => "delivery.redelivered",
            DeliveryFact::Attempted(attempt) if attempt.exchange.is_some() => "delivery.exchanged",
            DeliveryFact::Attempted(attempt) => match attempt.outcome {
                Outcome::Answered { .. } => "delivery.attempted.answered",
                Outcome::TimedOut => "delivery.attempted.timed_out",
                Outcome::Unreachable { .. } => "delivery.attempted.unreachable",
                Outcome::Blocked { .. } => "delivery.attempted.blocked",
                Outcome::NoEndpoint => "delivery.attempted.no_endpoint",
            },
        },
        Fact::Watching(_, fact) => match fact {
            WatchingFact::WatchingBegan { .. } => "watching.began",
        },
        Fact::Operator(fact) => match fact {
            OperatorFact::AdminRegistered { .. } => "operator.admin_registered",
            OperatorFact::PaymentSetAside(_) => "operator.payment_set_aside",
            OperatorFact::SuspenseBooked { .. } => "operator.suspense_booked",
            OperatorFact::Restored(_) => "operator.restored",
            OperatorFact::WithdrawalsFrozen { .. } => "operator.withdrawals_frozen",
            OperatorFact::FreezeLifted { .. } => "operator.freeze_lifted",
        },
        Fact::Withdrawal(_, fact) => match fact {
            WithdrawalFact::Requested(_) => "withdrawal.requested",
            WithdrawalFact::Approved { .. } => "withdrawal.approved",
            WithdrawalFact::Rejected { .. } => "withdrawal.rejected",
            WithdrawalFact::Cancelled { .. } => "withdrawal.cancelled",
        },
    }
}

/// One fact of every kind.
pub(crate) fn all() -> Vec<Fact> {
    let mut all = Vec::new();
    all.extend(merchant().into_iter().map(|fact| Fact::Merchant(MERCHANT, fact)));
    all.extend(invoice().into_iter().map(|fact| Fact::Invoice(INVOICE, fact)));
    all.extend(ledger().into_iter().map(|fact| Fact::Ledger(MERCHANT, fact)));
    all.extend(delivery().into_iter().map(|fact| Fact::Delivery(EVENT, fact)));
    let at_market = InvoiceFact::Opened(Box::new(opened_at_market()));
    all.push(Fact::Invoice(InvoiceId(Uuid::from_u128(0x8888)), at_market));
    let hash = Hash32([0xEF; 32]);
    all.push(Fact::Watching(Network::Ltc, WatchingFact::WatchingBegan { height: 99, hash }));
    all.extend(operator().into_iter().map(Fact::Operator));
    all.extend(withdrawal().into_iter().map(|fact| Fact::Withdrawal(WITHDRAWAL, fact)));
    all
}

fn merchant() -> Vec<MerchantFact> {
    vec![
        MerchantFact::Registered {
            email_sealed: vec![9; 5],
            email_digest: [8; 32],
            password_sealed: vec![7; 4],
            at: AT,
        },
        MerchantFact::Approved { at: AT },
        MerchantFact::Suspended { reason: "chargebacks".into(), at: AT },
        MerchantFact::Reinstated { at: AT },
        MerchantFact::KeyIssued {
            key: "pk_1".into(),
            secret_sha256: [6; 32],
            scopes: Scopes::ALL,
            at: AT,
        },
        MerchantFact::KeyIssued {
            key: "pk_2".into(),
            secret_sha256: [7; 32],
            scopes: Scopes::of([Scope::Read, Scope::Withdrawals]),
            at: AT,
        },
        MerchantFact::KeyRevoked { key: "pk_1".into(), at: AT },
        MerchantFact::AppSecretIssued { secret_sealed: vec![5; 3], at: AT },
        MerchantFact::AddressAllowed {
            network: Network::Eth,
            address: "0x00000000000000000000000000000000000000cC".into(),
            address_bytes: vec![0xCC; 20],
            at: AT,
        },
        MerchantFact::WebhookSet { url: Some("https://shop.example/hook".into()), at: AT },
        MerchantFact::Answered(Box::new(Answered {
            key_digest: [4; 32],
            body_digest: [3; 32],
            status: 201,
            location: Some("/api/v1/invoices/1".into()),
            body_sealed: vec![2; 6],
            at: AT,
        })),
        MerchantFact::EventsChosen { events: EventSet::from_bits(0b1010_0111), at: AT },
        MerchantFact::RotationBegan { secret_sealed: vec![4; 7], at: AT },
        MerchantFact::RotationEnded { at: AT },
        MerchantFact::WebhookPaused { event: EVENT, at: AT },
    ]
}

fn invoice() -> Vec<InvoiceFact> {
    let (payment, amount, at) = (payment(), money(u128::from(u64::MAX) + 5), AT);
    let gone = Hash32([0xCD; 32]);
    vec![
        InvoiceFact::Opened(Box::new(opened())),
        InvoiceFact::PaymentSeen { payment, amount, at },
        InvoiceFact::PaymentMined { payment, amount, block: block(), at },
        InvoiceFact::PaymentUnmined { payment, block: gone, at },
        InvoiceFact::PaymentVanished { payment, at },
        InvoiceFact::PaymentConfirmed { payment, round: 2, at },
        InvoiceFact::PaymentReverted { payment, round: 2, block: gone, at },
        InvoiceFact::TimeRanOut { scanned_through: at },
        InvoiceFact::MiningTimeRanOut { scanned_through: at },
        InvoiceFact::Detected { at },
        InvoiceFact::Confirmed { at },
        InvoiceFact::Expired { at },
        InvoiceFact::Cancelled { at },
        InvoiceFact::MarkedPaid { credit: amount, reason: "by phone".into(), at },
        InvoiceFact::Closed { reason: "duplicate".into(), at },
        InvoiceFact::Told { event: EventKind::PaymentLate, payment: Some(payment), at },
    ]
}

fn ledger() -> Vec<LedgerFact> {
    let key = CreditKey { payment: payment(), round: 3 };
    let (invoice, amount, at) = (INVOICE, money(77), AT);
    let usd_value = Some(Usd::from_cents(60_000));
    vec![
        LedgerFact::Credited { key, invoice, amount, at },
        LedgerFact::ReversalOwed { key, invoice, amount, at },
        LedgerFact::Reversed { key, invoice, amount, at },
        LedgerFact::WithdrawalsFrozen { network: Network::Trc20, at },
        LedgerFact::CapitalGranted { invoice, amount, at },
        LedgerFact::Held { withdrawal: WITHDRAWAL, amount: money(50), usd_value, at },
        LedgerFact::Released {
            withdrawal: WITHDRAWAL,
            amount: money(50),
            why: Release::Rejected,
            usd_value,
            held_at: later(-5),
            at,
        },
    ]
}

fn delivery() -> Vec<DeliveryFact> {
    let outcomes = [
        Outcome::Answered { status: 503 },
        Outcome::TimedOut,
        Outcome::Unreachable { error: "connection refused".into() },
        Outcome::Blocked { reason: "loopback".into() },
        Outcome::NoEndpoint,
    ];
    let attempted = |outcome, exchange| {
        let next_at = Some(later(60_000));
        let attempt = Attempt { outcome, at: AT, took_ms: 1234, next_at, exchange };
        DeliveryFact::Attempted(Box::new(attempt))
    };
    let exchange = Exchange {
        url: "https://shop.example/hook".into(),
        header_signature: "v1,AAAA".into(),
        body_signature: "00ff".into(),
        answer: "ok".into(),
    };
    let queued = Queued {
        event: EVENT,
        merchant: MERCHANT,
        subject: INVOICE.into(),
        kind: EventKind::PaymentConfirmed,
        payload: br#"{"event":"payment_confirmed"}"#.to_vec(),
        after: Some(EventId(Uuid::from_u128(0x7777))),
        at: AT,
    };
    let mut facts = vec![DeliveryFact::Queued(Box::new(queued))];
    facts.extend(outcomes.into_iter().map(|outcome| attempted(outcome, None)));
    facts.push(attempted(Outcome::Answered { status: 200 }, Some(exchange)));
    facts.push(DeliveryFact::Redelivered { at: AT });
    facts
}

fn operator() -> Vec<OperatorFact> {
    vec![
        OperatorFact::AdminRegistered {
            email_sealed: vec![1; 3],
            email_digest: [2; 32],
            password_sealed: vec![3; 2],
            at: AT,
        },
        OperatorFact::PaymentSetAside(Box::new(SetAside {
            payment: payment(),
            amount: money(5),
            invoice: Some(INVOICE),
            block: Some(block()),
            reason: "index out of bounds".into(),
            at: AT,
        })),
        OperatorFact::SuspenseBooked { payment: payment(), amount: money(5), at: AT },
        OperatorFact::FreezeLifted { reason: "looked at".into(), at: later(3) },
        OperatorFact::WithdrawalsFrozen { reason: "an audit".into(), at: later(2) },
        OperatorFact::Restored(Box::new(Restored {
            backup_at: later(-86_400_000),
            backup_seq: 4711,
            skipped: vec![SkippedAddresses {
                network: Network::Bep20,
                watched_from: 42,
                watched_until: 10_042,
                next: 1_000_042,
            }],
            at: later(1),
        })),
    ]
}

fn withdrawal() -> Vec<WithdrawalFact> {
    let requested = Requested {
        withdrawal: WITHDRAWAL,
        merchant: MERCHANT,
        amount: money(50),
        fee: money(1),
        address: "0x00000000000000000000000000000000000000bB".into(),
        address_bytes: vec![0xBB; 20],
        usd_value: Some(Usd::from_cents(60_000)),
        review: Some(Review::AboveLimitInADay),
        told: true,
        at: AT,
    };
    vec![
        WithdrawalFact::Requested(Box::new(requested)),
        WithdrawalFact::Approved { by: "operator".into(), told: true, at: AT },
        WithdrawalFact::Rejected { reason: "not your wallet".into(), at: AT },
        WithdrawalFact::Cancelled { at: AT },
    ]
}
