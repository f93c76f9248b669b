//! One delivery: the attempts to tell one event.

use super::fact::{Attempt, DeliveryFact, Exchange, Outcome, Queued};
use super::schedule::RetrySchedule;
use crate::time::{Span, Timestamp};
use std::sync::Arc;

/// A delivery as its facts have made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What is told to whom; shared by all copies, for it never changes.
    pub queued: Arc<Queued>,
    /// How many attempts have ended, ever.
    pub attempts: u32,
    /// How many of them since it was queued, or since it was last redelivered by hand.
    pub tries: u32,
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
        Delivery { queued: Arc::new(queued), attempts: 0, tries: 0, last_outcome: None, state }
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
            DeliveryFact::Attempted(attempt) => {
                self.attempts = self.attempts.saturating_add(1);
                self.tries = self.tries.saturating_add(1);
                self.state = match attempt.next_at {
                    _ if attempt.outcome.is_acknowledged() => DeliveryState::Acknowledged,
                    Some(at) => DeliveryState::Due(at),
                    None => DeliveryState::Failed,
                };
                self.last_outcome = Some(attempt.outcome.clone());
            }
            DeliveryFact::Redelivered { at } => {
                self.tries = 0;
                self.state = DeliveryState::Due(*at);
            }
        }
    }

    /// The fact of an attempt that has ended as `ended` says. `chance` is of the jitter: see
    /// [`RetrySchedule::pause_after`].
    pub fn attempted(&self, ended: Ended, schedule: &RetrySchedule, chance: u8) -> DeliveryFact {
        let Ended { outcome, at, took_ms, retry_after, exchange } = ended;
        // Without an endpoint no waiting helps; the event stays listed for redelivery by hand.
        let hopeless = outcome == Outcome::NoEndpoint;
        let ended = at.plus(Span::from_ms(u64::from(took_ms)));
        let pause = schedule.pause_after(self.tries.saturating_add(1), chance, retry_after);
        let next_at = pause
            .filter(|_| !outcome.is_acknowledged() && !hopeless)
            .map(|pause| ended.plus(pause));
        DeliveryFact::Attempted(Box::new(Attempt { outcome, at, took_ms, next_at, exchange }))
    }

    /// Whether an endpoint that answers so wants no more webhooks: it says 410 (Gone, RFC 9110
    /// §15.5.11) to the last attempt of the schedule.
    pub fn is_farewell(&self, outcome: &Outcome, schedule: &RetrySchedule) -> bool {
        let is_last = schedule.pause_after(self.tries.saturating_add(1), 0, None).is_none();
        is_last && *outcome == Outcome::Answered { status: 410 }
    }
}

/// How an attempt ended, before it is known whether another follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// When the request went out.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The pause that the endpoint asked for.
    pub retry_after: Option<Span>,
    /// What was sent and what came back; none when nothing was sent.
    pub exchange: Option<Exchange>,
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

    fn ended(outcome: Outcome, at: Timestamp, took_ms: u32) -> Ended {
        Ended { outcome, at, took_ms, retry_after: None, exchange: None }
    }

    #[test]
    fn one_try_and_five_retries_then_it_has_failed() {
        let schedule = RetrySchedule::default();
        let mut delivery = delivery();
        let mut at = AT;
        for pause_s in [60, 300, 900, 3600, 21_600] {
            let answered = Outcome::Answered { status: 500 };
            delivery.apply(&delivery.attempted(ended(answered, at, 1000), &schedule, 0));
            at = at.plus(Span::from_s(1)).plus(Span::from_s(pause_s));
            assert_eq!(delivery.state, DeliveryState::Due(at));
        }
        delivery.apply(&delivery.attempted(ended(Outcome::TimedOut, at, 15_000), &schedule, 0));
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
            delivery.apply(&delivery.attempted(ended(outcome.clone(), AT, 0), &schedule, 0));
            assert_eq!(delivery.state, state, "{outcome:?}");
        }
    }

    #[test]
    fn redelivered_by_hand_the_schedule_begins_anew_and_every_attempt_is_counted() {
        let schedule = RetrySchedule { pauses: vec![Span::from_s(60)] };
        let mut delivery = delivery();
        let fails = |delivery: &mut Delivery| {
            let fact = delivery.attempted(ended(Outcome::TimedOut, AT, 0), &schedule, 0);
            delivery.apply(&fact);
        };
        fails(&mut delivery);
        fails(&mut delivery);
        assert_eq!((delivery.attempts, delivery.state), (2, DeliveryState::Failed));
        let later = AT.plus(Span::from_hours(48));
        delivery.apply(&DeliveryFact::Redelivered { at: later });
        assert_eq!((delivery.attempts, delivery.tries), (2, 0));
        assert_eq!(delivery.state, DeliveryState::Due(later));
        fails(&mut delivery);
        let DeliveryState::Due(_) = delivery.state else { panic!("a retry follows") };
        fails(&mut delivery);
        assert_eq!((delivery.attempts, delivery.state), (4, DeliveryState::Failed));
    }

    #[test]
    fn only_a_410_to_the_last_attempt_is_a_farewell() {
        let schedule = RetrySchedule { pauses: vec![Span::from_s(60)] };
        let mut delivery = delivery();
        for (status, farewell) in [(410, [false, true]), (404, [false, false])] {
            delivery.apply(&DeliveryFact::Redelivered { at: AT });
            for expected in farewell {
                let outcome = Outcome::Answered { status };
                assert_eq!(delivery.is_farewell(&outcome, &schedule), expected, "{status}");
                let fact = delivery.attempted(ended(outcome, AT, 0), &schedule, 0);
                delivery.apply(&fact);
            }
        }
    }
}
