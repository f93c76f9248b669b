//! A shop's busy day with the power going every other second. Many merchants' programs open, pay
//! and mine; the gateway is killed at random instants; what it had acknowledged by then must all be
//! there afterwards, once.
//!
//! A sample of kills runs with the other tests; `CRYPTOPAYMENT_TEST_CRASHES=1000` (`just crash`)
//! makes it a thousand.

use cryptopayment_test_support::gateway::merchant::{Opened, same_number};
use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::nodes::amount::{coins, units};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Json, Told, seed};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const VARIABLE: &str = "CRYPTOPAYMENT_TEST_CRASHES";
const SAMPLE: usize = 8;

/// Programs that work at the same time.
const WORKERS: u64 = 6;

/// The longest life between two kills.
const LIFE_MS_MAX: u64 = 1_500;

/// How often a kill is followed by one during the start, and how long after its beginning.
const KILLED_WHILE_STARTING: f64 = 0.25;
const START_MS_MAX: u64 = 400;

/// Networks, with as many blocks as make any payment there deep, and their balances.
const NETWORKS: [(&str, u64, &str); 5] = [
    ("btc", 2, "BTC"),
    ("ltc", 6, "LTC"),
    ("eth", 12, "ETH"),
    ("trc20", 19, "USDT-TRC20"),
    ("bep20", 15, "USDT-BEP20"),
];

/// An invoice the gateway acknowledged, and how far its customer got.
struct Acknowledged {
    network: usize,
    invoice: Opened,
    /// Seen in an answer: it must never be unsaid.
    confirmed: bool,
    /// How its payment was answered: asked for and never answered may or may not have happened.
    pay: Pay,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pay {
    NotAsked,
    Unanswered,
    Acknowledged,
}

/// An invoice asked for and never answered: made or not, and asked for again after the kill.
struct Unanswered {
    network: usize,
    order: String,
}

/// What all lives so far have acknowledged.
#[derive(Default)]
struct Ledger {
    invoices: Vec<Acknowledged>,
    kills: usize,
}

fn kills_wanted() -> usize {
    std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(SAMPLE)
}

/// One program's work until the gateway is gone: open, pay, mine, look.
async fn work(
    gateway: &Gateway,
    shop: &Merchant,
    mut chance: StdRng,
) -> (Vec<Acknowledged>, Option<Unanswered>) {
    let mut done = Vec::new();
    loop {
        let network = chance.random_range(0..NETWORKS.len());
        let (name, depth, _) = NETWORKS[network];
        let order = format!("order-{:016x}", chance.random::<u64>());
        let Ok(invoice) = shop.open_once(name, &order).await else {
            return (done, Some(Unanswered { network, order }));
        };
        let mut made = Acknowledged { network, invoice, confirmed: false, pay: Pay::NotAsked };
        let lived = live(gateway, shop, &mut made, depth, &mut chance).await;
        done.push(made);
        if lived.is_err() {
            return (done, None);
        }
    }
}

async fn live(
    gateway: &Gateway,
    shop: &Merchant,
    made: &mut Acknowledged,
    depth: u64,
    chance: &mut StdRng,
) -> Told<()> {
    if chance.random_bool(0.2) {
        return Ok(());
    }
    made.pay = Pay::Unanswered;
    gateway.pay(&made.invoice.address, Some(&made.invoice.amount)).await?;
    made.pay = Pay::Acknowledged;
    let (name, _, _) = NETWORKS[made.network];
    gateway.mine(name, chance.random_range(1..=depth)).await?;
    let now = shop.invoice(&made.invoice.id).await?;
    made.confirmed = now.text("status")? == "confirmed";
    Ok(())
}

/// One life: everybody works, until the kill.
async fn one_life(gateway: &mut Gateway, ledger: &mut Ledger, chance: &mut StdRng) -> Told<()> {
    let shop = gateway.merchant()?;
    let life = Duration::from_millis(chance.random_range(20..=LIFE_MS_MAX));
    let workers: Vec<StdRng> =
        (0..WORKERS).map(|_| StdRng::seed_from_u64(chance.random())).collect();
    let killer = gateway.killer()?;
    let kill = async {
        tokio::time::sleep(life).await;
        killer.kill()
    };
    let work = workers.into_iter().map(|chance| work(gateway, &shop, chance));
    let (done, killed) = tokio::join!(join_all(work), kill);
    killed?;
    ledger.kills += 1;
    gateway.kill();
    while chance.random_bool(KILLED_WHILE_STARTING) {
        gateway.spawn()?;
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..=START_MS_MAX))).await;
        gateway.kill();
        ledger.kills += 1;
    }
    gateway.start().await?;
    let shop = gateway.merchant()?;
    for (acknowledged, cut_off) in done {
        ledger.invoices.extend(acknowledged);
        if let Some(unanswered) = cut_off {
            ledger.invoices.push(ask_again(&shop, unanswered).await?);
        }
    }
    Ok(())
}

/// What was cut off is asked for again under the same key: there is one such invoice, not two.
async fn ask_again(
    shop: &Merchant,
    Unanswered { network, order }: Unanswered,
) -> Told<Acknowledged> {
    let invoice = shop.open_once(NETWORKS[network].0, &order).await?;
    let path = format!("/invoices?order_id={order}");
    let list = shop.call("GET", &path, "").await?.expect(200)?;
    if list.count("pagination.total")? != 1 || list.text("invoices.0.id")? != invoice.id {
        return Err(Failure::new(format!("{order} was made twice: {list}")));
    }
    Ok(Acknowledged { network, invoice, confirmed: false, pay: Pay::NotAsked })
}

/// Every acknowledged invoice is there with the same address and amount; none confirmed is less.
async fn nothing_acknowledged_is_lost(shop: &Merchant, invoices: &[Acknowledged]) -> Told<()> {
    for made in invoices {
        let now = shop.invoice(&made.invoice.id).await?;
        let same = now.text("address")? == made.invoice.address
            && now.number("amount_crypto")? == made.invoice.amount;
        if !same {
            return Err(Failure::new(format!("{} is another now: {now}", made.invoice.id)));
        }
        if made.confirmed && now.text("status")? != "confirmed" {
            return Err(Failure::new(format!("{} was confirmed: {now}", made.invoice.id)));
        }
    }
    Ok(())
}

/// One more payment on each network, and its confirmation: blocks are read in order, so whatever
/// was mined before has been read when this one is deep.
async fn all_is_read(gateway: &Gateway, shop: &Merchant, ledger: &mut Ledger) -> Told<()> {
    for (network, (name, depth, _)) in NETWORKS.into_iter().enumerate() {
        let invoice = shop.open(name, "50.00").await?;
        gateway.pay(&invoice.address, Some(&invoice.amount)).await?;
        gateway.mine(name, depth).await?;
        shop.wait_status(&invoice.id, "confirmed", "").await?;
        let pay = Pay::Acknowledged;
        ledger.invoices.push(Acknowledged { network, invoice, confirmed: true, pay });
    }
    Ok(())
}

/// Each acknowledged payment is credited once, and nothing else is.
async fn the_books_are_right(shop: &Merchant, ledger: &Ledger) -> Told<()> {
    let mut credited: BTreeMap<&str, u64> = BTreeMap::new();
    for made in &ledger.invoices {
        let (_, _, coin) = NETWORKS[made.network];
        let paid = was_paid_once(shop, made).await?;
        *credited.entry(coin).or_default() += if paid { units(&made.invoice.amount)? } else { 0 };
    }
    for (_, _, coin) in NETWORKS {
        let wanted = coins(credited.get(coin).copied().unwrap_or_default());
        shop.wait_available(coin, &wanted).await?;
    }
    Ok(())
}

/// Whether the invoice's payment happened; an acknowledged one must have, and none twice.
async fn was_paid_once(shop: &Merchant, made: &Acknowledged) -> Told<bool> {
    let id = &made.invoice.id;
    let now = match made.pay {
        Pay::NotAsked => shop.invoice(id).await?,
        Pay::Acknowledged => shop.wait_status(id, "confirmed", "").await?,
        Pay::Unanswered => {
            shop.wait_invoice(id, "is decided", |now| {
                now.text("status").is_ok_and(|status| status != "confirming")
            })
            .await?
        }
    };
    let payments = now.list("payments")?;
    let paid = payments.iter().all(|one| one.text("state").is_ok_and(|state| state == "confirmed"))
        && payments.len() == 1
        && same_number(now.number("paid_amount")?, &made.invoice.amount);
    let unpaid = payments.is_empty();
    let right = match made.pay {
        Pay::NotAsked => unpaid,
        Pay::Unanswered => paid || unpaid,
        Pay::Acknowledged => paid,
    };
    if right { Ok(paid) } else { Err(Failure::new(format!("{:?}, but {now}", made.pay))) }
}

/// Both events of each confirmed invoice have come, signed, and each says the same every time.
async fn the_merchant_was_told(told: &Receiver, shop: &Merchant, ledger: &Ledger) -> Told<()> {
    let paid: Vec<&Acknowledged> =
        ledger.invoices.iter().filter(|made| made.pay == Pay::Acknowledged).collect();
    wait::within(Duration::from_secs(180), "every webhook is delivered", async || {
        let mut by_event: BTreeMap<(String, String), Vec<Json>> = BTreeMap::new();
        for delivery in told.received() {
            let key = (delivery.invoice_id()?, delivery.event()?);
            by_event.entry(key).or_default().push(delivery.json()?);
        }
        for made in &paid {
            for event in ["payment_detected", "payment_confirmed"] {
                let key = (made.invoice.id.clone(), event.to_owned());
                let Some(copies) = by_event.get(&key) else {
                    return Ok(Look::NotYet(format!("{event} of {} is missing", key.0)));
                };
                if copies.iter().any(|copy| *copy != copies[0]) {
                    return Ok(Look::There(Err(Failure::new(format!("not the same: {copies:?}")))));
                }
            }
        }
        Ok(Look::There(Ok(())))
    })
    .await??;
    told.received().iter().try_for_each(|delivery| delivery.verify(&shop.app_secret))
}

#[tokio::test]
async fn kills_under_load_lose_nothing_and_double_nothing() -> Told<()> {
    let mut chance = seed::chance_for("crash");
    let mut gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let told = Receiver::start().await?;
    gateway.merchant()?.set_webhook(&told.url()).await?;
    let mut ledger = Ledger::default();
    let begun = Instant::now();
    let wanted = kills_wanted();
    while ledger.kills < wanted {
        let before = ledger.invoices.len();
        one_life(&mut gateway, &mut ledger, &mut chance).await?;
        let shop = gateway.merchant()?;
        let fresh = nothing_acknowledged_is_lost(&shop, &ledger.invoices[before..]);
        timeout(Duration::from_secs(120), fresh).await??;
        if ledger.kills % 50 == 0 {
            let (kills, invoices) = (ledger.kills, ledger.invoices.len());
            eprintln!("{kills} kills, {invoices} invoices, {:?}", begun.elapsed());
        }
    }
    let shop = gateway.merchant()?;
    nothing_acknowledged_is_lost(&shop, &ledger.invoices).await?;
    all_is_read(&gateway, &shop, &mut ledger).await?;
    the_books_are_right(&shop, &ledger).await?;
    the_merchant_was_told(&told, &shop, &ledger).await?;
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit")?;
    let (kills, invoices) = (ledger.kills, ledger.invoices.len());
    eprintln!("{kills} kills, {invoices} invoices, nothing lost, nothing twice");
    Ok(())
}
