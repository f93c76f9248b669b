//! Merchant: the only writer of one merchant's account, and the keeper of its idempotency keys in
//! flight. Told by `http` and by the command line.

use crate::gateway::{IdempotencyKey, Unwilling};
use crate::house::House;
use crate::live::{Aggregate, Live};
use crate::registry::{LiveActor, say_left};
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Merchant, MerchantFact};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_storage::{Row, ViewError, Views};
use std::collections::HashSet;
use std::sync::Arc;

/// Makes the account. Answered when it is durable.
#[derive(Debug)]
pub struct Register {
    /// The registration and what belongs to it (keys, secrets, webhook, approval), in order.
    pub facts: Vec<MerchantFact>,
}

impl Message for Register {
    type Result = Result<Arc<Merchant>, Unwilling>;
}

/// Changes the account. Answered when it is durable.
#[derive(Debug)]
pub enum Change {
    /// An admin approves it.
    Approve,
    /// The webhook URL is set, or removed.
    SetWebhook(Option<String>),
}

impl Message for Change {
    type Result = Result<Arc<Merchant>, Unwilling>;
}

/// Reserves an idempotency key. `None`: it is reserved now, until [`Release`].
#[derive(Clone, Copy, Debug)]
pub struct Reserve(pub IdempotencyKey);

impl Message for Reserve {
    type Result = Result<Reserved, Unwilling>;
}

/// What became of a [`Reserve`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The key is the caller's until it is released.
    Fresh,
    /// The request was answered before; the record is in the views.
    Answered,
}

/// Releases a reserved key: the request was refused, or its answer is durable.
#[derive(Clone, Copy, Debug)]
pub struct Release(pub [u8; 32]);

impl Message for Release {
    type Result = ();
}

/// The live copy of one merchant.
pub struct MerchantActor {
    house: House,
    live: Live<Merchant>,
    /// Digests of the idempotency keys whose requests are running.
    in_flight: HashSet<[u8; 32]>,
}

impl Aggregate for Merchant {
    type Id = MerchantId;
    const KIND: &'static str = "merchant";

    fn row(views: &Views, id: MerchantId) -> Result<Option<Row<Merchant>>, ViewError> {
        views.merchant(id)
    }
}

impl LiveActor for MerchantActor {
    type Id = MerchantId;
    const KIND: &'static str = "merchant";

    fn load(house: &House, id: MerchantId) -> Result<Self, Unwilling> {
        let live = Live::load(house.store.clone(), id)?;
        Ok(MerchantActor { house: house.clone(), live, in_flight: HashSet::new() })
    }
}

impl Actor for MerchantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        say_left::<Self>(&self.house, self.live.id(), self.live.last_seq());
    }
}

type Durable = ResponseFuture<Result<Arc<Merchant>, Unwilling>>;

impl MerchantActor {
    fn commit(
        &mut self,
        handler: &'static str,
        decide: impl FnOnce(Option<&Merchant>, Timestamp) -> Result<Vec<MerchantFact>, Unwilling>,
    ) -> Durable {
        let now = self.house.time.now();
        let committed = self.live.guarded(handler, |live| {
            let facts = decide(live.state(), now)?;
            let mut next = live.state().cloned();
            for fact in &facts {
                match &mut next {
                    Some(merchant) => merchant.apply(fact),
                    None => next = Merchant::registered(fact),
                }
            }
            let next = next.ok_or(Unwilling::NotFound)?;
            let id = live.id();
            let facts = facts.into_iter().map(|fact| Fact::Merchant(id, fact)).collect();
            Ok((live.commit(facts, next.clone()), Arc::new(next)))
        });
        Box::pin(async {
            let (ticket, merchant) = committed?;
            ticket.durable().await;
            Ok(merchant)
        })
    }
}

impl Handler<Register> for MerchantActor {
    type Result = Durable;

    fn handle(&mut self, Register { facts }: Register, _: &mut Self::Context) -> Durable {
        self.commit("register", |merchant, _| match merchant {
            // Ids are random: a second registration can only be a mistake of ours.
            Some(_) => Err(Unwilling::Crashed),
            None => Ok(facts),
        })
    }
}

impl Handler<Change> for MerchantActor {
    type Result = Durable;

    fn handle(&mut self, change: Change, _: &mut Self::Context) -> Durable {
        self.commit("change", |merchant, at| {
            let merchant = merchant.ok_or(Unwilling::NotFound)?;
            let fact = match change {
                Change::Approve => merchant.approve(at).map_err(Unwilling::Merchant)?,
                Change::SetWebhook(url) => MerchantFact::WebhookSet { url, at },
            };
            Ok(vec![fact])
        })
    }
}

impl Handler<Reserve> for MerchantActor {
    type Result = Result<Reserved, Unwilling>;

    fn handle(&mut self, Reserve(key): Reserve, _: &mut Self::Context) -> Self::Result {
        let house = self.house.clone();
        let in_flight = &mut self.in_flight;
        self.live.guarded("reserve", |live| {
            // The key is released only when its record is durable, so one of the two always shows it.
            if in_flight.contains(&key.key_digest) {
                return Err(Unwilling::InProgress);
            }
            let answered = house.views().answered(live.id(), &key.key_digest);
            match answered.map_err(crate::read_failed)? {
                Some(answered) if answered.body_digest != key.body_digest => {
                    Err(Unwilling::KeyReused)
                }
                Some(_) => Ok(Reserved::Answered),
                None => {
                    in_flight.insert(key.key_digest);
                    Ok(Reserved::Fresh)
                }
            }
        })
    }
}

impl Handler<Release> for MerchantActor {
    type Result = ();

    fn handle(&mut self, Release(key_digest): Release, _: &mut Self::Context) {
        self.in_flight.remove(&key_digest);
    }
}
