//! What the engine is asked, what it answers, and why it is sometimes unwilling.

use cryptopayment_domain::id::{MerchantId, WithdrawalId};
use cryptopayment_domain::invoice::{Ask, Invoice, Refusal};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{Hash32, Tip};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::withdrawal::{self, Withdrawal};
use std::sync::Arc;

/// A request to open an invoice.
pub struct OpenInvoice {
    /// What is asked for; its metadata sealed already.
    pub ask: Ask,
    /// The reservation of the request's idempotency key, if it has one: see
    /// [`Gateway::begin`](crate::gateway::Gateway::begin).
    pub reservation: Option<crate::gateway::Reservation>,
    /// Renders the answer to the request from the new invoice. Called before the commit when there
    /// is an idempotency key, so that the answer is recorded together with its effect.
    pub render: Arc<dyn Fn(&Invoice) -> RenderedAnswer + Send + Sync>,
}

/// Renders the answer to a request from the new withdrawal.
pub type RenderWithdrawal = Arc<dyn Fn(&Withdrawal) -> RenderedAnswer + Send + Sync>;

/// A request for a withdrawal.
pub struct RequestWithdrawal {
    /// Who asks.
    pub merchant: MerchantId,
    /// The id it will have.
    pub withdrawal: WithdrawalId,
    /// What leaves the balance, fee included.
    pub amount: Money,
    /// Where it goes, as the merchant typed it.
    pub address: String,
    /// The reservation of the request's idempotency key, if it has one.
    pub reservation: Option<crate::gateway::Reservation>,
    /// Makes the answer. Called before the commit, so that it is recorded together with its effect.
    pub render: RenderWithdrawal,
}

/// What a repetition of a request is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// SHA-256 over method, path and the key header.
    pub key_digest: [u8; 32],
    /// SHA-256 of the body.
    pub body_digest: [u8; 32],
}

/// A 2xx answer as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header, if any.
    pub location: Option<String>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether this is the recorded answer to an earlier request.
    pub replayed: bool,
}

/// Why the engine does not do what it was asked. Nothing has changed, unless [`Unwilling::Crashed`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwilling {
    /// A rule of invoices stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A rule of merchants stands against it.
    #[error(transparent)]
    Merchant(#[from] cryptopayment_domain::merchant::Refusal),
    /// The freeze of all withdrawals is not moved.
    #[error(transparent)]
    Freeze(#[from] cryptopayment_domain::operator::freeze::Refusal),
    /// A rule of withdrawals stands against it.
    #[error(transparent)]
    Withdrawal(#[from] withdrawal::Refusal),
    /// There is an account with this e-mail address.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// No such merchant or invoice.
    #[error("not found")]
    NotFound,
    /// The idempotency key was used with another body.
    #[error("this Idempotency-Key was used with another body; use a new key for a new request")]
    KeyReused,
    /// A request with this idempotency key is still running.
    #[error("a request with this Idempotency-Key is still running; try again in a moment")]
    InProgress,
    /// The network takes no new invoices now.
    #[error("{network} takes no new invoices now: {reason}")]
    NetworkUnavailable {
        /// Which.
        network: Network,
        /// Why, for people.
        reason: String,
    },
    /// There is no fresh price for the coin.
    #[error("there is no fresh price for {0} now; USDT needs none")]
    RateUnavailable(Network),
    /// A mailbox or the journal's queue is full; try again shortly.
    #[error("too much at once; try again shortly")]
    Overloaded,
    /// Disk space is below the configured bound.
    #[error("the gateway is short of disk space and takes no new invoices")]
    StoreFull,
    /// The views cannot be read now; it is in the log.
    #[error("the gateway's own data cannot be read; the operator has been told")]
    Unreadable,
    /// A handler panicked; it is in the log. Whether the request had an effect is unknown.
    #[error("something went wrong inside; the operator has been told")]
    Crashed,
}

/// What the engine says of one network, published whenever it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkStatus {
    /// Which.
    pub network: Network,
    /// The newest scanned block; none before the first.
    pub tip: Option<Tip>,
    /// The height of the provider's own head at the last poll.
    pub head_height: Option<u64>,
    /// Everything up to this instant has been taken in.
    pub scanned_through: Option<Timestamp>,
    /// Why the network cannot be trusted to be up to date; none when it can.
    pub trouble: Option<String>,
    /// Whether it may take new invoices.
    pub open_for_invoices: bool,
}

/// A merchant's new credentials; the secrets are shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMerchant {
    /// The account.
    pub merchant_id: MerchantId,
    /// The public half of the API key.
    pub api_key: String,
    /// The secret half.
    pub api_secret: String,
    /// The secret that keys webhook signatures.
    pub app_secret: String,
}

/// What the sandbox is asked: pay, mine, reorganise. Only where the networks are simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxAsk {
    /// Pay an invoice's address from the faucet: so much (decimal text), or what is due.
    Pay {
        /// The address.
        address: String,
        /// How much, as decimal text; none for what is due.
        amount: Option<String>,
    },
    /// Mine blocks at once.
    Mine {
        /// On which network.
        network: Network,
        /// How many (1 to 1000).
        blocks: u32,
    },
    /// Replace the last blocks by as many and one more.
    Reorganise {
        /// On which network.
        network: Network,
        /// How many blocks leave (1 to 100).
        depth: u32,
    },
}

/// What the sandbox did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxDid {
    /// Paid, by this transaction.
    Paid {
        /// On which network.
        network: Network,
        /// The transaction.
        txid: Hash32,
        /// How much, as wire text.
        amount: String,
    },
    /// The chain's new height.
    Moved {
        /// On which network.
        network: Network,
        /// Its height now.
        height: u64,
    },
}

/// A sandbox request that cannot be done, with the reason for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SandboxRefusal {
    /// The address belongs to no invoice here.
    #[error("no invoice has this address")]
    UnknownAddress,
    /// The amount is no positive amount of the coin.
    #[error("amount must be a positive decimal in the invoice's coin")]
    InvalidAmount,
    /// A number is out of bounds.
    #[error("{0}")]
    OutOfBounds(String),
    /// The simulated chain could not do it (its disk failed).
    #[error("the simulated network could not do it: {0}")]
    Failed(String),
}
