//! Webhooks: what a merchant is told, how it is signed, and when it is tried again.

mod delivery;
mod event;
mod event_set;
mod fact;
mod payload;
mod schedule;
mod signature;
mod subject;

pub use delivery::{Delivery, DeliveryState};
pub use event::{EventKind, UnknownEvent};
pub use event_set::EventSet;
pub use fact::{DeliveryFact, Outcome, Queued};
pub use payload::{Telling, json_string, queue, queue_for_withdrawal};
pub use schedule::RetrySchedule;
pub use signature::{AppSecret, InvalidAppSecret};
pub use subject::Subject;
