//! Webhooks: what a merchant is told, how it is signed, and when it is tried again.

mod delivery;
mod event;
mod event_set;
mod fact;
mod payload;
mod schedule;
mod signature;
mod subject;

pub use delivery::{Delivery, DeliveryState, Ended};
pub use event::{EventKind, UnknownEvent};
pub use event_set::EventSet;
pub use fact::{Attempt, DeliveryFact, Exchange, Outcome, Queued};
pub use payload::{Telling, json_string, queue, queue_for_withdrawal, queue_test};
pub use schedule::RetrySchedule;
pub use signature::{AppSecret, InvalidAppSecret};
pub use subject::Subject;
