//! Rates: what a coin is worth now. Dollar tokens are 1:1; the others have the fixed prices of the
//! configuration.

use crate::gateway::Unwilling;
use crate::ports::TimeSource;
use actix::prelude::*;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::Rate;
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::sync::Arc;

/// Asks for the rate of a network's coin.
#[derive(Clone, Copy, Debug)]
pub struct Quote(pub Network);

impl Message for Quote {
    type Result = Result<Rate, Unwilling>;
}

/// One per process.
pub struct Rates {
    time: Arc<dyn TimeSource>,
    fixed: HashMap<Network, Decimal>,
}

impl Rates {
    /// Rates fixed by the operator, in US dollars a coin.
    pub fn fixed(time: Arc<dyn TimeSource>, fixed: HashMap<Network, Decimal>) -> Rates {
        Rates { time, fixed }
    }
}

impl Actor for Rates {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
    }
}

impl Handler<Quote> for Rates {
    type Result = Result<Rate, Unwilling>;

    fn handle(&mut self, Quote(network): Quote, _: &mut Self::Context) -> Self::Result {
        let at = self.time.now();
        if network.is_dollar() {
            return Ok(Rate::one_to_one(at));
        }
        let price = self.fixed.get(&network).ok_or(Unwilling::RateUnavailable(network))?;
        Ok(Rate { usd_per_coin: *price, source: "fixed".to_owned(), at })
    }
}
