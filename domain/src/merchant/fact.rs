//! What happens to a merchant's account, in the past tense.

use super::scopes::Scopes;
use crate::id::EventId;
use crate::network::Network;
use crate::time::Timestamp;
use crate::webhook::EventSet;

/// A fact of one merchant. Secrets and personal data are sealed with the merchant's data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MerchantFact {
    /// The account was made.
    Registered {
        /// The e-mail address, sealed.
        email_sealed: Vec<u8>,
        /// Keyed digest of the e-mail address in lower case, to find the account by.
        email_digest: [u8; 32],
        /// Argon2id hash (PHC text) of the dashboard password, sealed; empty when none was set.
        password_sealed: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// An admin approved it: its keys work.
    Approved {
        /// When.
        at: Timestamp,
    },
    /// An admin suspended it: its keys answer 403.
    Suspended {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// An admin lifted the suspension: it is again what it was before, approved or waiting.
    Reinstated {
        /// When.
        at: Timestamp,
    },
    /// An API key was issued; its secret was shown once.
    KeyIssued {
        /// The public half, `pk_…`.
        key: String,
        /// SHA-256 of the secret half (256 random bits, so no slow hash is needed).
        secret_sha256: [u8; 32],
        /// What it may do.
        scopes: Scopes,
        /// When.
        at: Timestamp,
    },
    /// An API key was revoked.
    KeyRevoked {
        /// The public half.
        key: String,
        /// When.
        at: Timestamp,
    },
    /// The app secret that keys webhook signatures was made.
    AppSecretIssued {
        /// The `whsec_…` text, sealed.
        secret_sealed: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// The webhook URL was set, or removed.
    WebhookSet {
        /// Where webhooks go.
        url: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// A request with an idempotency key was answered. Committed with the request's effect.
    Answered(Box<Answered>),
    /// The merchant chose which events it is told of.
    EventsChosen {
        /// The seed's two and what was chosen.
        events: EventSet,
        /// When.
        at: Timestamp,
    },
    /// The operator put an address on the merchant's list: it can withdraw only to those on it.
    AddressAllowed {
        /// Of which network.
        network: Network,
        /// As the network writes it.
        address: String,
        /// Its canonical bytes.
        address_bytes: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// A new app secret was made; until the rotation ends both sign.
    RotationBegan {
        /// The new `whsec_…` text, sealed.
        secret_sealed: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// The merchant knows the new app secret everywhere: the old one signs no more.
    RotationEnded {
        /// When.
        at: Timestamp,
    },
    /// The endpoint wants no more webhooks: they wait until it is set again.
    WebhookPaused {
        /// The delivery whose last attempt was answered with 410.
        event: EventId,
        /// When.
        at: Timestamp,
    },
}

/// The first answer to a request with an idempotency key, replayed to its repetitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 over method, path and key: what the answer is found by.
    pub key_digest: [u8; 32],
    /// SHA-256 of the request's body: another body under the same key is refused.
    pub body_digest: [u8; 32],
    /// The HTTP status of the answer (always 2xx).
    pub status: u16,
    /// The `Location` header of the answer, if it had one.
    pub location: Option<String>,
    /// The bytes of the answer, sealed with the merchant's data key.
    pub body_sealed: Vec<u8>,
    /// When. Kept seven days.
    pub at: Timestamp,
}
