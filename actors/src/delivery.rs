//! Delivery: the only writer of one webhook delivery's attempts. Told by the dispatcher when an
//! attempt is due and there is room for it.

use crate::gateway::Unwilling;
use crate::house::House;
use crate::live::{Aggregate, Live};
use crate::ports::{Parcel, Receipt};
use crate::registry::{LiveActor, say_left};
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{AppSecret, Delivery, DeliveryFact, DeliveryState, Outcome};
use cryptopayment_storage::{Row, Ticket, ViewError, Views};

/// Makes one attempt, if one is due. Answered when its end is durable.
#[derive(Clone, Copy, Debug)]
pub struct Attempt;

impl Message for Attempt {
    type Result = Result<Ended, Unwilling>;
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How; none when nothing was due.
    pub outcome: Option<Outcome>,
    /// When the next attempt is due, if one is.
    pub next_at: Option<Timestamp>,
}

/// The live copy of one delivery.
pub struct DeliveryActor {
    house: House,
    live: Live<Delivery>,
}

impl Aggregate for Delivery {
    type Id = EventId;
    const KIND: &'static str = "delivery";

    fn row(views: &Views, id: EventId) -> Result<Option<Row<Delivery>>, ViewError> {
        views.delivery(id)
    }
}

impl LiveActor for DeliveryActor {
    type Id = EventId;
    const KIND: &'static str = "delivery";

    fn load(house: &House, id: EventId) -> Result<Self, Unwilling> {
        Ok(DeliveryActor { house: house.clone(), live: Live::load(house.store.clone(), id)? })
    }
}

impl Actor for DeliveryActor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        say_left::<Self>(&self.house, self.live.id(), self.live.last_seq());
    }
}

/// What is to be carried, or why nothing can be.
enum Errand {
    Nothing(Option<Timestamp>),
    NoEndpoint,
    Carry(Parcel),
}

/// What the courier brought back, or that nothing was due.
type Carried = Result<Result<Receipt, Ended>, Unwilling>;

impl DeliveryActor {
    fn errand(&mut self, now: Timestamp) -> Result<Errand, Unwilling> {
        let house = self.house.clone();
        self.live.guarded("errand", |live| {
            let delivery = live.existing()?;
            match delivery.state {
                DeliveryState::Due(at) if at <= now => {}
                DeliveryState::Due(at) => return Ok(Errand::Nothing(Some(at))),
                DeliveryState::Acknowledged | DeliveryState::Failed => {
                    return Ok(Errand::Nothing(None));
                }
            }
            let queued = &delivery.queued;
            let row = house.views().merchant(queued.merchant).map_err(crate::read_failed)?;
            let merchant = row.ok_or(Unwilling::NotFound)?.value;
            let Some(url) = merchant.webhook_url else { return Ok(Errand::NoEndpoint) };
            let secret = app_secret(&house, queued.merchant, &merchant.app_secret_sealed)?;
            let body = secret.sign_payload(&queued.payload, queued.subject, queued.kind);
            let signature = secret.sign_headers(queued.event, now, &body);
            Ok(Errand::Carry(Parcel { event: queued.event, url, sent_at: now, signature, body }))
        })
    }

    fn record(
        &mut self,
        receipt: Receipt,
        sent_at: Timestamp,
    ) -> Result<(Ended, Ticket), Unwilling> {
        let schedule = self.house.schedule.clone();
        self.live.guarded("record", |live| {
            let delivery = live.existing()?;
            let Receipt { outcome, retry_after, took_ms } = receipt;
            let chance = rand::random();
            let fact = delivery.attempted(
                outcome.clone(),
                sent_at,
                took_ms,
                &schedule,
                chance,
                retry_after,
            );
            let mut next = delivery.clone();
            next.apply(&fact);
            let next_at = match next.state {
                DeliveryState::Due(at) => Some(at),
                DeliveryState::Acknowledged | DeliveryState::Failed => None,
            };
            log(&next, next_at, &fact);
            let ticket = live.commit(vec![Fact::Delivery(live.id(), fact)], next);
            Ok((Ended { outcome: Some(outcome), next_at }, ticket))
        })
    }
}

fn app_secret(
    house: &House,
    merchant: cryptopayment_domain::id::MerchantId,
    sealed: &[u8],
) -> Result<AppSecret, Unwilling> {
    let text = house.privacy.open(merchant, sealed).map_err(|error| {
        tracing::error!(%merchant, %error, "the app secret cannot be opened");
        Unwilling::Crashed
    })?;
    let text = std::str::from_utf8(&text).map_err(|_| Unwilling::Crashed)?;
    AppSecret::parse(text).map_err(|_| Unwilling::Crashed)
}

fn log(delivery: &Delivery, next_at: Option<Timestamp>, fact: &DeliveryFact) {
    let (event, merchant, attempts) =
        (delivery.queued.event, delivery.queued.merchant, delivery.attempts);
    let DeliveryFact::Attempted { outcome, took_ms, .. } = fact else { return };
    let result = if outcome.is_acknowledged() { "acknowledged" } else { "failed" };
    metrics::counter!("webhook_attempts_total", "result" => result).increment(1);
    let next_at = next_at.map(tracing::field::display);
    tracing::info!(%event, %merchant, attempts, took_ms, %outcome, next_at, "webhook attempt");
}

impl Handler<Attempt> for DeliveryActor {
    type Result = ResponseActFuture<Self, Result<Ended, Unwilling>>;

    fn handle(&mut self, Attempt: Attempt, _: &mut Self::Context) -> Self::Result {
        let now = self.house.time.now();
        let errand = self.errand(now);
        let courier = self.house.courier.clone();
        let carried = async move {
            match errand? {
                Errand::Nothing(next_at) => Ok(Err(Ended { outcome: None, next_at })),
                Errand::NoEndpoint => {
                    Ok(Ok(Receipt { outcome: Outcome::NoEndpoint, retry_after: None, took_ms: 0 }))
                }
                Errand::Carry(parcel) => {
                    // Without a courier no dispatcher sends anybody here.
                    let courier = courier.ok_or(Unwilling::NotFound)?;
                    Ok(Ok(courier.deliver(parcel).await))
                }
            }
        };
        let recorded =
            carried.into_actor(self).map(move |carried: Carried, actor, _| match carried? {
                Ok(receipt) => {
                    actor.record(receipt, now).map(|(ended, ticket)| (ended, Some(ticket)))
                }
                Err(nothing) => Ok((nothing, None)),
            });
        let durable = recorded.then(|recorded, actor, _| {
            async {
                let (ended, ticket) = recorded?;
                if let Some(ticket) = ticket {
                    ticket.durable().await;
                }
                Ok(ended)
            }
            .into_actor(actor)
        });
        Box::pin(durable)
    }
}
