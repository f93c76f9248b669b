//! What the operator allows of invoices.

use crate::network::Network;
use crate::time::Span;
use crate::usd::Usd;

/// Rules for every invoice, from the configuration's `[invoices]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoicePolicy {
    /// How long an invoice waits unless the merchant says otherwise.
    pub expiry: Span,
    /// The least that can be asked for (inclusive, on the value as sent).
    pub minimum: Usd,
    /// The most that can be asked for (inclusive).
    pub maximum: Usd,
    /// How much short of the amount is still enough, in hundredths of a percent.
    pub tolerance_basis_points: u32,
    /// But never more than this.
    pub tolerance_most: Usd,
}

impl InvoicePolicy {
    /// The least `expires_in` a merchant may ask for, in seconds.
    pub const EXPIRES_IN_S_MIN: u64 = 300;
    /// The most `expires_in` a merchant may ask for, in seconds.
    pub const EXPIRES_IN_S_MAX: u64 = 86_400;
}

impl Default for InvoicePolicy {
    /// 30 minutes, 1.00 to 1,000,000 USD, 0.5 % and at most 1 USD short.
    fn default() -> Self {
        InvoicePolicy {
            expiry: Span::from_minutes(30),
            minimum: Usd::from_cents(100),
            maximum: Usd::from_cents(100_000_000),
            tolerance_basis_points: 50,
            tolerance_most: Usd::from_cents(100),
        }
    }
}

/// Rules of one network that are fixed into each invoice when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkTerms {
    /// Confirmations after which a payment is credited.
    pub confirmations_required: u32,
    /// A payment worth this or less moves no status by itself.
    pub dust: Usd,
}

impl NetworkTerms {
    /// The API contract's defaults: confirmations by network, dust worth 0.05 USD.
    pub const fn default_for(network: Network) -> NetworkTerms {
        NetworkTerms {
            confirmations_required: network.default_confirmations(),
            dust: Usd::from_cents(5),
        }
    }
}
