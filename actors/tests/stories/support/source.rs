//! A price source that says what it is told to say.

use super::{Span, Timestamp};
use async_trait::async_trait;
use cryptopayment_actors::ports::{PriceHeard, PriceSource, PricesHeard};
use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::rate::read_price;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

/// What a source says when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// These prices, of this moment.
    Prices(BTreeMap<Coin, &'static str>),
    /// These prices, of that moment.
    PricesOf(Timestamp, BTreeMap<Coin, &'static str>),
    /// That something is wrong.
    Trouble,
    /// Nothing, until it is told otherwise.
    Hangs,
    /// The adapter itself is broken.
    Panics,
}

/// A source with a name.
pub struct ScriptedSource {
    name: String,
    says: watch::Sender<Says>,
    asked: AtomicUsize,
}

impl ScriptedSource {
    /// How often each source is asked.
    pub const POLL_INTERVAL: Span = Span::from_s(30);

    pub fn new(name: &str) -> ScriptedSource {
        let (says, _) = watch::channel(Says::Trouble);
        ScriptedSource { name: name.to_owned(), says, asked: AtomicUsize::new(0) }
    }

    /// From now on it says so.
    pub fn say(&self, says: Says) {
        self.says.send_replace(says);
    }

    /// From now on it says this price of one coin.
    pub fn price(&self, coin: Coin, price: &'static str) {
        self.say(Says::Prices(BTreeMap::from([(coin, price)])));
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn heard(
    prices: &BTreeMap<Coin, &'static str>,
    coins: &[Coin],
    at: Option<Timestamp>,
) -> PricesHeard {
    let asked = prices.iter().filter(|(coin, _)| coins.contains(coin));
    let price = |(coin, price): (&Coin, &&'static str)| {
        let usd_per_coin = read_price(price).unwrap();
        PriceHeard { coin: *coin, usd_per_coin, at }
    };
    PricesHeard { prices: asked.map(price).collect(), trouble: None }
}

#[async_trait]
impl PriceSource for ScriptedSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn prices(&self, coins: &[Coin]) -> PricesHeard {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut says = self.says.subscribe();
        let said = says.wait_for(|says| *says != Says::Hangs).await.unwrap().clone();
        match said {
            Says::Prices(prices) => heard(&prices, coins, None),
            Says::PricesOf(at, prices) => heard(&prices, coins, Some(at)),
            Says::Trouble | Says::Hangs => {
                PricesHeard { prices: Vec::new(), trouble: Some("it answered 503".to_owned()) }
            }
            Says::Panics => panic!("the adapter fell over its own feet"),
        }
    }
}
