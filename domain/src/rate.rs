//! Rates and quotes: the price of a coin at one moment, and what an amount of dollars costs in it.
//!
//! - [`source_price`]: what one source says, read from its text
//! - [`rules`]: what the operator asks of prices
//! - [`agreement`]: from many sources to one rate, or the reason why there is none

pub mod agreement;
pub mod rules;
pub mod source_price;

pub use agreement::{Agreement, LastGood, NoRate, Peg, agree, peg};
pub use rules::RateRules;
pub use source_price::{NotAPrice, PRICE_MAX, SourcePrice, read_price};

use crate::money::Money;
use crate::network::Network;
use crate::time::Timestamp;
use crate::usd::Usd;
use rust_decimal::Decimal;

/// The price of one coin in US dollars at one moment, as it is stored with an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Dollars for one whole coin; positive, at most [`Rate::SCALE_MAX`] decimals.
    pub usd_per_coin: Decimal,
    /// How the price was come by: `median` of sources, `fixed` by the operator, or `1:1`.
    pub source: String,
    /// What each source said that the median is of; none otherwise.
    pub sources: Vec<SourcePrice>,
    /// How much the price lies below that median, in hundredths of a percent.
    pub spread_basis_points: u32,
    /// When it was so: the newest of the sources' times.
    pub at: Timestamp,
}

/// [`Rate::source`] of a rate that sources agreed on.
const MEDIAN: &str = "median";

/// Which way an inexact amount goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// In the merchant's favour: what the customer owes is never a fraction short.
    Up,
    /// In the customer's favour: a tolerance or a dust limit is never a fraction more.
    Down,
}

/// A quote cannot be made: the price is not positive or the result is beyond what money holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no quote can be made at this price")]
pub struct NoQuote;

impl Rate {
    /// Decimals of a price that are kept.
    pub const SCALE_MAX: u32 = 10;

    /// A dollar token's price.
    pub fn one_to_one(at: Timestamp) -> Rate {
        Rate::without_sources(Decimal::ONE, "1:1", at)
    }

    /// A price that the operator decided.
    pub fn fixed(usd_per_coin: Decimal, at: Timestamp) -> Rate {
        Rate::without_sources(usd_per_coin, "fixed", at)
    }

    fn without_sources(usd_per_coin: Decimal, source: &str, at: Timestamp) -> Rate {
        let (source, sources) = (source.to_owned(), Vec::new());
        Rate { usd_per_coin, source, sources, spread_basis_points: 0, at }
    }

    /// What a customer owes for `usd`, in base units: rounded up at the network's quote decimals
    /// (8, or 6 for USDT), so that it can be read and typed.
    ///
    /// # Errors
    /// [`NoQuote`] for a price that is not positive, or beyond bounds.
    pub fn quote(&self, network: Network, usd: Usd) -> Result<Money, NoQuote> {
        self.buys(network, usd, network.quote_decimals(), Rounding::Up)
    }

    /// The most that `usd` buys, in base units, rounded down at the last of them: a bound in
    /// dollars, as exact as the chain can carry it.
    ///
    /// # Errors
    /// [`NoQuote`] for a price that is not positive, or beyond bounds.
    pub fn bound(&self, network: Network, usd: Usd) -> Result<Money, NoQuote> {
        self.buys(network, usd, network.decimals(), Rounding::Down)
    }

    fn buys(
        &self,
        network: Network,
        usd: Usd,
        decimals: u32,
        rounding: Rounding,
    ) -> Result<Money, NoQuote> {
        let price = self.usd_per_coin.round_dp(Rate::SCALE_MAX).normalize();
        let price_units = u128::try_from(price.mantissa()).ok().filter(|units| *units > 0);
        let price_units = price_units.ok_or(NoQuote)?;
        // cents / 100 / (units / 10^scale) × 10^decimals, as one exact fraction.
        let power = decimals.checked_add(price.scale()).ok_or(NoQuote)?;
        let numerator = power_of_ten(power)?.checked_mul(u128::from(usd.cents())).ok_or(NoQuote)?;
        let denominator = price_units.checked_mul(100).ok_or(NoQuote)?;
        let bought = match rounding {
            Rounding::Up => numerator.div_ceil(denominator),
            Rounding::Down => numerator.checked_div(denominator).ok_or(NoQuote)?,
        };
        let finer = network.decimals().checked_sub(decimals).ok_or(NoQuote)?;
        let units = power_of_ten(finer)?.checked_mul(bought).ok_or(NoQuote)?;
        Money::new(network, units).map_err(|_| NoQuote)
    }

    /// What `amount` is worth in dollars, in whole cents.
    ///
    /// # Errors
    /// [`NoQuote`] for a price that is not positive, or beyond bounds.
    pub fn value(&self, amount: Money, rounding: Rounding) -> Result<Usd, NoQuote> {
        let price = self.usd_per_coin.round_dp(Rate::SCALE_MAX).normalize();
        let price_units = u128::try_from(price.mantissa()).ok().filter(|units| *units > 0);
        let price_units = price_units.ok_or(NoQuote)?;
        // units / 10^decimals × price / 10^scale × 100, exactly: whole coins and the rest are
        // multiplied apart, so that neither overflows before the worth does.
        let unit = power_of_ten(amount.network().decimals())?;
        let scale = power_of_ten(price.scale())?;
        let whole = amount.units().checked_div(unit).ok_or(NoQuote)?;
        let rest = amount.units().checked_rem(unit).ok_or(NoQuote)?;
        let cent_price = price_units.checked_mul(100).ok_or(NoQuote)?;
        let of_whole = whole.checked_mul(cent_price).ok_or(NoQuote)?;
        let of_rest = rest.checked_mul(cent_price).ok_or(NoQuote)?;
        let carried = of_rest.checked_div(unit).ok_or(NoQuote)?;
        let left = of_rest.checked_rem(unit).ok_or(NoQuote)?;
        let scaled = of_whole.checked_add(carried).ok_or(NoQuote)?;
        let cents = scaled.checked_div(scale).ok_or(NoQuote)?;
        let inexact = left > 0 || scaled.checked_rem(scale).ok_or(NoQuote)? > 0;
        let step = u128::from(inexact && rounding == Rounding::Up);
        let cents = cents.checked_add(step).ok_or(NoQuote)?;
        u64::try_from(cents).map(Usd::from_cents).map_err(|_| NoQuote)
    }
}

fn power_of_ten(power: u32) -> Result<u128, NoQuote> {
    10u128.checked_pow(power).ok_or(NoQuote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(text: &str) -> Rate {
        Rate::fixed(text.parse().unwrap(), Timestamp::from_unix_s(0))
    }

    #[test]
    fn quotes_are_rounded_up_at_the_wire_precision() {
        let rows = [
            (Network::Trc20, "1", 5000, "50.00"),
            (Network::Bep20, "1", 5000, "50.00"),
            (Network::Btc, "60000", 5000, "0.00083334"),
            (Network::Ltc, "80", 5000, "0.625"),
            (Network::Eth, "3000", 5000, "0.01666667"),
            (Network::Btc, "60000", 6_000_000, "1.00"),
            (Network::Btc, "123456.7890123456", 100, "0.00000811"),
            (Network::Btc, "60000", 100_000_000, "16.66666667"),
        ];
        for (network, price, cents, text) in rows {
            let quote = rate(price).quote(network, Usd::from_cents(cents)).unwrap();
            assert_eq!(quote.to_string(), text, "{network} at {price}");
        }
    }

    #[test]
    fn the_worth_of_an_amount_is_exact_to_the_cent() {
        let rows = [
            // network, amount, price, worth rounded up, rounded down
            (Network::Trc20, "500", "1", 50_000, 50_000),
            (Network::Trc20, "500.000001", "1", 50_001, 50_000),
            (Network::Bep20, "500.000000000000000001", "1", 50_001, 50_000),
            (Network::Btc, "0.00833333", "60000", 50_000, 49_999),
            (Network::Btc, "0.00833334", "60000", 50_001, 50_000),
            (Network::Eth, "1.5", "3000.0000000001", 450_001, 450_000),
            (Network::Ltc, "0.00000001", "80", 1, 0),
            (Network::Btc, "21000000", "1000000", 2_100_000_000_000_000, 2_100_000_000_000_000),
        ];
        for (network, amount, price, up, down) in rows {
            let money = Money::parse(network, amount).unwrap();
            let worth = |rounding| rate(price).value(money, rounding).map(Usd::cents);
            assert_eq!(worth(Rounding::Up), Ok(up), "{amount} at {price}");
            assert_eq!(worth(Rounding::Down), Ok(down), "{amount} at {price}");
        }
        for price in ["0", "-1"] {
            let one = Money::parse(Network::Btc, "1").unwrap();
            assert_eq!(rate(price).value(one, Rounding::Up), Err(NoQuote));
        }
    }

    #[test]
    fn a_price_of_nothing_gives_no_quote() {
        for price in ["0", "-1", "0.00000000000001"] {
            let quote = rate(price).quote(Network::Btc, Usd::from_cents(100));
            assert_eq!(quote, Err(NoQuote), "{price}");
        }
    }

    #[test]
    fn a_bound_in_dollars_is_as_exact_as_the_chain() {
        let rows = [
            // network, price, cents, the most it may be
            (Network::Trc20, "1", 5, "0.05"),
            (Network::Bep20, "0.9999", 5, "0.050005000500050005"),
            (Network::Btc, "60000", 5, "0.00000083"),
            (Network::Ltc, "80", 5, "0.000625"),
            (Network::Eth, "3000", 5, "0.000016666666666666"),
            (Network::Eth, "3000", 100, "0.000333333333333333"),
        ];
        for (network, price, cents, text) in rows {
            let bound = rate(price).bound(network, Usd::from_cents(cents)).unwrap();
            assert_eq!(bound, Money::parse(network, text).unwrap(), "{network} at {price}");
            assert!(rate(price).value(bound, Rounding::Up).unwrap() <= Usd::from_cents(cents));
        }
    }

    proptest! {
        #[test]
        fn a_quote_is_worth_what_was_asked_and_one_unit_more_than_a_bound_is_too_much(
            cents in 1u64..100_000_000, price in 1i128..10_000_000_000_000i128, scale in 0u32..=10,
        ) {
            let price = Decimal::from_i128_with_scale(price, scale);
            let rate = Rate::fixed(price, Timestamp::from_unix_s(0));
            let usd = Usd::from_cents(cents);
            for network in Network::ALL {
                if let Ok(quote) = rate.quote(network, usd) {
                    prop_assert!(rate.value(quote, Rounding::Down).is_ok_and(|worth| worth >= usd));
                }
                if let Ok(bound) = rate.bound(network, usd) {
                    prop_assert!(rate.value(bound, Rounding::Up).is_ok_and(|worth| worth <= usd));
                    let more = Money::new(network, bound.units() + 1).unwrap();
                    prop_assert!(rate.value(more, Rounding::Up).is_ok_and(|worth| worth > usd));
                }
            }
        }
    }
}
