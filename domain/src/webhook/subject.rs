//! What an event is about.

use crate::id::{InvoiceId, WithdrawalId};
use std::fmt;
use uuid::Uuid;

/// What an event is about. The seed's signature in the body is made over this id and the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// An invoice; the payload carries `invoice_id`.
    Invoice(InvoiceId),
    /// A withdrawal; the payload carries `withdrawal_id`.
    Withdrawal(WithdrawalId),
}

impl Subject {
    /// The id alone. Invoices and withdrawals never share one: both are random.
    pub const fn uuid(self) -> Uuid {
        match self {
            Subject::Invoice(InvoiceId(id)) | Subject::Withdrawal(WithdrawalId(id)) => id,
        }
    }

    /// The payload's key that carries it.
    pub const fn key(self) -> &'static str {
        match self {
            Subject::Invoice(_) => "invoice_id",
            Subject::Withdrawal(_) => "withdrawal_id",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid().fmt(f)
    }
}

impl From<InvoiceId> for Subject {
    fn from(invoice: InvoiceId) -> Self {
        Subject::Invoice(invoice)
    }
}

impl From<WithdrawalId> for Subject {
    fn from(withdrawal: WithdrawalId) -> Self {
        Subject::Withdrawal(withdrawal)
    }
}
