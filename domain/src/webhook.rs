//! Webhooks: what a merchant is told, how it is signed, and when it is tried again.

mod delivery;
mod event;
mod fact;
mod payload;
mod schedule;
mod signature;

pub use delivery::{Delivery, DeliveryState};
pub use event::EventKind;
pub use fact::{DeliveryFact, Outcome, Queued};
pub use payload::{json_string, queue};
pub use schedule::RetrySchedule;
pub use signature::{AppSecret, InvalidAppSecret};
