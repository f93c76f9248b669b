//! What the actors need from outside: a clock, a courier, price sources, somebody who keeps secrets.
//! Declared here, implemented elsewhere, wired together by the binary.

use async_trait::async_trait;
use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::webhook::Outcome;
use rust_decimal::Decimal;

/// Tells the time and wakes people. Tests hand in one that jumps.
#[async_trait]
pub trait TimeSource: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Ends when `instant` has come.
    async fn sleep_until(&self, instant: Timestamp);
}

/// Carries one webhook to one endpoint. Implemented by `http`.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Sends the request once and says how it ended; never longer than the courier's time limit.
    async fn deliver(&self, parcel: Parcel) -> Receipt;
}

/// One attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The event, for the `webhook-id` header.
    pub event: EventId,
    /// The merchant's endpoint.
    pub url: String,
    /// The `webhook-timestamp` header: when this attempt goes out.
    pub sent_at: Timestamp,
    /// The `webhook-signature` header.
    pub signature: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How.
    pub outcome: Outcome,
    /// The pause the endpoint asked for with `Retry-After`.
    pub retry_after: Option<Span>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The beginning of the answer's body, as text, at most
    /// [`Exchange::ANSWER_BYTES_MAX`](cryptopayment_domain::webhook::Exchange::ANSWER_BYTES_MAX).
    pub answer: String,
}

/// A public place where coins have a price in US dollars. Implemented by `http`.
#[async_trait]
pub trait PriceSource: Send + Sync {
    /// Its name, as the configuration and an invoice's rate say it: `kraken`.
    fn name(&self) -> &str;
    /// Asks it once what these coins cost; never longer than the source's time limit.
    async fn prices(&self, coins: &[Coin]) -> PricesHeard;
}

/// What a source said. Some coins may have a price although others have trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PricesHeard {
    /// The prices, at most one for each coin that was asked for.
    pub prices: Vec<PriceHeard>,
    /// Why some or all are missing, for the operator's log.
    pub trouble: Option<String>,
}

/// One coin's price, as a source said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceHeard {
    /// Of what.
    pub coin: Coin,
    /// Dollars for one whole coin, as [`cryptopayment_domain::rate::read_price`] reads them.
    pub usd_per_coin: Decimal,
    /// When it was so, where the source says; otherwise it is of the moment it was heard.
    pub at: Option<Timestamp>,
}

/// Seals secrets and personal data with a merchant's own data key, which lives outside the
/// journal. Implemented by the vault.
pub trait Privacy: Send + Sync {
    /// Makes the merchant's data key, durable before this returns. Making it twice is once.
    ///
    /// # Errors
    /// When the key cannot be stored.
    fn create_key(&self, merchant: MerchantId) -> Result<(), PrivacyError>;
    /// Seals a text of the merchant's. Nothing (an empty slice) stays nothing.
    ///
    /// # Errors
    /// When the merchant has no data key.
    fn seal(&self, merchant: MerchantId, plain: &[u8]) -> Result<Vec<u8>, PrivacyError>;
    /// Opens what was sealed. Nothing stays nothing.
    ///
    /// # Errors
    /// When the key is gone (the merchant was forgotten) or the bytes are damaged.
    fn open(&self, merchant: MerchantId, sealed: &[u8]) -> Result<Vec<u8>, PrivacyError>;
    /// The salt of digests by which people are found (see `merchant::email_digest`).
    fn digest_salt(&self) -> [u8; 32];
}

/// A secret could not be sealed or opened; the text is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PrivacyError(pub String);
