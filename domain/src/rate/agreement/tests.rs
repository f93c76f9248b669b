//! Tables an accountant can read, and what must hold of any prices.

use super::*;
use crate::time::Span;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_unix_s(1_705_312_800);
const FIVE: [&str; 5] = ["bitfinex", "bitstamp", "coinbase", "gemini", "kraken"];

fn rules() -> RateRules {
    RateRules { sources: 5, ..RateRules::default() }
}

fn said(source: &str, price: &str, age: Span) -> SourcePrice {
    let usd_per_coin = price.parse().unwrap();
    SourcePrice { source: source.into(), usd_per_coin, at: NOW.minus(age) }
}

/// One price per source, a second old; `-` for a source that says nothing.
fn five(prices: &str) -> Vec<SourcePrice> {
    let told = FIVE.iter().zip(prices.split_whitespace()).filter(|(_, price)| *price != "-");
    told.map(|(source, price)| said(source, price, Span::from_s(1))).collect()
}

fn last(median: &str, age: Span) -> LastGood {
    LastGood { median: median.parse().unwrap(), at: NOW.minus(age) }
}

/// The rate, or why there is none.
fn told(prices: &[SourcePrice], last: Option<&LastGood>, rules: &RateRules) -> String {
    match agree(prices, last, rules, NOW) {
        Ok(agreed) => agreed.rate.usd_per_coin.to_string(),
        Err(none) => none.to_string(),
    }
}

#[test]
fn the_median_of_the_fresh_sources_is_the_rate() {
    let few = |fresh| format!("only {fresh} of the 3 sources needed have a fresh price");
    let apart = |standing, wanted, who: &str| {
        format!(
            "the sources disagree: only {standing} of the {wanted} needed are close to the median \
             (far from it: {who})"
        )
    };
    let rows = [
        ("60000 60010 60020 60030 60040", "60020".to_owned()),
        ("60040 60000 60030 60010 60020", "60020".to_owned()),
        ("60000 60010 60020 60030 -", "60015".to_owned()),
        ("60000 60010 60021 - -", "60010".to_owned()),
        ("60000.1 60000.2 - - 60000.3", "60000.2".to_owned()),
        ("60000 60010 - - -", few(2)),
        ("60000 - - - -", few(1)),
        ("- - - - -", few(0)),
        // One lies by ten times, up or down: left out, and the rest decide.
        ("600000 60010 60020 60030 60040", "60025".to_owned()),
        ("6000 60010 60020 60030 60040", "60025".to_owned()),
        // Two lie: the three that are left are enough, and more than half.
        ("600000 600000 60020 60030 60040", "60030".to_owned()),
        // Two lie among four: nobody knows whom to believe.
        ("600000 600000 60020 60030 -", apart(0, 3, "coinbase, gemini, bitfinex, bitstamp")),
        // Everybody says something else.
        ("100 200 300 400 500", apart(1, 3, "bitfinex, bitstamp, gemini, kraken")),
    ];
    for (prices, rate) in rows {
        assert_eq!(told(&five(prices), None, &rules()), rate, "{prices}");
    }
}

#[test]
fn a_source_that_lies_is_named_and_does_not_stand_behind_the_rate() {
    let agreed = agree(&five("60000 60010 600200 60030 60040"), None, &rules(), NOW).unwrap();
    let names = |prices: &[SourcePrice]| -> Vec<String> {
        prices.iter().map(|price| price.source.clone()).collect()
    };
    assert_eq!(names(&agreed.left_out), ["coinbase"]);
    assert_eq!(names(&agreed.rate.sources), ["bitfinex", "bitstamp", "gemini", "kraken"]);
    assert_eq!((agreed.rate.source.as_str(), agreed.jumped_from), ("median", None));
}

#[test]
fn a_price_too_old_counts_no_more() {
    let minute = |source, price, minutes| said(source, price, Span::from_minutes(minutes));
    let prices = [
        minute("bitfinex", "60000", 0),
        minute("bitstamp", "60010", 4),
        minute("coinbase", "60020", 5),
        minute("gemini", "90000", 6),
        minute("kraken", "90000", 7),
    ];
    let agreed = agree(&prices, None, &rules(), NOW).unwrap();
    assert_eq!(agreed.rate.usd_per_coin, 60_010.into());
    // The rate is as new as its newest price, and holds until its oldest is too old.
    assert_eq!((agreed.rate.at, agreed.holds_until), (NOW, NOW));
    let later = NOW.plus(Span::from_ms(1));
    let too_few = NoRate::TooFew { wanted: 3, fresh: 2 };
    assert_eq!(agree(&prices, None, &rules(), later), Err(too_few));
}

#[test]
fn of_one_source_the_newest_price_counts_once() {
    let twice = [
        said("kraken", "60000", Span::from_s(9)),
        said("kraken", "61000", Span::from_s(1)),
        said("kraken", "60500", Span::from_s(5)),
    ];
    assert_eq!(told(&twice, None, &rules()), "only 1 of the 3 sources needed have a fresh price");
    let alone = RateRules { sources: 1, minimum_sources: 1, ..rules() };
    assert_eq!(told(&twice, None, &alone), "61000");
}

#[test]
fn a_jump_is_believed_only_when_enough_say_so() {
    let few =
        "the price jumped from 60000 to 50000, and only 3 of the 4 sources needed for that say so";
    let rows = [
        // 10 % is no jump.
        ("54000 54000 54000 - -", Span::from_s(30), "54000"),
        ("50000 50000 50000 50000 50000", Span::from_s(30), "50000"),
        ("50000 50000 50000 50000 60000", Span::from_s(30), "50000"),
        ("50000 50000 50000 60000 60000", Span::from_s(30), few),
        ("50000 50000 50000 - -", Span::from_s(30), few),
        ("50000 50000 50000 - -", Span::from_minutes(60), few),
        // After an hour without a rate the sources count by themselves.
        ("50000 50000 50000 - -", Span::from_minutes(61), "50000"),
    ];
    for (prices, age, rate) in rows {
        let last = last("60000", age);
        assert_eq!(told(&five(prices), Some(&last), &rules()), rate, "{prices}");
    }
    let last = last("60000", Span::from_s(30));
    let jumped = agree(&five("50000 50000 50000 50000 50000"), Some(&last), &rules(), NOW).unwrap();
    assert_eq!(jumped.jumped_from, Some(60_000.into()));
}

#[test]
fn the_spread_lowers_the_rate_and_is_written_beside_it() {
    let prices = five("60000 60000 60000 60000.0000000001 60000");
    for (basis_points, rate) in [(0, "60000"), (100, "59400"), (33, "59802"), (1, "59994")] {
        let rules = RateRules { spread_basis_points: basis_points, ..rules() };
        let agreed = agree(&prices, None, &rules, NOW).unwrap();
        assert_eq!(agreed.rate.usd_per_coin.to_string(), rate);
        assert_eq!((agreed.rate.spread_basis_points, agreed.median), (basis_points, 60_000.into()));
    }
    // A spread of everything is no price.
    for basis_points in [10_000, 10_001] {
        let all = RateRules { spread_basis_points: basis_points, ..rules() };
        assert!(agree(&prices, None, &all, NOW).is_err());
    }
}

#[test]
fn a_token_that_lost_its_dollar_is_noticed() {
    let rows = [
        ("1 1 0.9995 1.0003 1", Peg::Holds(1.into())),
        ("0.98 0.98 0.98 0.98 0.98", Peg::Holds("0.98".parse().unwrap())),
        ("0.97 0.96 0.95 0.96 0.97", Peg::Lost("0.96".parse().unwrap())),
        ("1.03 1.03 1.03 - -", Peg::Lost("1.03".parse().unwrap())),
        ("0.5 0.5 - - -", Peg::Unknown),
        ("0.5 0.6 0.7 0.8 0.9", Peg::Unknown),
    ];
    for (prices, expected) in rows {
        assert_eq!(peg(&five(prices), &rules(), NOW), expected, "{prices}");
    }
}

/// Cents as a price.
fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

fn prices_of(of: &[Decimal]) -> Vec<SourcePrice> {
    let said = |(place, usd_per_coin): (usize, &Decimal)| SourcePrice {
        source: format!("source {place}"),
        usd_per_coin: *usd_per_coin,
        at: NOW,
    };
    of.iter().enumerate().map(said).collect()
}

proptest! {
    /// Honest sources may be anywhere, the liar too: the rate is never out of the honest range.
    #[test]
    fn one_liar_among_five_never_moves_the_rate_out_of_the_honest_range(
        honest in prop::collection::vec(1i64..10_000_000, 4),
        lie in 1i64..100_000_000_000,
        place in 0usize..5,
        minimum_sources in 1usize..=5,
        outlier_basis_points in 0u32..20_000,
    ) {
        let mut all: Vec<Decimal> = honest.iter().copied().map(cents).collect();
        let (lowest, highest) = (*all.iter().min().unwrap(), *all.iter().max().unwrap());
        all.insert(place, cents(lie));
        let rules = RateRules { minimum_sources, outlier_basis_points, ..rules() };
        if let Ok(agreed) = agree(&prices_of(&all), None, &rules, NOW) {
            prop_assert!((lowest..=highest).contains(&agreed.median), "{} of {all:?}", agreed.median);
        }
    }

    /// Where the honest four say nearly the same there is a rate, whatever the fifth says.
    #[test]
    fn one_liar_among_five_cannot_prevent_a_rate(
        around in 100_000i64..10_000_000,
        off in prop::collection::vec(-500i64..500, 4),
        lie in 1i64..100_000_000_000,
    ) {
        let mut all: Vec<Decimal> = off.into_iter().map(|off| cents(around + off)).collect();
        all.push(cents(lie));
        prop_assert!(agree(&prices_of(&all), None, &rules(), NOW).is_ok(), "{all:?}");
    }

    #[test]
    fn the_order_does_not_matter(
        said in prop::collection::vec((0usize..7, 1i64..1_000, 0u64..600), 0..12),
        turn in 0usize..12,
        last in prop::option::of(1i64..1_000),
    ) {
        let price = |&(source, price, age_s): &(usize, i64, u64)| SourcePrice {
            source: format!("source {source}"),
            usd_per_coin: cents(price),
            at: NOW.minus(Span::from_s(age_s)),
        };
        let prices: Vec<SourcePrice> = said.iter().map(price).collect();
        let mut turned = prices.clone();
        turned.reverse();
        let turn = turn.min(turned.len());
        turned.rotate_left(turn);
        let last = last.map(|last| LastGood { median: cents(last), at: NOW });
        let rules = RateRules { outlier_basis_points: 4_000, ..rules() };
        let (one, other) = (
            agree(&prices, last.as_ref(), &rules, NOW),
            agree(&turned, last.as_ref(), &rules, NOW),
        );
        prop_assert_eq!(one, other);
    }

    /// Whoever stands behind a rate is fresh, near the rate, and one of enough.
    #[test]
    fn what_stands_behind_a_rate_is_fresh_near_and_enough(
        said in prop::collection::vec((1i64..10_000, 0u64..600), 0..9),
        minimum_sources in 0usize..5,
    ) {
        let price = |(place, &(price, age_s)): (usize, &(i64, u64))| SourcePrice {
            source: format!("source {place}"),
            usd_per_coin: cents(price),
            at: NOW.minus(Span::from_s(age_s)),
        };
        let prices: Vec<SourcePrice> = said.iter().enumerate().map(price).collect();
        let rules = RateRules { minimum_sources, outlier_basis_points: 2_000, ..rules() };
        if let Ok(agreed) = agree(&prices, None, &rules, NOW) {
            let sources = &agreed.rate.sources;
            prop_assert!(!sources.is_empty() && sources.len() >= minimum_sources);
            prop_assert!(sources.len() > agreed.left_out.len());
            prop_assert!(agreed.rate.at <= NOW && agreed.holds_until >= NOW);
            for source in sources {
                prop_assert!(NOW.since(source.at) <= rules.max_age);
                // Both lie within 20 % of the first median.
                let ratio = source.usd_per_coin / agreed.median;
                prop_assert!(ratio <= "1.5".parse().unwrap() && ratio >= "0.66".parse().unwrap());
            }
        }
    }
}
