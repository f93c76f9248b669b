//! One delivery: the attempts to tell one event.

use super::fact::{DeliveryFact, Outcome, Queued};
use super::schedule::RetrySchedule;
use crate::time::{Span, Timestamp};
use std::sync::Arc;

/// A delivery as its facts have made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What is told to whom; shared by all copies, for it never changes.
    pub queued: Arc<Queued>,
    /// How many attempts have ended.
    pub attempts: u32,
    /// How the last one ended.
    pub last_outcome: Option<Outcome>,
    /// What comes next.
    pub state: DeliveryState,
}

/// What comes next for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// An attempt is due at that time.
    Due(Timestamp),
    /// The endpoint acknowledged it.
    Acknowledged,
    /// Every attempt failed; only redelivery by hand is left.
    Failed,
}

impl Outcome {
    /// Whether the endpoint acknowledged: any 2xx. A redirect is a failure.
    pub const fn is_acknowledged(&self) -> bool {
        matches!(self, Outcome::Answered { status } if *status >= 200 && *status < 300)
    }
}

impl Delivery {
    /// A new delivery, due at once.
    pub fn queued(queued: Queued) -> Delivery {
        let state = DeliveryState::Due(queued.at);
        Delivery { queued: Arc::new(queued), attempts: 0, last_outcome: None, state }
    }

    /// The state that these facts make; none if they do not begin with the queueing.
    pub fn replay<'f>(facts: impl IntoIterator<Item = &'f DeliveryFact>) -> Option<Delivery> {
        let mut facts = facts.into_iter();
        let DeliveryFact::Queued(queued) = facts.next()? else { return None };
        let mut delivery = Delivery::queued((**queued).clone());
        facts.for_each(|fact| delivery.apply(fact));
        Some(delivery)
    }

    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, fact: &DeliveryFact) {
        match fact {
            // The queueing made this value.
            DeliveryFact::Queued(_) => {}
            DeliveryFact::Attempted { outcome, next_at, .. } => {
                self.attempts = self.attempts.saturating_add(1);
                self.state = match next_at {
                    _ if outcome.is_acknowledged() => DeliveryState::Acknowledged,
                    Some(at) => DeliveryState::Due(*at),
                    None => DeliveryState::Failed,
                };
                self.last_outcome = Some(outcome.clone());
            }
        }
    }

    /// The fact of an attempt that went out at `at` and ended `took_ms` later. `chance` is of the
    /// jitter, `retry_after` what the endpoint asked for: see [`RetrySchedule::pause_after`].
    pub fn attempted(
        &self,
        outcome: Outcome,
        at: Timestamp,
        took_ms: u32,
        schedule: &RetrySchedule,
        chance: u8,
        retry_after: Option<Span>,
    ) -> DeliveryFact {
        // Without an endpoint no waiting helps; the event stays listed for redelivery by hand.
        let hopeless = outcome == Outcome::NoEndpoint;
        let ended = at.plus(Span::from_ms(u64::from(took_ms)));
        let pause = schedule.pause_after(self.attempts.saturating_add(1), chance, retry_after);
        let next_at = pause
            .filter(|_| !outcome.is_acknowledged() && !hopeless)
            .map(|pause| ended.plus(pause));
        DeliveryFact::Attempted { outcome, at, took_ms, next_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EventId, InvoiceId, MerchantId};
    use crate::webhook::EventKind;
    use uuid::Uuid;

    const AT: Timestamp = Timestamp::from_unix_s(1_700_000_000);

    fn delivery() -> Delivery {
        Delivery::queued(Queued {
            event: EventId(Uuid::nil()),
            merchant: MerchantId(Uuid::nil()),
            subject: InvoiceId(Uuid::nil()).into(),
            kind: EventKind::PaymentDetected,
            payload: b"{}".to_vec(),
            after: None,
            at: AT,
        })
    }

    #[test]
    fn one_try_and_five_retries_then_it_has_failed() {
        let schedule = RetrySchedule::default();
        let mut delivery = delivery();
        let mut at = AT;
        for pause_s in [60, 300, 900, 3600, 21_600] {
            let outcome = Outcome::Answered { status: 500 };
            let fact = delivery.attempted(outcome, at, 1000, &schedule, 0, None);
            delivery.apply(&fact);
            at = at.plus(Span::from_s(1)).plus(Span::from_s(pause_s));
            assert_eq!(delivery.state, DeliveryState::Due(at));
        }
        delivery.apply(&delivery.attempted(Outcome::TimedOut, at, 15_000, &schedule, 0, None));
        assert_eq!((delivery.attempts, delivery.state), (6, DeliveryState::Failed));
    }

    #[test]
    fn outcomes_and_what_follows() {
        let unreachable = Outcome::Unreachable { error: "connection refused".into() };
        let rows = [
            (Outcome::Answered { status: 200 }, DeliveryState::Acknowledged),
            (Outcome::Answered { status: 204 }, DeliveryState::Acknowledged),
            (Outcome::Answered { status: 302 }, DeliveryState::Due(AT.plus(Span::from_s(60)))),
            (Outcome::Answered { status: 410 }, DeliveryState::Due(AT.plus(Span::from_s(60)))),
            (unreachable, DeliveryState::Due(AT.plus(Span::from_s(60)))),
            (Outcome::NoEndpoint, DeliveryState::Failed),
        ];
        for (outcome, state) in rows {
            let mut delivery = delivery();
            let schedule = RetrySchedule::default();
            delivery.apply(&delivery.attempted(outcome.clone(), AT, 0, &schedule, 0, None));
            assert_eq!(delivery.state, state, "{outcome:?}");
        }
    }
}
