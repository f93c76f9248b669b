//! What the rates say in the log and to the meters: changes once, not every half minute.

use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::{Agreement, NoRate, Peg, SourcePrice};
use cryptopayment_domain::time::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// What was said last of each coin.
#[derive(Default)]
pub(super) struct Voice {
    said: BTreeMap<Coin, Said>,
    depegged: bool,
}

#[derive(Clone, PartialEq, Eq)]
enum Said {
    /// There is a rate, and these sources are left out of it.
    Well { left_out: Vec<String> },
    /// There is none, by this rule.
    None(std::mem::Discriminant<NoRate>),
}

impl Voice {
    /// Says what has changed about a coin's rate.
    pub(super) fn say(&mut self, coin: Coin, reckoned: &Result<Agreement, NoRate>) {
        let now = match reckoned {
            Ok(agreed) => {
                if let Some(from) = agreed.jumped_from {
                    let (to, sources) = (agreed.median, agreed.rate.sources.len());
                    tracing::warn!(%coin, %from, %to, sources, "the rate jumped, and the sources agree");
                    metrics::counter!("rate_jumps_total", "coin" => coin.name()).increment(1);
                }
                let name = |price: &SourcePrice| price.source.clone();
                let mut left_out: Vec<String> = agreed.left_out.iter().map(name).collect();
                left_out.sort_unstable();
                Said::Well { left_out }
            }
            Err(none) => Said::None(std::mem::discriminant(none)),
        };
        if self.said.get(&coin) == Some(&now) {
            return;
        }
        match (reckoned, self.said.insert(coin, now)) {
            (Err(reason), _) => tracing::warn!(%coin, %reason, "there is no rate"),
            (Ok(agreed), Some(Said::None(_)) | None) => {
                let (rate, sources) = (agreed.rate.usd_per_coin, agreed.rate.sources.len());
                tracing::info!(%coin, %rate, sources, "there is a rate");
                say_left_out(coin, agreed);
            }
            (Ok(agreed), Some(Said::Well { .. })) => say_left_out(coin, agreed),
        }
    }

    /// Raises the alarm when a dollar token loses its peg, and ends it when the peg is back.
    pub(super) fn peg(&mut self, peg: Peg) {
        let (depegged, price) = match peg {
            Peg::Lost(price) => (true, price),
            Peg::Holds(price) => (false, price),
            // Nothing is known: what was said before stands.
            Peg::Unknown => return,
        };
        gauge("usdt_price_usd", Coin::Usdt, Some(price));
        gauge("usdt_depegged", Coin::Usdt, Some(Decimal::from(u8::from(depegged))));
        match (self.depegged, depegged) {
            (false, true) => tracing::error!(
                %price,
                "USDT IS OFF ITS PEG: it is still taken 1:1; switch its networks off if that is not meant"
            ),
            (true, false) => tracing::warn!(%price, "USDT is back at its peg"),
            (true, true) | (false, false) => {}
        }
        self.depegged = depegged;
    }
}

fn say_left_out(coin: Coin, agreed: &Agreement) {
    for price in &agreed.left_out {
        let (source, said, median) = (&price.source, price.usd_per_coin, agreed.median);
        tracing::warn!(%coin, source, %said, %median, "a source is left out: it is far from the others");
    }
}

/// A number for the meters alone: Prometheus knows nothing but floats, and nothing reads one back.
fn gauge(name: &'static str, coin: Coin, value: Option<Decimal>) {
    let value = value.and_then(|value| value.to_f64()).unwrap_or(f64::NAN);
    metrics::gauge!(name, "coin" => coin.name()).set(value);
}

impl super::RateBoard {
    /// Tells the meters what is known of the coins that sources are asked for. Called when somebody
    /// reads them, for an age grows by itself.
    pub(crate) fn meter(&self, networks: &[Network], now: Timestamp) {
        let asked = networks.iter().filter(|network| self.is_asked_for(**network));
        asked.for_each(|network| self.meter_coin(Coin::of(*network), now));
    }

    /// Its rate, how many sources stand behind it, and how old its newest price is.
    fn meter_coin(&self, coin: Coin, now: Timestamp) {
        let reckoned = self.reckon(coin, now).ok();
        gauge("rate_usd", coin, reckoned.as_ref().map(|agreed| agreed.rate.usd_per_coin));
        let sources = reckoned.map_or(0, |agreed| agreed.rate.sources.len());
        gauge("rate_sources", coin, Some(Decimal::from(sources)));
        let age_ms = self.age(coin, now).map(|age| Decimal::new(age.ms(), 3));
        gauge("rate_age_seconds", coin, age_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_of_a_lost_peg_stands_until_the_peg_is_known_to_be_back() {
        let mut voice = Voice::default();
        let (off, at) = (Decimal::new(97, 2), Decimal::ONE);
        let rows = [
            (Peg::Unknown, false),
            (Peg::Holds(at), false),
            (Peg::Lost(off), true),
            (Peg::Unknown, true),
            (Peg::Lost(off), true),
            (Peg::Holds(at), false),
        ];
        for (peg, depegged) in rows {
            voice.peg(peg);
            assert_eq!(voice.depegged, depegged, "{peg:?}");
        }
    }

    #[test]
    fn what_has_been_said_is_not_said_again() {
        let mut voice = Voice::default();
        let none = || Err(NoRate::TooFew { wanted: 3, fresh: 2 });
        voice.say(Coin::Btc, &none());
        let said = voice.said.clone();
        // Another count is the same trouble; another rule is another.
        voice.say(Coin::Btc, &Err(NoRate::TooFew { wanted: 3, fresh: 1 }));
        assert!(voice.said == said);
        voice.say(Coin::Btc, &Err(NoRate::NotConfigured));
        assert!(voice.said != said);
    }
}
