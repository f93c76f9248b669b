//! The store: a journal of facts, which is the truth, and views projected from it.
//!
//! `actors` append and read; `http` is given [`Views`] and [`Feed`] only; `domain` is the room
//! below. No other room knows sled or bincode. Its parts:
//!
//! - [`Store`], [`StoreConfig`], [`Ticket`]: the door (`store`)
//! - [`Views`]: what is read, by subject (`views`); [`Feed`]: durable facts as they come
//! - [`audit`], [`Verifier`], [`rebuild`]: replayed and compared, offline and running
//! - [`backup`]: everything in one file while the gateway runs, and put back
//! - [`journal`]: groups of records on disk, chained by hash; [`journal::RecordLog`] for others
//! - [`disk`]: what the journal asks of a disk; `testing`: one whose power can be cut
//! - `project`: from facts to rows; `keys`: where rows lie; `records`: how they look on disk

mod audit;
pub mod backup;
mod checkpoint;
pub mod disk;
pub mod journal;
mod keys;
mod project;
mod records;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod views;

pub use audit::{AuditReport, Finding, Verified, Verifier, VerifyError, audit};
pub use checkpoint::Checkpoint;
pub use records::{LineCause, Malformed};
pub use store::{
    Breach, DurableGroup, Fatal, FatalHook, Feed, FeedError, OpenError, Progress, Store,
    StoreConfig, StoreFailed, Subscription, Ticket, read_facts, rebuild,
};
pub use views::{
    Admin, CoinFigures, Contradiction, Credit, DeepeningPayment, DeliveryFilter, DeliveryPage,
    DeliveryStanding, DueDelivery, EventPage, INVOICES_PER_PAGE, InvoiceFilter, InvoicePage,
    MinedPayment, OpenObligation, PaymentSetAside, Row, StatementLine, StatementPage, ViewError,
    Views, WatchedAddress, WatchingFloor, WithdrawalFilter, WithdrawalPage,
};

/// The place of a fact in the journal, counted from 1; 0 is before the first.
pub type Seq = u64;
