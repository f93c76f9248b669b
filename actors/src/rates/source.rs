//! One source as the rates see it: when it is asked next, and whether it is well.

use crate::ports::{PriceSource, PricesHeard};
use cryptopayment_domain::time::{Span, Timestamp};
use std::sync::Arc;

/// A failing source is asked again after the poll interval, doubled each time up to this: one that
/// limits our requests must not be asked the harder for it.
const BACK_OFF_MAX: Span = Span::from_minutes(5);

/// A source and its turn.
pub(super) struct Asked {
    source: Arc<dyn PriceSource>,
    /// When it is asked next; none while it has not answered.
    next_at: Option<Timestamp>,
    /// Times in a row that it had no price at all.
    failures: u32,
    /// Its trouble has been said already: once, not every half minute.
    said: bool,
}

impl Asked {
    /// A source that has never been asked: its time has come.
    pub(super) fn never(source: Arc<dyn PriceSource>) -> Asked {
        Asked { source, next_at: Some(Timestamp::from_unix_ms(i64::MIN)), failures: 0, said: false }
    }

    pub(super) fn name(&self) -> &str {
        self.source.name()
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next_at.is_some_and(|at| at <= now)
    }

    /// When it is asked next; none while it has not answered.
    pub(super) const fn next_at(&self) -> Option<Timestamp> {
        self.next_at
    }

    /// It is being asked.
    pub(super) fn begin(&mut self) -> Arc<dyn PriceSource> {
        self.next_at = None;
        Arc::clone(&self.source)
    }

    /// It has answered, well or with trouble; says when it is asked next. One that has prices of some
    /// coins only is asked as often as a well one: it may never have had the others.
    pub(super) fn ended(
        &mut self,
        heard: &PricesHeard,
        now: Timestamp,
        poll_interval: Span,
    ) -> Timestamp {
        let source = self.source.name();
        if let Some(trouble) = &heard.trouble {
            let label = source.to_owned();
            metrics::counter!("price_source_failures_total", "source" => label).increment(1);
            if !self.said {
                tracing::warn!(source, trouble, "a price source is in trouble");
            }
        } else if self.said {
            tracing::info!(source, "a price source is well again");
        }
        self.said = heard.trouble.is_some();
        self.failures = if heard.prices.is_empty() { self.failures.saturating_add(1) } else { 0 };
        let factor = 1u64 << self.failures.saturating_sub(1).min(10);
        let doubled = poll_interval.ms().unsigned_abs().saturating_mul(factor);
        let pause = Span::from_ms(doubled).min(BACK_OFF_MAX.max(poll_interval));
        let next_at = now.plus(pause);
        self.next_at = Some(next_at);
        next_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::PriceHeard;
    use async_trait::async_trait;
    use cryptopayment_domain::coin::Coin;

    struct Silent;

    #[async_trait]
    impl PriceSource for Silent {
        fn name(&self) -> &str {
            "silent"
        }

        async fn prices(&self, _: &[Coin]) -> PricesHeard {
            PricesHeard::default()
        }
    }

    #[test]
    fn a_failing_source_is_asked_ever_more_seldom_and_a_well_one_as_before() {
        let (now, poll) = (Timestamp::from_unix_s(1_000), Span::from_s(30));
        let mut asked = Asked::never(Arc::new(Silent));
        assert!(asked.is_due(now));
        let price = PriceHeard { coin: Coin::Btc, usd_per_coin: 60_000.into(), at: None };
        let heard = |prices: usize, trouble: Option<&str>| PricesHeard {
            prices: vec![price; prices],
            trouble: trouble.map(str::to_owned),
        };
        let rows = [
            (heard(2, None), 30),
            (heard(0, Some("503")), 30),
            (heard(0, Some("503")), 60),
            (heard(0, Some("429")), 120),
            (heard(0, Some("429")), 240),
            (heard(0, Some("429")), 300),
            (heard(0, Some("429")), 300),
            (heard(2, None), 30),
            (heard(0, Some("503")), 30),
            (heard(1, Some("USDT: it has no price")), 30),
            (heard(1, Some("USDT: it has no price")), 30),
        ];
        for (heard, pause_s) in rows {
            asked.begin();
            assert!(!asked.is_due(now.plus(Span::from_hours(1))), "it has not answered");
            let next = asked.ended(&heard, now, poll);
            assert_eq!(next, now.plus(Span::from_s(pause_s)), "{heard:?}");
            assert!(asked.is_due(next) && !asked.is_due(next.minus(Span::from_ms(1))));
        }
    }
}
