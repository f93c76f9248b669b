//! Rates: what five sources say, and what an invoice is priced at when some of them lie, die, hang
//! or come back. USDT goes on whatever they do.

use super::support::*;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::rate::{NoRate, Rate};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const BTC: Network = Network::Btc;

/// A world with BTC and USDT in which five sources say these prices of BTC.
fn world(prices: [&'static str; 5]) -> World {
    let mut world = World::of(&[BTC, Network::Trc20]);
    world.prices.clear();
    let names = ["bitfinex", "bitstamp", "coinbase", "gemini", "kraken"];
    world.sources = names.map(|name| Arc::new(ScriptedSource::new(name))).to_vec();
    say(&world, prices);
    world
}

fn say(world: &World, prices: [&'static str; 5]) {
    for (source, price) in world.sources.iter().zip(prices) {
        source.price(Coin::Btc, price);
    }
}

fn rate(running: &Running) -> Result<Rate, NoRate> {
    running.gateway().rate(BTC)
}

/// Waits until BTC is worth so much, or has no rate (`-`).
async fn until_rate(running: &Running, wanted: &str) {
    let mut last = String::new();
    until(&format!("BTC is worth {wanted}"), || {
        let now = rate(running);
        let now = now.map_or_else(|none| format!("- {none}"), |rate| rate.usd_per_coin.to_string());
        if last != now {
            println!("  BTC {now}");
            last = now;
        }
        last.split(' ').next() == Some(wanted)
    })
    .await;
}

/// Lets time pass, poll by poll, so that every source that answers is asked again.
async fn pass(world: &World, polls: usize) {
    for _ in 0..polls {
        let before: Vec<usize> = world.sources.iter().map(|source| source.asked()).collect();
        world.clock.jump(ScriptedSource::POLL_INTERVAL);
        until("some source is asked again", || {
            world.sources.iter().zip(&before).any(|(source, before)| source.asked() > *before)
        })
        .await;
    }
}

async fn refused(running: &Running, merchant: MerchantId) -> bool {
    let id = InvoiceId(Uuid::new_v4());
    let asked = running.try_open(id, merchant, BTC, 50, None).await;
    asked == Err(Unwilling::RateUnavailable(BTC))
}

#[test]
fn an_invoice_is_priced_by_the_median_and_keeps_who_said_so() {
    story(async |_| {
        let world = world(["60000", "60010", "60020", "60030", "60040"]);
        let running = world.start().await;
        until_rate(&running, "60020").await;
        let merchant = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(merchant, BTC, 60_020).await;
        assert_eq!(invoice.terms.due.to_string(), "1.00");
        let Rate { usd_per_coin, source, sources, at, .. } = &invoice.terms.rate;
        assert_eq!((usd_per_coin.to_string().as_str(), source.as_str()), ("60020", "median"));
        let said: Vec<_> = sources
            .iter()
            .map(|price| (price.source.as_str(), price.usd_per_coin.to_string()))
            .collect();
        let wanted = [
            ("bitfinex", "60000"),
            ("bitstamp", "60010"),
            ("coinbase", "60020"),
            ("gemini", "60030"),
            ("kraken", "60040"),
        ];
        assert_eq!(said, wanted.map(|(source, price)| (source, price.to_owned())));
        assert!(*at <= invoice.terms.at && sources.iter().all(|price| price.at <= *at));
        running.stop().await;
        // What is on disk says the same.
        let running = world.start_unready().await;
        assert_eq!(running.invoice(invoice.terms.invoice).terms.rate, invoice.terms.rate);
        world.end(running).await;
    });
}

#[test]
fn a_liar_changes_nothing_and_is_not_among_the_sources() {
    story(async |_| {
        let world = world(["60000", "60010", "600200", "60030", "60040"]);
        let running = world.start().await;
        until("four sources stand", || rate(&running).is_ok_and(|rate| rate.sources.len() == 4))
            .await;
        let rate = rate(&running).unwrap();
        assert_eq!(rate.usd_per_coin, 60_020.into());
        assert!(rate.sources.iter().all(|price| price.source != "coinbase"));
        world.end(running).await;
    });
}

#[test]
fn when_three_die_the_coin_has_no_rate_usdt_goes_on_and_it_comes_back_by_itself() {
    story(async |_| {
        let world = world(["60000", "60010", "60020", "60030", "60040"]);
        let running = world.start().await;
        let merchant = running.merchant("shop", None).await.merchant_id;
        until_rate(&running, "60020").await;
        for source in &world.sources[..3] {
            source.say(Says::Trouble);
        }
        // What they said last still counts for five minutes.
        pass(&world, 4).await;
        assert_eq!(rate(&running).map(|rate| rate.usd_per_coin), Ok(60_020.into()));
        assert!(!refused(&running, merchant).await);
        pass(&world, 8).await;
        until_rate(&running, "-").await;
        assert_eq!(rate(&running), Err(NoRate::TooFew { wanted: 3, fresh: 2 }));
        assert!(refused(&running, merchant).await);
        running.open(merchant, Network::Trc20, 50).await;
        // They come back: no restart, no hand.
        say(&world, ["61000", "61010", "61020", "61030", "61040"]);
        for _ in 0..20 {
            world.clock.jump(ScriptedSource::POLL_INTERVAL);
            a_while().await;
        }
        until_rate(&running, "61020").await;
        assert!(!refused(&running, merchant).await);
        world.end(running).await;
    });
}

#[test]
fn nothing_older_than_the_maximum_age_is_used_though_nobody_answers() {
    story(async |_| {
        let world = world(["60000", "60010", "60020", "60030", "60040"]);
        let running = world.start().await;
        until_rate(&running, "60020").await;
        world.sources.iter().for_each(|source| source.say(Says::Hangs));
        let heard_at = rate(&running).unwrap().at;
        until("all hang", || {
            world.clock.jump(Span::from_s(1));
            let all = world.sources.iter().map(|source| source.asked()).min().unwrap();
            all >= 2
        })
        .await;
        let asked: Vec<usize> = world.sources.iter().map(|source| source.asked()).collect();
        let left = heard_at.plus(Span::from_minutes(4)).since(world.clock.now());
        world.clock.jump(left);
        assert!(rate(&running).is_ok(), "four minutes are no age");
        world.clock.jump(Span::from_minutes(1).max(Span::from_s(61)));
        until_rate(&running, "-").await;
        // One that has not answered is not asked again.
        assert_eq!(asked, world.sources.iter().map(|source| source.asked()).collect::<Vec<_>>());
        say(&world, ["60000", "60010", "60020", "60030", "60040"]);
        until_rate(&running, "60020").await;
        world.end(running).await;
    });
}

#[test]
fn a_price_is_as_old_as_its_source_says_and_never_from_the_future() {
    story(async |_| {
        let world = world(["60000", "60010", "60020", "60030", "60040"]);
        let now = world.clock.now();
        let of = |at, price| Says::PricesOf(at, BTreeMap::from([(Coin::Btc, price)]));
        // Three that are stuck since six minutes do not count, two alone are too few.
        for source in &world.sources[..3] {
            source.say(of(now.minus(Span::from_minutes(6)), "90000"));
        }
        let running = world.start().await;
        until("two fresh prices are heard", || {
            rate(&running) == Err(NoRate::TooFew { wanted: 3, fresh: 2 })
        })
        .await;
        // A clock that is ahead by an hour does not make its price last an hour.
        for source in &world.sources[..3] {
            source.say(of(now.plus(Span::from_hours(1)), "60000"));
        }
        pass(&world, 1).await;
        until("all five count", || rate(&running).is_ok_and(|rate| rate.sources.len() == 5)).await;
        assert!(rate(&running).unwrap().at <= world.clock.now());
        world.end(running).await;
    });
}

#[test]
fn a_jump_needs_more_who_say_so() {
    story(async |_| {
        let world = world(["60000", "60000", "60000", "60000", "60000"]);
        let running = world.start().await;
        until_rate(&running, "60000").await;
        let merchant = running.merchant("shop", None).await.merchant_id;
        say(&world, ["50000", "50000", "50000", "60000", "60000"]);
        pass(&world, 1).await;
        until("the jump is not believed", || {
            matches!(rate(&running), Err(NoRate::Jumped { wanted: 4, standing: 3, .. }))
        })
        .await;
        assert!(refused(&running, merchant).await);
        say(&world, ["50000", "50000", "50000", "50000", "60000"]);
        pass(&world, 1).await;
        until_rate(&running, "50000").await;
        assert!(!refused(&running, merchant).await);
        world.end(running).await;
    });
}

#[test]
fn a_source_that_panics_or_hangs_stops_no_other() {
    story(async |_| {
        let world = world(["60000", "60010", "60020", "60030", "60040"]);
        world.sources[0].say(Says::Panics);
        world.sources[1].say(Says::Hangs);
        let running = world.start().await;
        until_rate(&running, "60030").await;
        say(&world, ["60000", "60010", "60020", "60030", "60040"]);
        pass(&world, 2).await;
        until_rate(&running, "60020").await;
        world.end(running).await;
    });
}

#[test]
fn a_fixed_price_wins_and_whoever_needs_no_source_asks_none() {
    story(async |_| {
        let mut world = world(["60000", "60010", "60020", "60030", "60040"]);
        world.prices.insert(BTC, 12_345.into());
        let running = world.start().await;
        let fixed = rate(&running).unwrap();
        assert_eq!((fixed.usd_per_coin, fixed.source.as_str()), (12_345.into(), "fixed"));
        assert!(fixed.sources.is_empty());
        // They are asked for the dollar token all the same: its peg is watched.
        until("USDT is watched", || world.sources.iter().all(|source| source.asked() > 0)).await;
        world.end(running).await;

        let mut alone = World::of(&[BTC]);
        alone.sources = vec![Arc::new(ScriptedSource::new("kraken"))];
        let running = alone.start().await;
        assert_eq!(rate(&running).map(|rate| rate.source), Ok("fixed".to_owned()));
        alone.clock.jump(Span::from_minutes(10));
        a_while().await;
        assert_eq!(alone.sources[0].asked(), 0);
        alone.end(running).await;
    });
}

#[test]
fn a_token_off_its_peg_is_taken_one_to_one_all_the_same() {
    story(async |_| {
        let world = world(["60000", "60010", "60020", "60030", "60040"]);
        for source in &world.sources {
            source.say(Says::Prices(BTreeMap::from([(Coin::Usdt, "0.5"), (Coin::Btc, "60000")])));
        }
        let running = world.start().await;
        until_rate(&running, "60000").await;
        let merchant = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(merchant, Network::Trc20, 50).await;
        assert_eq!(invoice.terms.due.to_string(), "50.00");
        assert_eq!(invoice.terms.rate.source, "1:1");
        world.end(running).await;
    });
}
