//! Money: an amount in base units that travels with its coin, and its exact decimal text.

use crate::network::Network;
use std::fmt;

/// An amount of one network's coin in base units (satoshi, litoshi, wei, 1e-6 or 1e-18 USDT).
/// Never negative; at most `i128::MAX`, so that signed sums of two amounts are always defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    network: Network,
    units: u128,
}

/// Why money could not be made or added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount or the sum is beyond what an account can hold.
    #[error("the amount is too large")]
    TooLarge,
    /// A difference would be less than nothing.
    #[error("the difference would be negative")]
    Negative,
    /// Two coins cannot be added.
    #[error("{0} and {1} are different coins")]
    OtherCoin(Network, Network),
    /// The text is not a plain decimal number of this coin.
    #[error("not a decimal amount of this coin")]
    NotAnAmount,
}

impl Money {
    /// The most that one amount may be.
    pub const UNITS_MAX: u128 = i128::MAX.unsigned_abs();

    /// `units` base units of the network's coin.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond [`Money::UNITS_MAX`].
    pub const fn new(network: Network, units: u128) -> Result<Money, MoneyError> {
        if units > Money::UNITS_MAX {
            return Err(MoneyError::TooLarge);
        }
        Ok(Money { network, units })
    }

    /// As [`Money::new`], where more than the most that one amount may be counts as the most.
    pub const fn bounded(network: Network, units: u128) -> Money {
        let units = if units > Money::UNITS_MAX { Money::UNITS_MAX } else { units };
        Money { network, units }
    }

    /// Nothing, of this coin.
    pub const fn zero(network: Network) -> Money {
        Money { network, units: 0 }
    }

    /// The network whose coin this is.
    pub const fn network(self) -> Network {
        self.network
    }

    /// The amount in base units.
    pub const fn units(self) -> u128 {
        self.units
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The sum of two amounts of one coin.
    ///
    /// # Errors
    /// Two coins, or a sum too large.
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        self.same_coin(other)?;
        let units = self.units.checked_add(other.units).ok_or(MoneyError::TooLarge)?;
        Money::new(self.network, units)
    }

    /// What is left of this after `other` is taken.
    ///
    /// # Errors
    /// Two coins, or `other` is more than this.
    pub fn minus(self, other: Money) -> Result<Money, MoneyError> {
        self.same_coin(other)?;
        let units = self.units.checked_sub(other.units).ok_or(MoneyError::Negative)?;
        Ok(Money { network: self.network, units })
    }

    /// What is left of this after `other` is taken, nothing if `other` is more.
    ///
    /// # Errors
    /// Two coins.
    pub fn minus_or_zero(self, other: Money) -> Result<Money, MoneyError> {
        self.same_coin(other)?;
        Ok(Money { network: self.network, units: self.units.saturating_sub(other.units) })
    }

    fn same_coin(self, other: Money) -> Result<(), MoneyError> {
        if self.network == other.network {
            Ok(())
        } else {
            Err(MoneyError::OtherCoin(self.network, other.network))
        }
    }

    /// Reads a plain decimal (`0.025`, `450`, no sign, no exponent) exactly.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`] for anything else, more decimals than the coin has included.
    pub fn parse(network: Network, text: &str) -> Result<Money, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let dot_without_digits = text.contains('.') && fraction.is_empty();
        if whole.is_empty() || dot_without_digits || !all_digits(whole) || !all_digits(fraction) {
            return Err(MoneyError::NotAnAmount);
        }
        let significant = fraction.trim_end_matches('0');
        let missing = usize::try_from(network.decimals())
            .ok()
            .and_then(|decimals| decimals.checked_sub(significant.len()))
            .ok_or(MoneyError::NotAnAmount)?;
        let digits = format!("{whole}{significant}{}", "0".repeat(missing));
        let trimmed = digits.trim_start_matches('0');
        let units = if trimmed.is_empty() { Ok(0) } else { trimmed.parse::<u128>() };
        Money::new(network, units.map_err(|_| MoneyError::TooLarge)?)
    }

    /// Reads a number as JSON writes it (RFC 8259 §6, without a minus sign), digit for digit:
    /// `50`, `50.0` and `5e1` are one amount. No float is involved.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`] for any other text, or for more decimals than the coin has;
    /// [`MoneyError::TooLarge`].
    pub fn parse_number(network: Network, text: &str) -> Result<Money, MoneyError> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let dot_without_digits = mantissa.contains('.') && fraction.is_empty();
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = !whole.is_empty() && all_digits(whole) && all_digits(fraction);
        if dot_without_digits || leading_zero || !plain {
            return Err(MoneyError::NotAnAmount);
        }
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let trimmed = significant.trim_start_matches('0');
        if trimmed.is_empty() {
            return Ok(Money::zero(network));
        }
        let length = |text: &str| i64::try_from(text.len()).map_err(|_| MoneyError::TooLarge);
        let zeros = length(&digits)?.saturating_sub(length(significant)?);
        let power = zeros.saturating_sub(length(fraction)?).saturating_add(exponent);
        let raise = power.saturating_add(i64::from(network.decimals()));
        let raise = u32::try_from(raise).map_err(|_| match raise < 0 {
            true => MoneyError::NotAnAmount,
            false => MoneyError::TooLarge,
        })?;
        let units: u128 = trimmed.parse().map_err(|_| MoneyError::TooLarge)?;
        let factor = 10u128.checked_pow(raise).ok_or(MoneyError::TooLarge)?;
        Money::new(network, units.checked_mul(factor).ok_or(MoneyError::TooLarge)?)
    }
}

fn read_exponent(text: &str) -> Result<i64, MoneyError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        return Err(MoneyError::NotAnAmount);
    }
    // An exponent of ten digits is beyond every amount, whichever way it goes.
    text.parse::<i32>().map(i64::from).map_err(|_| MoneyError::NotAnAmount)
}

impl fmt::Display for Money {
    /// The exact decimal as it stands on the wire: see [`decimal_text`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(self.units, self.network.decimals()))
    }
}

/// The wire text of `units` × 10^-`decimals`: zero is `0`; otherwise trailing zeros are stripped,
/// then padded to at least two decimals (`50.00`, `0.025`, `450.00`). Exact; no float is involved.
pub fn decimal_text(units: u128, decimals: u32) -> String {
    if units == 0 {
        return "0".to_owned();
    }
    let width = usize::try_from(decimals).unwrap_or(0);
    let digits = format!("{units:0>least$}", least = width.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(width));
    format!("{whole}.{:0<2}", fraction.trim_end_matches('0'))
}

/// The wire text of a signed balance: as [`decimal_text`], with a leading `-` below zero.
pub fn signed_text(units: i128, network: Network) -> String {
    let text = decimal_text(units.unsigned_abs(), network.decimals());
    if units < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn money_prints_as_the_seed_document_shows() {
        let rows = [
            (Network::Trc20, 0, "0"),
            (Network::Trc20, 50_000_000, "50.00"),
            (Network::Trc20, 450_000_000, "450.00"),
            (Network::Trc20, 1, "0.000001"),
            (Network::Btc, 2_500_000, "0.025"),
            (Network::Btc, 10_000_000, "0.10"),
            (Network::Btc, 1, "0.00000001"),
            (Network::Eth, 1, "0.000000000000000001"),
            (Network::Bep20, 50_000_000_000_000_000_000, "50.00"),
        ];
        for (network, units, text) in rows {
            let money = Money::new(network, units).unwrap();
            assert_eq!(money.to_string(), text);
            assert_eq!(Money::parse(network, text), Ok(money));
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "0x1", "1.0000001"]
        {
            assert_eq!(
                Money::parse(Network::Trc20, text),
                Err(MoneyError::NotAnAmount),
                "{text:?}"
            );
        }
        let huge = "9".repeat(60);
        assert_eq!(Money::parse(Network::Btc, &huge), Err(MoneyError::TooLarge));
    }

    #[test]
    fn one_amount_has_many_spellings_as_a_number() {
        let fifty = ["50", "50.0", "5e1", "5E+1", "50.000000", "500e-1", "0.5e2", "50.00000000"];
        for text in fifty {
            let read = Money::parse_number(Network::Trc20, text);
            assert_eq!(read, Money::new(Network::Trc20, 50_000_000), "{text}");
        }
        for text in ["0", "0.0", "0e5", "0e-99", "0.00000000000000000000"] {
            let read = Money::parse_number(Network::Trc20, text);
            assert_eq!(read, Ok(Money::zero(Network::Trc20)), "{text}");
        }
        let exact = Money::parse_number(Network::Eth, "123456789012.123456789012345678");
        assert_eq!(exact.unwrap().to_string(), "123456789012.123456789012345678");
        for text in [
            "",
            "-1",
            "+1",
            "NaN",
            "1e",
            "e1",
            ".5",
            "5.",
            "05",
            "0x5",
            "1_0",
            "1,0",
            " 5",
            "5 ",
            "0.0000001",
            "1e-7",
            "1e-400",
            "1.2.3",
            "1e1e1",
            "1e99999999999",
        ] {
            let read = Money::parse_number(Network::Trc20, text);
            assert_eq!(read, Err(MoneyError::NotAnAmount), "{text:?}");
        }
        for text in ["1e400", "1e33", "999999999999999999999999999999999999999999"] {
            let read = Money::parse_number(Network::Trc20, text);
            assert_eq!(read, Err(MoneyError::TooLarge), "{text:?}");
        }
    }

    #[test]
    fn two_coins_are_never_added() {
        let tron = Money::new(Network::Trc20, 1).unwrap();
        let bsc = Money::new(Network::Bep20, 1).unwrap();
        assert_eq!(tron.plus(bsc), Err(MoneyError::OtherCoin(Network::Trc20, Network::Bep20)));
    }

    proptest! {
        #[test]
        fn text_round_trips(units in 0..=Money::UNITS_MAX, which in 0usize..5) {
            let money = Money::new(Network::ALL[which], units).unwrap();
            prop_assert_eq!(Money::parse(money.network(), &money.to_string()), Ok(money));
            prop_assert_eq!(Money::parse_number(money.network(), &money.to_string()), Ok(money));
        }

        #[test]
        fn a_sum_less_one_part_is_the_other(a in 0..u128::MAX / 8, b in 0..u128::MAX / 8) {
            let a = Money::new(Network::Eth, a).unwrap();
            let b = Money::new(Network::Eth, b).unwrap();
            prop_assert_eq!(a.plus(b).unwrap().minus(b), Ok(a));
        }
    }
}
