//! The board: every price heard, and the rate that follows from them. Whoever needs a rate reads
//! it here and wakes no actor.

use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::{
    Agreement, LastGood, NoRate, Rate, RateRules, SourcePrice, agree,
};
use cryptopayment_domain::time::{Span, Timestamp};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// What the prices heard so far come to. A new one is published whenever a source has spoken.
#[derive(Clone)]
pub struct RateBoard {
    rules: RateRules,
    fixed: HashMap<Network, Decimal>,
    /// The last price that each source said of each coin, however old.
    heard: BTreeMap<Coin, Vec<SourcePrice>>,
    /// Medians that were good: what a jump is told by.
    last_good: BTreeMap<Coin, LastGood>,
    /// What was agreed on when a source last spoke; holds until its oldest price is too old.
    agreed: BTreeMap<Coin, Agreement>,
}

impl RateBoard {
    /// A board on which nothing is written but the operator's own prices.
    pub(super) fn new(rules: RateRules, fixed: HashMap<Network, Decimal>) -> RateBoard {
        let (heard, last_good, agreed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        RateBoard { rules, fixed, heard, last_good, agreed }
    }

    /// The rules that prices are held to.
    pub const fn rules(&self) -> &RateRules {
        &self.rules
    }

    /// The rate of a network's coin at `now`: 1:1, the operator's own, or the sources'.
    ///
    /// # Errors
    /// [`NoRate`], with the reason.
    pub fn rate(&self, network: Network, now: Timestamp) -> Result<Rate, NoRate> {
        if network.is_dollar() {
            return Ok(Rate::one_to_one(now));
        }
        if let Some(price) = self.fixed.get(&network) {
            return Ok(Rate::fixed(*price, now));
        }
        if self.rules.sources == 0 {
            return Err(NoRate::NotConfigured);
        }
        let coin = Coin::of(network);
        match self.agreed.get(&coin) {
            Some(agreed) if now <= agreed.holds_until => Ok(agreed.rate.clone()),
            // A price has grown too old since: without it the sources may say something else.
            Some(_) | None => self.reckon(coin, now).map(|agreed| agreed.rate),
        }
    }

    /// The rate of a network's coin at `now` before the spread.
    ///
    /// # Errors
    /// As [`RateBoard::rate`].
    pub fn market_rate(&self, network: Network, now: Timestamp) -> Result<Rate, NoRate> {
        let rate = self.rate(network, now)?;
        if rate.spread_basis_points == 0 {
            return Ok(rate);
        }
        let Agreement { rate, median, .. } = self.reckon(Coin::of(network), now)?;
        Ok(Rate { usd_per_coin: median, spread_basis_points: 0, ..rate })
    }

    /// Whether a network's rate is the sources' business.
    pub(super) fn is_asked_for(&self, network: Network) -> bool {
        self.rules.sources > 0 && !network.is_dollar() && !self.fixed.contains_key(&network)
    }

    /// What the sources say of a coin, whether it is used or not.
    pub(super) fn reckon(&self, coin: Coin, now: Timestamp) -> Result<Agreement, NoRate> {
        agree(self.heard(coin), self.last_good.get(&coin), &self.rules, now)
    }

    /// The last price that each source said of a coin, however old.
    pub(super) fn heard(&self, coin: Coin) -> &[SourcePrice] {
        self.heard.get(&coin).map_or(&[], Vec::as_slice)
    }

    /// How long ago the newest price of a coin was so; none where none was ever heard.
    pub(super) fn age(&self, coin: Coin, now: Timestamp) -> Option<Span> {
        self.heard(coin).iter().map(|price| now.since(price.at)).min()
    }

    /// Writes down what a source said, in place of what it said before.
    pub(super) fn hear(&mut self, coin: Coin, price: SourcePrice) {
        let heard = self.heard.entry(coin).or_default();
        match heard.iter_mut().find(|known| known.source == price.source) {
            Some(known) => *known = price,
            None => heard.push(price),
        }
    }

    /// Writes down what was agreed on at `now`, or that nothing is.
    pub(super) fn agree_on(&mut self, coin: Coin, agreed: Option<Agreement>, now: Timestamp) {
        match agreed {
            Some(agreed) => {
                self.last_good.insert(coin, LastGood { median: agreed.median, at: now });
                self.agreed.insert(coin, agreed);
            }
            None => {
                self.agreed.remove(&coin);
            }
        }
    }
}
