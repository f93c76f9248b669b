//! Coins as text, and as base units for arithmetic: never a float in between.

use crate::failure::{Failure, Told};

/// Base units of one coin of Bitcoin or Litecoin.
const UNITS: u64 = 100_000_000;
const DECIMALS: usize = 8;

/// `"0.5"` coins as 50,000,000 base units.
pub fn units(coins: &str) -> Told<u64> {
    let wrong = || Failure::new(format!("no amount of coins: {coins}"));
    let (whole, fraction) = coins.split_once('.').unwrap_or((coins, ""));
    if fraction.len() > DECIMALS {
        return Err(wrong());
    }
    let fraction: u64 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| wrong())?;
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    Ok(whole * UNITS + fraction)
}

/// 50,000,000 base units as `"0.50000000"` coins.
#[must_use]
pub fn coins(units: u64) -> String {
    format!("{}.{:08}", units / UNITS, units % UNITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_and_units_say_the_same() -> Told<()> {
        for (text, number) in [("0.5", 50_000_000), ("21", 2_100_000_000), ("0.00000001", 1)] {
            assert_eq!(units(text)?, number, "{text}");
            assert_eq!(units(&coins(number))?, number, "{text}");
        }
        for text in ["", ".", "1.123456789", "-1", "1e8"] {
            assert!(units(text).is_err(), "{text} was taken");
        }
        Ok(())
    }
}
