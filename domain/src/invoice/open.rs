//! Agreeing on an invoice: from what a merchant asks to terms that never change.

use super::fact::Opened;
use super::policy::{InvoicePolicy, NetworkTerms};
use super::refusal::Refusal;
use crate::id::{InvoiceId, MerchantId};
use crate::money::Money;
use crate::network::Network;
use crate::rate::{Rate, Rounding};
use crate::time::{Span, Timestamp};
use crate::usd::Usd;
use rust_decimal::Decimal;

/// What a merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The id the invoice will have.
    pub invoice: InvoiceId,
    /// Who asks.
    pub merchant: MerchantId,
    /// Where it is to be paid.
    pub network: Network,
    /// Dollars, exactly as sent.
    pub amount_usd: Decimal,
    /// The merchant's own reference.
    pub order_id: Option<String>,
    /// The merchant's metadata, sealed; empty when none was given.
    pub metadata_sealed: Vec<u8>,
    /// Lifetime in seconds, if the merchant chose one.
    pub expires_in_s: Option<u64>,
    /// Where the checkout sends the customer afterwards.
    pub success_url: Option<String>,
    /// Where the checkout sends a customer who gives up.
    pub cancel_url: Option<String>,
}

/// The address an invoice is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Its index on the deposit branch.
    pub index: u32,
    /// As the customer sees it.
    pub address: String,
    /// As the chain carries it.
    pub bytes: Vec<u8>,
}

impl Ask {
    /// Checks what does not depend on a rate, in the order of the documented fields.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self, policy: &InvoicePolicy) -> Result<(), Refusal> {
        let got = self.amount_usd;
        if got < policy.minimum.as_decimal() {
            return Err(Refusal::AmountTooSmall { minimum: policy.minimum, got });
        }
        if got > policy.maximum.as_decimal() {
            return Err(Refusal::AmountTooLarge { maximum: policy.maximum, got });
        }
        let (min_s, max_s) = (InvoicePolicy::EXPIRES_IN_S_MIN, InvoicePolicy::EXPIRES_IN_S_MAX);
        match self.expires_in_s {
            Some(seconds) if !(min_s..=max_s).contains(&seconds) => {
                Err(Refusal::InvalidExpiresIn { min_s, max_s })
            }
            _ => Ok(()),
        }
    }
}

/// The terms on which `ask` is opened at `at`, priced at `rate`, to be paid at `deposit`.
///
/// # Errors
/// Whatever [`Ask::check`] refuses, and [`Refusal::NoQuote`].
pub fn agree(
    ask: Ask,
    policy: &InvoicePolicy,
    terms: &NetworkTerms,
    rate: Rate,
    deposit: Deposit,
    at: Timestamp,
) -> Result<Opened, Refusal> {
    ask.check(policy)?;
    let network = ask.network;
    let amount_usd = Usd::nearest(ask.amount_usd).map_err(|_| Refusal::NoQuote)?;
    let quote = |usd, rounding| rate.quote(network, usd, rounding).map_err(|_| Refusal::NoQuote);
    let due = quote(amount_usd, Rounding::Up)?;
    let tolerance = tolerance(due, policy, quote(policy.tolerance_most, Rounding::Down)?)?;
    let dust = quote(terms.dust, Rounding::Down)?;
    let expiry = ask.expires_in_s.map_or(policy.expiry, Span::from_s);
    Ok(Opened {
        invoice: ask.invoice,
        merchant: ask.merchant,
        at,
        expires_at: at.plus(expiry),
        network,
        amount_usd,
        due,
        tolerance,
        dust,
        rate,
        confirmations_required: terms.confirmations_required.max(1),
        address: deposit.address,
        address_bytes: deposit.bytes,
        address_index: deposit.index,
        order_id: ask.order_id,
        metadata_sealed: ask.metadata_sealed,
        success_url: ask.success_url,
        cancel_url: ask.cancel_url,
    })
}

/// The operator's share of `due`, rounded down, and never more than `most`.
fn tolerance(due: Money, policy: &InvoicePolicy, most: Money) -> Result<Money, Refusal> {
    let share = due
        .units()
        .checked_mul(u128::from(policy.tolerance_basis_points.min(10_000)))
        .and_then(|units| units.checked_div(10_000))
        .ok_or(Refusal::NoQuote)?;
    Money::new(due.network(), share.min(most.units())).map_err(|_| Refusal::NoQuote)
}
