//! What one source says a coin costs, read from its text.

use super::Rate;
use crate::time::Timestamp;
use crate::usd;
use rust_decimal::Decimal;

/// A price, who said it and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePrice {
    /// Who: `kraken`.
    pub source: String,
    /// Dollars for one whole coin, as [`read_price`] reads them.
    pub usd_per_coin: Decimal,
    /// When it was so: as the source says, but never later than we heard of it.
    pub at: Timestamp,
}

/// The text is no price that anything can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no price: it must be a positive decimal, at most {PRICE_MAX} dollars")]
pub struct NotAPrice;

/// The dearest that a coin may be, in dollars: beyond it every bound of ours would be in doubt.
pub const PRICE_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Reads a price from its very digits, never through a float. What is finer than
/// [`Rate::SCALE_MAX`] decimals is rounded to the nearest.
///
/// # Errors
/// [`NotAPrice`] for zero, signs, `NaN`, `1e400`, and for what rounds to nothing.
pub fn read_price(text: &str) -> Result<Decimal, NotAPrice> {
    let exact = usd::parse_amount(text).map_err(|_| NotAPrice)?;
    let price = exact.round_dp(Rate::SCALE_MAX).normalize();
    if price > Decimal::ZERO && price <= PRICE_MAX { Ok(price) } else { Err(NotAPrice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_its_digits() {
        let rows = [
            ("60000", "60000"),
            ("60000.00000", "60000"),
            ("67187.3358936566", "67187.3358936566"),
            ("0.99987654321234567", "0.9998765432"),
            ("6.7e4", "67000"),
            ("1000000000", "1000000000"),
            ("0.0000000001", "0.0000000001"),
        ];
        for (text, price) in rows {
            assert_eq!(read_price(text).map(|price| price.to_string()), Ok(price.to_owned()));
        }
    }

    #[test]
    fn what_nothing_can_cost_is_no_price() {
        let texts = [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            "NaN",
            "Infinity",
            "null",
            "1e400",
            "1e-400",
            "1000000001",
            "0.00000000001",
            "60,000",
            "$60000",
            " 60000",
            "0x10",
            "1e9999",
        ];
        for text in texts {
            assert_eq!(read_price(text), Err(NotAPrice), "{text:?}");
        }
    }
}
