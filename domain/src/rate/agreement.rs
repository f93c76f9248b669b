//! Agreeing on a rate: from what the sources say to one price, or the reason why there is none.

use super::rules::{RateRules, lies_beyond};
use super::source_price::SourcePrice;
use super::{MEDIAN, Rate};
use crate::time::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;

/// A rate that was believed, and what an operator wants to know of how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The rate, with the sources that stand behind it.
    pub rate: Rate,
    /// The median of these sources, before the spread: the next rate is compared with it.
    pub median: Decimal,
    /// Fresh sources that lie too far from the others.
    pub left_out: Vec<SourcePrice>,
    /// The last good median, where this is a jump away from it.
    pub jumped_from: Option<Decimal>,
    /// After this instant the oldest of the prices counts no more: reckon again.
    pub holds_until: Timestamp,
}

/// A median that was good, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastGood {
    /// Before the spread.
    pub median: Decimal,
    /// When it was agreed on.
    pub at: Timestamp,
}

/// Why there is no rate: one reason per rule, in the order in which they are looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRate {
    /// Neither a fixed price nor a source is configured.
    #[error("no price is configured for this coin")]
    NotConfigured,
    /// Too few sources have said anything lately.
    #[error("only {fresh} of the {wanted} sources needed have a fresh price")]
    TooFew {
        /// How many are needed.
        wanted: usize,
        /// How many have a fresh one.
        fresh: usize,
    },
    /// The sources contradict each other.
    #[error(
        "the sources disagree: only {standing} of the {wanted} needed are close to the median \
         (far from it: {})", left_out.join(", ")
    )]
    Apart {
        /// How many are needed.
        wanted: usize,
        /// How many are close together.
        standing: usize,
        /// Those that are not.
        left_out: Vec<String>,
    },
    /// The price is far from the last good one, and too few say so.
    #[error(
        "the price jumped from {from} to {to}, and only {standing} of the {wanted} sources needed for that say so"
    )]
    Jumped {
        /// The last good median.
        from: Decimal,
        /// The present one.
        to: Decimal,
        /// How many sources must say so.
        wanted: usize,
        /// How many do.
        standing: usize,
    },
}

/// What the sources agree on at `now`. The order of `prices` does not matter; of several prices of
/// one source the newest counts.
///
/// # Errors
/// [`NoRate`]: the first rule that does not hold.
pub fn agree(
    prices: &[SourcePrice],
    last_good: Option<&LastGood>,
    rules: &RateRules,
    now: Timestamp,
) -> Result<Agreement, NoRate> {
    let fresh = fresh(prices, rules, now);
    let too_few = NoRate::TooFew { wanted: rules.minimum_sources.max(1), fresh: fresh.len() };
    let middle = match median(&fresh) {
        Some(middle) if fresh.len() >= rules.minimum_sources => middle,
        Some(_) | None => return Err(too_few),
    };
    let far =
        |price: &&SourcePrice| lies_beyond(price.usd_per_coin, middle, rules.outlier_basis_points);
    let (left_out, standing): (Vec<_>, Vec<_>) = fresh.iter().copied().partition(far);
    let (wanted, count) = (rules.sources_wanted(fresh.len()), standing.len());
    let agreed = median(&standing).filter(|_| count >= wanted).ok_or_else(|| {
        let left_out = left_out.iter().map(|price| price.source.clone()).collect();
        NoRate::Apart { wanted, standing: count, left_out }
    })?;
    let jumped_from = jump(agreed, count, last_good, rules, now)?;
    let oldest = fresh.iter().map(|price| price.at).min().unwrap_or(now);
    let newest = standing.iter().map(|price| price.at).max().unwrap_or(now);
    let rate = Rate {
        usd_per_coin: less_spread(agreed, rules.spread_basis_points).ok_or(too_few)?,
        source: MEDIAN.to_owned(),
        sources: standing.into_iter().cloned().collect(),
        spread_basis_points: rules.spread_basis_points,
        at: newest.min(now),
    };
    let left_out = left_out.into_iter().cloned().collect();
    let holds_until = oldest.plus(rules.max_age);
    Ok(Agreement { rate, median: agreed, left_out, jumped_from, holds_until })
}

/// Whether a dollar token is worth a dollar, as far as the sources agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peg {
    /// Close to a dollar.
    Holds(Decimal),
    /// Further from it than the bound.
    Lost(Decimal),
    /// Too few sources say anything, or not the same.
    Unknown,
}

/// What the sources say of a dollar token's peg.
pub fn peg(prices: &[SourcePrice], rules: &RateRules, now: Timestamp) -> Peg {
    match agree(prices, None, rules, now) {
        Ok(agreed) if lies_beyond(agreed.median, Decimal::ONE, rules.depeg_basis_points) => {
            Peg::Lost(agreed.median)
        }
        Ok(agreed) => Peg::Holds(agreed.median),
        Err(_) => Peg::Unknown,
    }
}

/// The newest price of each source that is not too old, from the lowest to the highest.
fn fresh<'p>(prices: &'p [SourcePrice], rules: &RateRules, now: Timestamp) -> Vec<&'p SourcePrice> {
    let mut newest: BTreeMap<&str, &SourcePrice> = BTreeMap::new();
    let rank = |price: &SourcePrice| (price.at, price.usd_per_coin);
    for price in prices.iter().filter(|price| now.since(price.at) <= rules.max_age) {
        let kept = newest.entry(&price.source).or_insert(price);
        if rank(price) > rank(kept) {
            *kept = price;
        }
    }
    let mut fresh: Vec<_> = newest.into_values().collect();
    // Stable: equal prices stay in the order of their sources' names.
    fresh.sort_by_key(|price| price.usd_per_coin);
    fresh
}

/// The middle one of sorted prices; of an even number the mean of the two in the middle, exactly.
fn median(sorted: &[&SourcePrice]) -> Option<Decimal> {
    let above = sorted.get(sorted.len().checked_div(2)?)?.usd_per_coin;
    if sorted.len().checked_rem(2)? == 1 {
        return Some(above);
    }
    let below = sorted.get(sorted.len().checked_div(2)?.checked_sub(1)?)?.usd_per_coin;
    let mean = below.checked_add(above)?.checked_div(Decimal::TWO)?;
    Some(mean.round_dp(Rate::SCALE_MAX).normalize())
}

/// The last good median if `agreed` is a jump away from it that enough sources confirm.
fn jump(
    agreed: Decimal,
    standing: usize,
    last_good: Option<&LastGood>,
    rules: &RateRules,
    now: Timestamp,
) -> Result<Option<Decimal>, NoRate> {
    let remembered = |last: &&LastGood| now.since(last.at) <= RateRules::JUMP_REMEMBERED;
    let Some(last) = last_good.filter(remembered) else { return Ok(None) };
    if !lies_beyond(agreed, last.median, rules.max_jump_basis_points) {
        return Ok(None);
    }
    let wanted = rules.sources_for_a_jump();
    if standing < wanted {
        return Err(NoRate::Jumped { from: last.median, to: agreed, wanted, standing });
    }
    Ok(Some(last.median))
}

/// The median less the spread, rounded down: what is lost in rounding the customer pays, a
/// fraction of 1e-10 dollars.
fn less_spread(median: Decimal, spread_basis_points: u32) -> Option<Decimal> {
    let kept = Decimal::from(10_000u32.checked_sub(spread_basis_points)?);
    let less = median.checked_mul(kept)?.checked_div(Decimal::from(10_000))?;
    let less = less.round_dp_with_strategy(Rate::SCALE_MAX, RoundingStrategy::ToZero).normalize();
    (less > Decimal::ZERO).then_some(less)
}

#[cfg(test)]
mod tests;
