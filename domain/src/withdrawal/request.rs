//! A request for a withdrawal: checked rule by rule, priced, held.

use super::command::Decision;
use super::fact::{Requested, Review, WithdrawalFact};
use super::policy::{WithdrawalPolicy, WithdrawalTerms};
use super::refusal::Refusal;
use super::state::Withdrawal;
use super::telling;
use crate::fact::Fact;
use crate::id::{MerchantId, WithdrawalId};
use crate::ledger::{Ledger, LedgerFact};
use crate::money::{Money, signed_text};
use crate::rate::{Rate, Rounding};
use crate::time::Timestamp;
use crate::usd::Usd;
use crate::webhook::{EventKind, EventSet};

/// What a merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The id it will have.
    pub withdrawal: WithdrawalId,
    /// Whose money.
    pub merchant: MerchantId,
    /// What leaves the balance, fee included.
    pub amount: Money,
    /// Where it goes.
    pub destination: Destination,
}

/// A valid address of the coin's network, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// As the network writes it.
    pub address: String,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// Why it must not be paid to, if it must not.
    pub ours: Option<Ours>,
    /// Whether the merchant may withdraw to it.
    pub allowed: bool,
}

/// An address that nobody's wallet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ours {
    /// An invoice is paid there.
    #[error("a deposit address of this gateway")]
    Deposit,
    /// The operator's own.
    #[error("an address of this gateway's treasury")]
    Treasury,
    /// The contract of the very token: what is sent there is lost.
    #[error("the token's contract")]
    TokenContract,
    /// The address that nobody has the key of.
    #[error("the zero address")]
    Zero,
}

/// What a request is judged by, beside the merchant's ledger.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'r> {
    /// The operator's rules.
    pub policy: WithdrawalPolicy,
    /// The network's terms.
    pub terms: WithdrawalTerms,
    /// What the coin is worth now; none where nobody knows.
    pub rate: Option<&'r Rate>,
    /// Whether the operator has stopped all withdrawals.
    pub frozen_by_operator: bool,
    /// What the merchant's endpoint wants to be told.
    pub events: EventSet,
}

/// Why no money of this merchant may leave now; none if it may.
pub fn standstill(ledger: &Ledger, frozen_by_operator: bool) -> Option<Refusal> {
    let by_operator = frozen_by_operator.then_some(Refusal::FrozenByOperator);
    by_operator.or_else(|| ledger.frozen_by().map(Refusal::Frozen))
}

/// Holds the money and writes the withdrawal down, or says why not. The caller has made sure of
/// coin, number and address; what is left are the rules, in the contract's order.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn request(
    ask: Ask,
    ledger: &Ledger,
    rules: &Rules<'_>,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let Ask { withdrawal, merchant, amount, destination } = ask;
    let WithdrawalTerms { minimum, fee } = rules.terms;
    let net = amount.minus_or_zero(fee);
    let arrives = net.is_ok_and(|net| !net.is_zero());
    if amount.units() < minimum.units() || !arrives {
        return Err(Refusal::BelowMinimum { minimum, fee });
    }
    if let Some(ours) = destination.ours {
        return Err(Refusal::OwnAddress(ours));
    }
    if let Some(reason) = standstill(ledger, rules.frozen_by_operator) {
        return Err(reason);
    }
    if !destination.allowed {
        return Err(Refusal::AddressNotAllowed);
    }
    let available = ledger.balance(amount.network()).available;
    if available < 0 || available.unsigned_abs() < amount.units() {
        let available = signed_text(available, amount.network());
        return Err(Refusal::InsufficientBalance { available, amount });
    }
    let usd_value = rules.rate.and_then(|rate| rate.value(amount, Rounding::Up).ok());
    let requested = Requested {
        withdrawal,
        merchant,
        amount,
        fee,
        address: destination.address,
        address_bytes: destination.bytes,
        usd_value,
        review: review(&rules.policy, ledger, usd_value, at),
        told: rules.events.contains(EventKind::WithdrawalRequested),
        at,
    };
    let held = LedgerFact::Held { withdrawal, amount, usd_value, at };
    let mut facts = vec![
        Fact::Withdrawal(withdrawal, WithdrawalFact::Requested(Box::new(requested.clone()))),
        Fact::Ledger(merchant, held),
    ];
    let withdrawal = Withdrawal::requested(requested);
    let kind = EventKind::WithdrawalRequested;
    facts.extend(telling::tell(&withdrawal, kind, rules.events, None, at));
    Ok(Decision { facts, withdrawal })
}

fn review(
    policy: &WithdrawalPolicy,
    ledger: &Ledger,
    usd_value: Option<Usd>,
    at: Timestamp,
) -> Option<Review> {
    let Some(value) = usd_value else { return Some(Review::NoPrice) };
    if value > policy.review_above {
        return Some(Review::AboveLimit);
    }
    let in_a_day = ledger.requested().within_a_day(at).cents().saturating_add(value.cents());
    let above = policy.review_rolling_24h && in_a_day > policy.review_above.cents();
    above.then_some(Review::AboveLimitInADay)
}
