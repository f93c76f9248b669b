//! What the operator's side does, in the past tense.

use super::restored::Restored;
use crate::id::InvoiceId;
use crate::money::Money;
use crate::payment::{BlockRef, PaymentId};
use crate::time::Timestamp;

/// A fact of the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorFact {
    /// An admin account was made. Sealed with the operator's own data key.
    AdminRegistered {
        /// The e-mail address, sealed.
        email_sealed: Vec<u8>,
        /// Keyed digest of the e-mail address in lower case.
        email_digest: [u8; 32],
        /// Argon2id hash (PHC text) of the password, sealed.
        password_sealed: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// A payment that no invoice can take (its handler panicked twice, or the address belongs to
    /// none) waits for a human; the watcher's cursor goes on.
    PaymentSetAside(Box<SetAside>),
    /// A payment set aside became final: its money lies in suspense, belonging to nobody yet.
    SuspenseBooked {
        /// Which payment.
        payment: PaymentId,
        /// How much.
        amount: Money,
        /// When.
        at: Timestamp,
    },
    /// A backup was put back: what happened after it was made is known to the chains only. All
    /// withdrawals are frozen from here on.
    Restored(Box<Restored>),
    /// An admin froze all withdrawals of all merchants.
    WithdrawalsFrozen {
        /// Why, for whoever looks later.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// An admin let withdrawals go on.
    FreezeLifted {
        /// Why that is safe, for whoever looks later.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

/// A payment set aside for a human.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Which payment.
    pub payment: PaymentId,
    /// How much it pays.
    pub amount: Money,
    /// The invoice whose address it pays; none where that was given to an invoice which a restored
    /// backup does not know.
    pub invoice: Option<InvoiceId>,
    /// The block it is in; none for a mempool sighting.
    pub block: Option<BlockRef>,
    /// What went wrong, for the operator.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
