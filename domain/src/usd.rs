//! US dollars: what a merchant asks for, read from the very text that was sent.

use rust_decimal::{Decimal, RoundingStrategy};
use std::fmt;

/// A sum of US dollars in whole cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Usd {
    cents: u64,
}

/// The text is no amount: not a plain JSON number or a string of one, negative, or beyond bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount: send a positive number such as 50.00")]
pub struct NotAnAmount;

impl Usd {
    /// A sum of whole cents.
    pub const fn from_cents(cents: u64) -> Usd {
        Usd { cents }
    }

    /// The sum in cents.
    pub const fn cents(self) -> u64 {
        self.cents
    }

    /// The nearest cent, halves up (what people expect of a price).
    ///
    /// # Errors
    /// [`NotAnAmount`] below zero or beyond 64 bits.
    pub fn nearest(amount: Decimal) -> Result<Usd, NotAnAmount> {
        let cents = amount
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
            .checked_mul(Decimal::ONE_HUNDRED)
            .ok_or(NotAnAmount)?;
        u64::try_from(cents).map(Usd::from_cents).map_err(|_| NotAnAmount)
    }

    /// The sum as an exact decimal.
    pub fn as_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.cents), 2)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::money::decimal_text(u128::from(self.cents), 2))
    }
}

/// Reads an amount from its text, digit for digit: `50`, `50.0`, `5e1` are one value.
/// No float is involved; the grammar is JSON's number (RFC 8259 §6) without a minus sign.
///
/// # Errors
/// [`NotAnAmount`] for any other text and for values a [`Decimal`] cannot hold exactly (`1e400`).
pub fn parse_amount(text: &str) -> Result<Decimal, NotAnAmount> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return Err(NotAnAmount),
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || leading_zero || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAnAmount);
    }
    let scale = i64::try_from(fraction.len()).map_err(|_| NotAnAmount)?;
    scaled(&digits, scale.checked_sub(exponent).ok_or(NotAnAmount)?)
}

fn read_exponent(text: &str) -> Result<i64, NotAnAmount> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAnAmount);
    }
    text.parse().map_err(|_| NotAnAmount)
}

/// `digits` × 10^-`scale`, exactly.
fn scaled(digits: &str, scale: i64) -> Result<Decimal, NotAnAmount> {
    let significant = digits.trim_start_matches('0');
    let stripped = significant.trim_end_matches('0');
    if stripped.is_empty() {
        return Ok(Decimal::ZERO);
    }
    let zeros = significant.len().saturating_sub(stripped.len());
    let scale = scale.checked_sub(i64::try_from(zeros).map_err(|_| NotAnAmount)?);
    let mantissa: i128 = stripped.parse().map_err(|_| NotAnAmount)?;
    let (mantissa, scale) = match scale.ok_or(NotAnAmount)? {
        scale @ 0.. => (Some(mantissa), u32::try_from(scale).ok()),
        scale => (raised(mantissa, scale.unsigned_abs()), Some(0)),
    };
    let (mantissa, scale) = mantissa.zip(scale).ok_or(NotAnAmount)?;
    Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| NotAnAmount)
}

fn raised(mantissa: i128, power: u64) -> Option<i128> {
    10i128.checked_pow(u32::try_from(power).ok()?)?.checked_mul(mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_value_has_many_spellings() {
        for text in ["50", "50.0", "5e1", "5E+1", "50.00", "500e-1", "0.5e2", "50.000000"] {
            assert_eq!(
                parse_amount(text).and_then(Usd::nearest),
                Ok(Usd::from_cents(5000)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "", "-1", "+1", "NaN", "Infinity", "1e400", "1e-400", "1e", "e1", ".5", "5.", "05",
            "0x5", "1_000", "1,000", " 5", "5 ", "five", "1e99999", "1.2.3", "1e1e1",
        ] {
            assert_eq!(parse_amount(text), Err(NotAnAmount), "{text:?}");
        }
    }

    #[test]
    fn cents_are_rounded_half_up() {
        for (text, cents) in [("1.005", 101), ("1.0049", 100), ("0.994999", 99), ("2.675", 268)] {
            assert_eq!(
                parse_amount(text).and_then(Usd::nearest),
                Ok(Usd::from_cents(cents)),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}") {
            let _ = parse_amount(&text);
        }

        #[test]
        fn cents_round_trip(cents in 0..u64::MAX / 1000) {
            let usd = Usd::from_cents(cents);
            prop_assert_eq!(parse_amount(&usd.to_string()).and_then(Usd::nearest), Ok(usd));
        }
    }
}
