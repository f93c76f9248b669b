//! Delivery: the only writer of one webhook delivery's attempts. Told by the dispatcher when an
//! attempt is due and there is room for it.

use crate::gateway::Unwilling;
use crate::house::House;
use crate::live::{Aggregate, Live};
use crate::merchant::{Change, MerchantActor};
use crate::ports::{Parcel, Receipt};
use crate::registry::{LiveActor, say_left};
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::merchant::Secrets;
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::webhook::{
    self, AppSecret, Delivery, DeliveryFact, DeliveryState, Exchange, Outcome, Queued,
};
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
    /// The endpoint is paused: nothing was sent, and what is due waits.
    pub paused: bool,
    /// How long the endpoint took.
    pub took: Span,
}

/// Begins a delivery that no other aggregate's commit carries: a test of the endpoint. Answered
/// when it is durable.
#[derive(Clone, Debug)]
pub struct Begin(pub Queued);

impl Message for Begin {
    type Result = Result<Delivery, Unwilling>;
}

/// Asks for the event once more: an attempt is due now, and the schedule begins anew. Answered
/// when that is durable.
#[derive(Clone, Copy, Debug)]
pub struct Redeliver;

impl Message for Redeliver {
    type Result = Result<Delivery, Unwilling>;
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
    Paused,
    NoEndpoint,
    Carry(Box<Load>),
}

/// What is carried, and what is noted of it.
struct Load {
    merchant: MerchantId,
    parcel: Parcel,
    body_signature: String,
    /// The delivery as it sets out: whether its endpoint says farewell.
    delivery: Delivery,
}

/// What the courier brought back, or that nothing was due.
type Carried = Result<Result<(Receipt, Option<Exchange>), Ended>, Unwilling>;

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
            let id = delivery.queued.merchant;
            let row = house.views().merchant(id).map_err(crate::read_failed)?;
            let merchant = row.ok_or(Unwilling::NotFound)?.value;
            if merchant.paused.is_some() {
                return Ok(Errand::Paused);
            }
            let Some(url) = merchant.webhook_url.clone() else { return Ok(Errand::NoEndpoint) };
            load(&house, delivery, url, merchant.secrets(now), now)
                .map(|load| Errand::Carry(Box::new(load)))
        })
    }

    fn record(
        &mut self,
        receipt: Receipt,
        exchange: Option<Exchange>,
        sent_at: Timestamp,
    ) -> Result<(Ended, Ticket), Unwilling> {
        let schedule = self.house.schedule.clone();
        self.live.guarded("record", |live| {
            let delivery = live.existing()?;
            let Receipt { outcome, retry_after, took_ms, .. } = receipt;
            let (told, at) = (outcome.clone(), sent_at);
            let ended = webhook::Ended { outcome: told, at, took_ms, retry_after, exchange };
            let fact = delivery.attempted(ended, &schedule, rand::random());
            let mut next = delivery.clone();
            next.apply(&fact);
            let next_at = match next.state {
                DeliveryState::Due(at) => Some(at),
                DeliveryState::Acknowledged | DeliveryState::Failed => None,
            };
            log(&next, next_at, &fact);
            let ticket = live.commit(vec![Fact::Delivery(live.id(), fact)], next);
            let took = Span::from_ms(u64::from(took_ms));
            Ok((Ended { outcome: Some(outcome), next_at, paused: false, took }, ticket))
        })
    }

    fn commit(
        &mut self,
        handler: &'static str,
        decide: impl FnOnce(Option<&Delivery>) -> Result<(DeliveryFact, Delivery), Unwilling>,
    ) -> Durable {
        let committed = self.live.guarded(handler, |live| {
            let (fact, next) = decide(live.state())?;
            let ticket = live.commit(vec![Fact::Delivery(live.id(), fact)], next.clone());
            Ok((ticket, next))
        });
        Box::pin(async {
            let (ticket, delivery) = committed?;
            ticket.durable().await;
            Ok(delivery)
        })
    }
}

type Durable = ResponseFuture<Result<Delivery, Unwilling>>;

/// Signs what is sent: the body with the current secret, the headers with each that is in use,
/// separated by a space as Standard Webhooks has it.
fn load(
    house: &House,
    delivery: &Delivery,
    url: String,
    secrets: Secrets<'_>,
    now: Timestamp,
) -> Result<Load, Unwilling> {
    let queued = &delivery.queued;
    let current = app_secret(house, queued.merchant, secrets.current)?;
    let body = current.sign_payload(&queued.payload, queued.subject, queued.kind);
    let body_signature = current.sign_body(queued.subject, queued.kind);
    let mut signature = current.sign_headers(queued.event, now, &body);
    if let Some(next) = secrets.next {
        let next = app_secret(house, queued.merchant, next)?;
        signature = format!("{signature} {}", next.sign_headers(queued.event, now, &body));
    }
    let parcel = Parcel { event: queued.event, url, sent_at: now, signature, body };
    let (merchant, delivery) = (queued.merchant, delivery.clone());
    Ok(Load { merchant, parcel, body_signature, delivery })
}

/// Carries it, and pauses an endpoint that says farewell before the attempt is noted: after a
/// crash between the two it is paused, and the delivery still due.
async fn carry(house: &House, load: Load) -> Result<(Receipt, Option<Exchange>), Unwilling> {
    // Without a courier no dispatcher sends anybody here.
    let courier = house.courier.clone().ok_or(Unwilling::NotFound)?;
    let Load { merchant, parcel, body_signature, delivery } = load;
    let (url, sent_at, event) = (parcel.url.clone(), parcel.sent_at, parcel.event);
    let header_signature = parcel.signature.clone();
    let receipt = courier.deliver(parcel).await;
    if delivery.is_farewell(&receipt.outcome, &house.schedule) {
        let actor = house.find::<MerchantActor>(merchant).await?;
        let pause = Change::Pause { url: url.clone(), sent_at, event };
        actor.send(pause).await.map_err(|_| Unwilling::Crashed)??;
    }
    let answer = receipt.answer.clone();
    let exchange = Exchange { url, header_signature, body_signature, answer };
    Ok((receipt, Some(exchange)))
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
    let DeliveryFact::Attempted(attempt) = fact else { return };
    let (outcome, took_ms) = (&attempt.outcome, attempt.took_ms);
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
        let house = self.house.clone();
        let carried = async move {
            let took = Span::from_ms(0);
            let nothing = Ended { outcome: None, next_at: None, paused: false, took };
            match errand? {
                Errand::Nothing(next_at) => Ok(Err(Ended { next_at, ..nothing })),
                Errand::Paused => Ok(Err(Ended { paused: true, ..nothing })),
                Errand::NoEndpoint => {
                    let (outcome, answer) = (Outcome::NoEndpoint, String::new());
                    let receipt = Receipt { outcome, retry_after: None, took_ms: 0, answer };
                    Ok(Ok((receipt, None)))
                }
                Errand::Carry(load) => carry(&house, *load).await.map(Ok),
            }
        };
        let recorded =
            carried.into_actor(self).map(move |carried: Carried, actor, _| match carried? {
                Ok((receipt, exchange)) => {
                    let recorded = actor.record(receipt, exchange, now);
                    recorded.map(|(ended, ticket)| (ended, Some(ticket)))
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

impl Handler<Begin> for DeliveryActor {
    type Result = Durable;

    fn handle(&mut self, Begin(queued): Begin, _: &mut Self::Context) -> Durable {
        self.commit("begin", |delivery| match delivery {
            // Its id is random: a second one can only be a mistake of ours.
            Some(_) => Err(Unwilling::Crashed),
            None => {
                let delivery = Delivery::queued(queued.clone());
                Ok((DeliveryFact::Queued(Box::new(queued)), delivery))
            }
        })
    }
}

impl Handler<Redeliver> for DeliveryActor {
    type Result = Durable;

    fn handle(&mut self, Redeliver: Redeliver, _: &mut Self::Context) -> Durable {
        let at = self.house.time.now();
        self.commit("redeliver", |delivery| {
            let mut next = delivery.ok_or(Unwilling::NotFound)?.clone();
            let fact = DeliveryFact::Redelivered { at };
            next.apply(&fact);
            Ok((fact, next))
        })
    }
}
