//! What the operator asks of prices before money is reckoned with them.

use crate::time::Span;
use rust_decimal::Decimal;

/// Rules for every rate, from the configuration's `[rates]`. Shares are in hundredths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateRules {
    /// How many sources are asked.
    pub sources: usize,
    /// How many must say nearly the same for it to be believed.
    pub minimum_sources: usize,
    /// A price older than this counts no more.
    pub max_age: Span,
    /// A source further than this from the median of the fresh ones is left out.
    pub outlier_basis_points: u32,
    /// A rate further than this from the last good one is a jump, which more sources must say.
    pub max_jump_basis_points: u32,
    /// What the rate is put below the median: the customer owes that much more.
    pub spread_basis_points: u32,
    /// A dollar token this far from a dollar is an alarm.
    pub depeg_basis_points: u32,
}

impl RateRules {
    /// How long a rate is remembered for telling jumps. After a silence of this length the world
    /// may have moved, and what the sources say counts by itself: otherwise a real fall of the
    /// market, seen by too few, would shut the coin for ever.
    pub const JUMP_REMEMBERED: Span = Span::from_hours(1);

    /// How many sources must say the same before a jump is believed: all but one of those asked,
    /// and never fewer than for any other rate.
    pub fn sources_for_a_jump(&self) -> usize {
        self.sources.saturating_sub(1).max(self.minimum_sources)
    }

    /// How many of `fresh` sources must stand close together: the minimum, and more than half. A
    /// few that agree among many that do not are no agreement.
    pub fn sources_wanted(&self, fresh: usize) -> usize {
        let more_than_half = fresh.checked_div(2).unwrap_or(0).saturating_add(1);
        more_than_half.max(self.minimum_sources)
    }
}

impl Default for RateRules {
    /// Three of seven, at most 5 minutes old, 3 % apart, jumps of 10 %, no spread, a de-peg at 2 %.
    fn default() -> Self {
        RateRules {
            sources: 7,
            minimum_sources: 3,
            max_age: Span::from_minutes(5),
            outlier_basis_points: 300,
            max_jump_basis_points: 1000,
            spread_basis_points: 0,
            depeg_basis_points: 200,
        }
    }
}

/// Whether `value` lies further from `reference` than this share of it. What cannot be reckoned
/// lies too far.
pub(super) fn lies_beyond(value: Decimal, reference: Decimal, basis_points: u32) -> bool {
    let whole = Decimal::from(10_000);
    let apart = value.checked_sub(reference).and_then(|apart| apart.abs().checked_mul(whole));
    let bound = reference.checked_mul(Decimal::from(basis_points));
    match apart.zip(bound) {
        Some((apart, bound)) => apart > bound,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_inclusive_and_goes_both_ways() {
        let rows = [
            ("103", "100", 300, false),
            ("103.0000000001", "100", 300, true),
            ("97", "100", 300, false),
            ("96.9999999999", "100", 300, true),
            ("100", "100", 0, false),
            ("1000", "100", 10_000, true),
        ];
        for (value, reference, basis_points, beyond) in rows {
            let (value, reference) = (value.parse().unwrap(), reference.parse().unwrap());
            assert_eq!(lies_beyond(value, reference, basis_points), beyond, "{value}");
        }
        assert!(lies_beyond(Decimal::MAX, Decimal::ONE, 300));
    }

    #[test]
    fn a_jump_wants_all_sources_but_one() {
        let rows = [(1, 1, 1), (3, 2, 2), (3, 3, 3), (5, 3, 4), (7, 3, 6)];
        for (sources, minimum_sources, wanted) in rows {
            let rules = RateRules { sources, minimum_sources, ..RateRules::default() };
            assert_eq!(rules.sources_for_a_jump(), wanted, "{sources} sources");
        }
    }
}
