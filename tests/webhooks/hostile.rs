//! Endpoints that mean harm, each a merchant's own, beside good ones: no good delivery waits for a
//! hostile one, nobody gets more than eight at once, and the gateway's memory stays what it was.
//!
//! `CRYPTOPAYMENT_TEST_DELIVERIES` says how many good deliveries there are beside them (and as many
//! before, alone); a sample unless given.

use crate::GATEWAY;
use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::hostile::{HostileEndpoint, Malice};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Json, Told};
use futures::StreamExt;
use futures::stream;
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::Instant;

/// Good deliveries of each half, unless told otherwise.
const SAMPLE: usize = 300;
/// Merchants whose endpoints are good.
const GOOD: usize = 4;
/// Events that wait for each hostile endpoint: more than may be in flight, for as long as it lasts.
const EVENTS_EACH: usize = 24;
/// What an endpoint may have in flight.
const IN_FLIGHT_MAX: usize = 8;
/// How long the gateway stays with an endpoint that says nothing.
const HOSTILE_TAKES: Duration = Duration::from_secs(15);
/// How many times longer the median delivery may take beside them, on a machine that is busy itself.
const SLOWER_MAX: u32 = 20;
/// Requests to the gateway at once.
const CLIENTS: usize = 16;
/// How much more memory the gateway may hold at its most, in MiB.
const GROWTH_MAX_MIB: u64 = 192;

/// A merchant with an endpoint of its own, told of every invoice it opens.
async fn merchant(gateway: &Gateway, name: &str, url: &str) -> Told<Merchant> {
    let email = format!("{name}@example.com");
    let made = gateway.run(&["merchant", "create", &email, "--approve", "--json"])?;
    let made = made.must_succeed("merchant create")?;
    let merchant = Merchant::from_json(gateway.address()?, &Json::parse(made.as_bytes())?)?;
    let body = format!(r#"{{"url":"{url}","events":["invoice_created"]}}"#);
    merchant.call("PUT", "/webhook", &body).await?.expect(200)?;
    Ok(merchant)
}

/// Opens so many invoices, the merchants in turn; answers when each was asked for.
async fn open(merchants: &[Merchant], count: usize) -> Told<HashMap<String, Instant>> {
    let asked = stream::iter(merchants.iter().cycle().take(count)).map(|merchant| async move {
        let at = Instant::now();
        merchant.open("trc20", "50.00").await.map(|invoice| (invoice.id, at))
    });
    asked.buffer_unordered(CLIENTS).collect::<Vec<_>>().await.into_iter().collect()
}

/// How long each of these took from the request that opened it to its webhook, in order.
async fn delays(told: &[Receiver], opened: &HashMap<String, Instant>) -> Told<Vec<Duration>> {
    wait::until("every good delivery has arrived", async || {
        let came: usize = told.iter().map(Receiver::count).sum();
        Ok(Look::when(came >= opened.len(), (), || format!("{came} of {}", opened.len())))
    })
    .await?;
    let (mut delays, mut opened) = (Vec::new(), opened.clone());
    let count = opened.len();
    for delivery in told.iter().flat_map(Receiver::take) {
        assert_eq!(delivery.request.path, "/webhook", "a redirect was followed");
        let id = delivery.invoice_id()?;
        let asked = opened.remove(&id).ok_or_else(|| Failure::new(format!("{id} came twice")))?;
        delays.push(delivery.at - asked);
    }
    assert_eq!(delays.len(), count, "each once");
    delays.sort_unstable();
    Ok(delays)
}

/// Median, the 99th of a hundred, and the slowest.
fn figures(delays: &[Duration]) -> (Duration, Duration, Duration) {
    let at = |share: usize| delays[(delays.len() * share / 100).min(delays.len() - 1)];
    (at(50), at(99), at(100))
}

/// A line of the process' `/proc/PID/status`, in MiB.
fn memory_mib(gateway: &Gateway, line: &str) -> Told<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.id()?))?;
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    let kib = found.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    Ok(kib.parse::<u64>()? / 1024)
}

/// Everything an endpoint can do, by name.
fn malices(elsewhere: &str) -> Vec<(&'static str, Malice)> {
    vec![
        ("silent", Malice::Silent),
        ("silent-too", Malice::Silent),
        ("drips-head", Malice::DripsHead),
        ("drips-body", Malice::DripsBody),
        ("huge", Malice::Huge),
        ("headers", Malice::EndlessHeaders),
        ("interim", Malice::EndlessInterim),
        ("redirects", Malice::Redirect(elsewhere.to_owned())),
        ("resets", Malice::Reset),
        ("babbles", Malice::Babbles),
        ("gone", Malice::Says(410, "")),
        ("limits", Malice::Says(429, "Retry-After: 86400\r\n")),
        ("fails", Malice::Says(500, "")),
        ("gzip", Malice::Bomb("gzip")),
        ("br", Malice::Bomb("br")),
        ("deflate", Malice::Bomb("deflate")),
        ("flaps", Malice::Flaps),
    ]
}

/// A hostile merchant.
struct Foe {
    name: &'static str,
    endpoint: HostileEndpoint,
    merchant: Merchant,
}

async fn foes(gateway: &Gateway, elsewhere: &str) -> Told<Vec<Foe>> {
    let mut foes = Vec::new();
    for (name, malice) in malices(elsewhere) {
        // What babbles does so where TLS is spoken.
        let scheme = if matches!(malice, Malice::Babbles) { "https" } else { "http" };
        let endpoint = HostileEndpoint::start(malice).await?;
        let url = format!("{scheme}://{}/webhook", endpoint.address);
        let merchant = merchant(gateway, name, &url).await?;
        foes.push(Foe { name, endpoint, merchant });
    }
    Ok(foes)
}

/// Every event is still there, and whoever could be in flight was, up to the bound and no further.
async fn are_kept_within_bounds(foes: &[Foe]) -> Told<()> {
    for Foe { name, endpoint, merchant } in foes {
        let most = endpoint.counts.most_in_flight.load(Relaxed);
        assert!(most <= IN_FLIGHT_MAX, "{name} had {most} at once");
        if name.starts_with("silent") || name.starts_with("drips") {
            assert_eq!(most, IN_FLIGHT_MAX, "{name} gets as many as anybody");
        }
        let events = merchant.call("GET", "/events?limit=100", "").await?.expect(200)?;
        assert_eq!(events.list("events")?.len(), EVENTS_EACH, "{name} lost an event");
    }
    Ok(())
}

#[tokio::test]
async fn no_good_delivery_waits_for_a_hostile_one() -> Told<()> {
    let count = std::env::var("CRYPTOPAYMENT_TEST_DELIVERIES").ok();
    let count = count.map_or(Ok(SAMPLE), |count| count.parse())?;
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let (mut told, mut good) = (Vec::new(), Vec::new());
    for number in 0..GOOD {
        let receiver = Receiver::start().await?;
        good.push(merchant(&gateway, &format!("good-{number}"), &receiver.url()).await?);
        told.push(receiver);
    }
    let elsewhere = told[0].url().replace("/webhook", "/elsewhere");
    let foes = foes(&gateway, &elsewhere).await?;

    let alone = figures(&delays(&told, &open(&good, count).await?).await?);
    let before_mib = memory_mib(&gateway, "VmHWM:")?;

    let hostile: Vec<Merchant> = foes.iter().map(|foe| foe.merchant.clone()).collect();
    open(&hostile, EVENTS_EACH * hostile.len()).await?;
    let busy = || foes.iter().map(|foe| foe.endpoint.counts.in_flight.load(Relaxed)).sum::<usize>();
    wait::until("all hostile ones are at it", async || {
        let idle = |foe: &&Foe| foe.endpoint.counts.bothered.load(Relaxed) == 0;
        let idle: Vec<_> = foes.iter().filter(idle).map(|foe| foe.name).collect();
        Ok(Look::when(idle.is_empty(), (), || format!("not {idle:?}")))
    })
    .await?;
    let beside = figures(&delays(&told, &open(&good, count).await?).await?);
    let still_busy = busy();
    let after_mib = memory_mib(&gateway, "VmHWM:")?;

    println!(
        "{count} good deliveries (median, p99, slowest): alone {alone:.1?}, beside {} hostile \
         endpoints {beside:.1?}; memory at most {before_mib} MiB before, {after_mib} MiB after",
        foes.len(),
    );
    assert!(still_busy > 0, "nobody was hostile any more when the last good one arrived");
    assert!(beside.0 < SLOWER_MAX * alone.0, "they are delayed: {alone:?} became {beside:?}");
    assert!(beside.2 < HOSTILE_TAKES, "one waited as long as a hostile one takes: {beside:?}");
    assert!(after_mib <= before_mib + GROWTH_MAX_MIB, "{before_mib} MiB became {after_mib}");
    are_kept_within_bounds(&foes).await
}
