//! Amounts with 18 decimals as text, and as base units: never a float in between.

use crate::failure::{Failure, Told};

const UNITS: u128 = 1_000_000_000_000_000_000;
const DECIMALS: usize = 18;

/// `"0.5"` coins as 500,000,000,000,000,000 base units.
pub fn units(coins: &str) -> Told<u128> {
    let wrong = || Failure::new(format!("no amount of coins: {coins}"));
    let (whole, fraction) = coins.split_once('.').unwrap_or((coins, ""));
    if fraction.len() > DECIMALS {
        return Err(wrong());
    }
    let fraction: u128 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| wrong())?;
    let whole: u128 = whole.parse().map_err(|_| wrong())?;
    Ok(whole * UNITS + fraction)
}

/// Base units as `"0.500000000000000000"` coins.
#[must_use]
pub fn coins(units: u128) -> String {
    format!("{}.{:018}", units / UNITS, units % UNITS)
}
