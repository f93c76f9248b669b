//! Answers under idempotency keys: kept long enough, dropped soon after, whatever the clock does.

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Answered, MerchantFact};
use cryptopayment_domain::time::{Span, Timestamp};

use super::super::*;
use super::queries::told;
use crate::keys::{Key, KeyRange, Prefix};
use crate::project::{Projection, project};

/// Views in which a merchant's requests are answered, one after the other.
struct Answering {
    views: Views,
    merchant: MerchantId,
    given: u64,
}

impl Answering {
    fn new() -> Answering {
        let (views, _, story) = told(11, 50);
        Answering { views, merchant: story.merchants()[0], given: 0 }
    }

    fn day(day: u64) -> Timestamp {
        Timestamp::from_unix_s(1_900_000_000).plus(Span::from_hours(24 * day))
    }

    fn answer(&mut self, key: u8, at: Timestamp) {
        let answered = Answered {
            key_digest: [key; 32],
            body_digest: [0; 32],
            status: 201,
            location: None,
            body_sealed: vec![1],
            at,
        };
        self.given += 1;
        let (group, seq) = (1_000_000 + self.given, 2_000_000 + self.given);
        let fact = Fact::Merchant(self.merchant, MerchantFact::Answered(Box::new(answered)));
        let writes = {
            let below = self.views.snapshot();
            let mut projection = Projection::over(&below);
            project(&mut projection, seq, &fact).expect("it is projected");
            projection.into_writes()
        };
        self.views.inner.overlay.write().lay(group, seq, &writes);
    }

    fn answered_at(&self, key: u8) -> Option<Timestamp> {
        let found = self.views.answered(self.merchant, &[key; 32]).expect("it is read");
        found.map(|answered| answered.at)
    }
}

#[test]
fn answers_are_kept_seven_days_and_dropped_soon_after() {
    let mut answering = Answering::new();
    for one in 1..=30u8 {
        answering.answer(one, Answering::day(one.into()));
        for kept in one.saturating_sub(7).max(1)..=one {
            assert_eq!(answering.answered_at(kept), Some(Answering::day(kept.into())));
        }
        if one > 14 {
            assert_eq!(answering.answered_at(one - 14), None);
        }
    }
    for prefix in [Prefix::Answered, Prefix::AnsweredWeek] {
        let all = KeyRange::within(Key::of(prefix));
        assert!(answering.views.rows(all, Direction::Forward).count() <= 21);
    }
}

#[test]
fn a_clock_that_ran_ahead_for_a_moment_hides_no_answer() {
    let mut answering = Answering::new();
    answering.answer(1, Answering::day(1));
    for ahead in 2..=3 {
        answering.answer(ahead, Answering::day(40));
    }
    for key in 4..=9 {
        answering.answer(key, Answering::day(2));
        assert_eq!(answering.answered_at(key), Some(Answering::day(2)), "{key}");
    }
    // A key that is used again after its time has the younger answer, until that is outlived.
    answering.answer(4, Answering::day(12));
    for key in 20..=40 {
        answering.answer(key, Answering::day(16));
    }
    assert_eq!(answering.answered_at(4), Some(Answering::day(12)));
    assert_eq!(answering.answered_at(5), None);
}
