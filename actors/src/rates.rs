//! Rates: one per process; owns what the price sources have said. Told by its own clock. It asks
//! each source by itself, writes on the board what it hears, and says in the log what changes;
//! `domain::rate` decides. Dollar tokens are 1:1, and watched for a de-peg.

mod board;
mod source;
mod voice;

pub use board::RateBoard;

use crate::clock::Alarm;
use crate::house::House;
use crate::ports::{PriceSource, PricesHeard};
use actix::prelude::*;
use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::{RateRules, SourcePrice, peg};
use cryptopayment_domain::time::{Span, Timestamp};
use futures::FutureExt;
use rust_decimal::Decimal;
use source::Asked;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::watch;
use voice::Voice;

/// Where prices come from, and what is asked of them.
#[derive(Clone)]
pub struct RateParts {
    /// Prices that the operator decided, in US dollars a coin; they win over all sources.
    pub fixed: HashMap<Network, Decimal>,
    /// Who is asked.
    pub sources: Vec<Arc<dyn PriceSource>>,
    /// What is asked of them; `sources` is counted here.
    pub rules: RateRules,
    /// How often each source is asked.
    pub poll_interval: Span,
}

impl RateParts {
    /// The operator's own prices only: nobody is asked.
    pub fn fixed(fixed: HashMap<Network, Decimal>) -> RateParts {
        let (sources, rules) = (Vec::new(), RateRules::default());
        RateParts { fixed, sources, rules, poll_interval: Span::from_s(30) }
    }

    /// The coins that sources must be asked for where these networks are on: those without a fixed
    /// price, and a dollar token for its peg.
    fn coins(&self, networks: &[Network]) -> Vec<Coin> {
        let open = networks.iter().filter(|network| !self.fixed.contains_key(network));
        let mut coins: Vec<Coin> = open.map(|network| Coin::of(*network)).collect();
        coins.sort_unstable();
        coins.dedup();
        coins
    }
}

/// One per process.
pub struct Rates {
    house: House,
    sources: Vec<Asked>,
    coins: Vec<Coin>,
    poll_interval: Span,
    /// The alarm that is set, so that answers do not multiply alarms.
    alarm_at: Option<Timestamp>,
    voice: Voice,
    board: watch::Sender<Arc<RateBoard>>,
}

impl Rates {
    /// Rates for these networks, and the board on which they will be written.
    pub fn new(
        house: House,
        parts: RateParts,
        networks: &[Network],
    ) -> (Rates, watch::Receiver<Arc<RateBoard>>) {
        let coins = parts.coins(networks);
        let RateParts { fixed, sources, rules, poll_interval } = parts;
        let rules = RateRules { sources: sources.len(), ..rules };
        let (board, receiver) = watch::channel(Arc::new(RateBoard::new(rules, fixed)));
        let sources = sources.into_iter().map(Asked::never).collect();
        let (alarm_at, voice) = (None, Voice::default());
        let rates = Rates { house, sources, coins, poll_interval, alarm_at, voice, board };
        (rates, receiver)
    }

    /// Asks every source whose time has come. One that has not answered yet is not asked again.
    fn ask(&mut self, ctx: &mut Context<Self>) {
        if self.coins.is_empty() {
            return;
        }
        let now = self.house.time.now();
        for place in 0..self.sources.len() {
            if self.sources[place].is_due(now) {
                self.ask_one(place, ctx);
            }
        }
    }

    fn ask_one(&mut self, place: usize, ctx: &mut Context<Self>) {
        let (source, coins) = (self.sources[place].begin(), self.coins.clone());
        let asking = AssertUnwindSafe(async move { source.prices(&coins).await }).catch_unwind();
        ctx.spawn(asking.into_actor(self).map(move |answer, rates, ctx| {
            let heard = answer.unwrap_or_else(|panic| {
                metrics::counter!("actor_restarts_total", "actor" => "rates").increment(1);
                let reason = crate::panics::reason(panic.as_ref());
                let trouble = Some(format!("asking it panicked: {reason}"));
                PricesHeard { prices: Vec::new(), trouble }
            });
            rates.heard(place, heard, ctx);
        }));
    }

    fn heard(&mut self, place: usize, heard: PricesHeard, ctx: &mut Context<Self>) {
        let now = self.house.time.now();
        let pause = self.sources[place].ended(&heard, now, self.poll_interval);
        let source = self.sources[place].name();
        let mut board = RateBoard::clone(&self.board.borrow());
        for price in heard.prices.iter().filter(|price| self.coins.contains(&price.coin)) {
            // A source's clock may be ahead of ours; its prices are not.
            let at = price.at.map_or(now, |at| at.min(now));
            let (source, usd_per_coin) = (source.to_owned(), price.usd_per_coin);
            board.hear(price.coin, SourcePrice { source, usd_per_coin, at });
        }
        self.reckon(board, now);
        self.wait(pause, ctx);
    }

    /// Agrees on every coin again, and publishes what came of it.
    fn reckon(&mut self, mut board: RateBoard, now: Timestamp) {
        for coin in &self.coins {
            if *coin == Coin::Usdt {
                self.voice.peg(peg(board.heard(*coin), board.rules(), now));
                continue;
            }
            let reckoned = board.reckon(*coin, now);
            self.voice.say(*coin, &reckoned);
            board.agree_on(*coin, reckoned.ok(), now);
        }
        self.board.send_replace(Arc::new(board));
    }

    fn wait(&mut self, at: Timestamp, ctx: &Context<Self>) {
        if self.alarm_at.is_none_or(|set| at < set) {
            self.alarm_at = Some(at);
            self.house.wake(at, ctx.address().recipient());
        }
    }
}

impl Actor for Rates {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
        self.ask(ctx);
    }
}

impl Handler<Alarm> for Rates {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, ctx: &mut Self::Context) {
        if self.alarm_at.is_none_or(|set| set > self.house.time.now()) {
            return;
        }
        self.alarm_at = None;
        self.ask(ctx);
        if let Some(next) = self.sources.iter().filter_map(Asked::next_at).min() {
            self.wait(next, ctx);
        }
    }
}
