//! Addresses: one per network; the next index, a pool derived ahead, the watched set.
//!
//! An index is taken → put into the watched set → appended with the invoice → durable → shown. The
//! counter is one more than the highest index in an `Opened` fact; an index that was taken and not
//! appended before a crash was shown to nobody.

use crate::gateway::Unwilling;
use crate::watched::Watched;
use actix::prelude::*;
use cryptopayment_chains::vault::accounts::Accounts;
use cryptopayment_domain::invoice::Deposit;
use cryptopayment_domain::network::Network;
use std::collections::VecDeque;
use std::sync::Arc;

/// Addresses held ready; deriving one costs about 60 µs, taking one from the pool nothing.
pub const POOL_MAX: usize = 4096;
/// Addresses derived in one go, between which the pool answers.
const BATCH: u32 = 512;

/// Takes the next address. It is watched from now on.
#[derive(Clone, Copy, Debug)]
pub struct Take;

impl Message for Take {
    type Result = Result<Deposit, Unwilling>;
}

/// One per network.
pub struct Addresses {
    network: Network,
    accounts: Arc<Accounts>,
    watched: Arc<Watched>,
    pool: VecDeque<Deposit>,
    /// The first index that is neither taken nor in the pool nor being derived.
    next_to_derive: u32,
    deriving: bool,
}

impl Addresses {
    /// The addresses of `network` from `next_index` on.
    pub fn new(
        network: Network,
        accounts: Arc<Accounts>,
        watched: Arc<Watched>,
        next_index: u32,
    ) -> Addresses {
        let pool = VecDeque::new();
        Addresses { network, accounts, watched, pool, next_to_derive: next_index, deriving: false }
    }

    fn refill(&mut self, ctx: &mut Context<Self>) {
        if self.deriving || self.pool.len() > POOL_MAX / 2 {
            return;
        }
        self.deriving = true;
        let (network, accounts) = (self.network, self.accounts.clone());
        let from = self.next_to_derive;
        self.next_to_derive = from.saturating_add(BATCH);
        let derive = tokio::task::spawn_blocking(move || {
            (from..from.saturating_add(BATCH))
                .map_while(|index| derive(&accounts, network, index).ok())
                .collect::<Vec<_>>()
        });
        ctx.spawn(derive.into_actor(self).map(|derived, addresses, ctx| {
            addresses.deriving = false;
            let derived = derived.unwrap_or_default();
            // Where nothing can be derived the next to ask is told so; nobody tries for ever.
            if !derived.is_empty() {
                addresses.pool.extend(derived);
                addresses.refill(ctx);
            }
        }));
    }
}

fn derive(accounts: &Accounts, network: Network, index: u32) -> Result<Deposit, Unwilling> {
    let address = accounts.deposit_address(network, index).map_err(|error| {
        tracing::error!(%network, index, %error, "an address cannot be derived");
        Unwilling::Crashed
    })?;
    Ok(Deposit { index, address: address.to_string(), bytes: address.into_bytes() })
}

impl Actor for Addresses {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
        self.refill(ctx);
    }
}

impl Handler<Take> for Addresses {
    type Result = Result<Deposit, Unwilling>;

    fn handle(&mut self, Take: Take, ctx: &mut Self::Context) -> Self::Result {
        let deposit = match self.pool.pop_front() {
            Some(deposit) => deposit,
            None => {
                // The pool is empty: derive here and now rather than refuse. Indexes being derived
                // at this moment are left to them; a gap in the order is nothing.
                let index = self.next_to_derive;
                let deposit = derive(&self.accounts, self.network, index)?;
                self.next_to_derive = index.checked_add(1).ok_or(Unwilling::Crashed)?;
                deposit
            }
        };
        self.watched.add(&deposit.bytes);
        self.refill(ctx);
        Ok(deposit)
    }
}
