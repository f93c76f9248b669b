//! Merchant: the only writer of one merchant's account, and the keeper of its idempotency keys in
//! flight. Told by `http` and by the command line.

use crate::gateway::{IdempotencyKey, Unwilling};
use crate::hold::{Hold, Keeper};
use crate::house::House;
use crate::live::{Aggregate, Live};
use crate::registry::{LiveActor, say_left};
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::merchant::{Merchant, MerchantFact, Scopes};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::webhook::EventSet;
use cryptopayment_storage::{Row, ViewError, Views};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// How long an answer is repeated to whoever sends its idempotency key again: seven days.
const ANSWER_KEPT: Span = Span::from_hours(7 * 24);
/// Keys in flight below which nothing is tidied up.
const TIDY_AT_MIN: usize = 64;

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
    /// One more API key, with the digest of its secret half.
    IssueKey {
        /// The public half.
        key: String,
        /// SHA-256 of the secret half.
        secret_sha256: [u8; 32],
        /// What it may do.
        scopes: Scopes,
    },
    /// An API key works no longer.
    RevokeKey(String),
    /// An address is put on its list: it can withdraw only to those on it.
    AllowAddress {
        /// Of which network.
        network: Network,
        /// As the network writes it.
        address: String,
        /// Its canonical bytes.
        bytes: Vec<u8>,
    },
    /// The webhook URL is set, or removed; and which events go there, if that is said.
    SetWebhook {
        /// Where webhooks go.
        url: Option<String>,
        /// Which events the merchant is told of; none: as before.
        events: Option<EventSet>,
    },
    /// A rotation of the app secret begins, or begins again with another new secret.
    BeginRotation {
        /// The new secret, sealed.
        secret_sealed: Vec<u8>,
    },
    /// The rotation ends: the new secret is the only one.
    EndRotation,
    /// The endpoint said farewell to the last attempt of a delivery.
    Pause {
        /// Where the attempt went.
        url: String,
        /// When it went out.
        sent_at: Timestamp,
        /// Of which delivery.
        event: EventId,
    },
}

impl Message for Change {
    type Result = Result<Arc<Merchant>, Unwilling>;
}

/// Reserves an idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct Reserve(pub IdempotencyKey);

impl Message for Reserve {
    type Result = Result<Reserved, Unwilling>;
}

/// What became of a [`Reserve`].
#[derive(Clone, Debug)]
pub enum Reserved {
    /// The key is the caller's, until the last clone of this hold is dropped.
    Fresh(Arc<Hold>),
    /// The request was answered before; the record is in the views.
    Answered,
}

/// The live copy of one merchant.
pub struct MerchantActor {
    house: House,
    live: Live<Merchant>,
    /// Digests of the idempotency keys whose requests are running: those whose hold still lives.
    in_flight: HashMap<[u8; 32], Weak<Hold>>,
    /// So many make it worth while to forget those that have ended.
    tidy_at: usize,
    keeper: Keeper,
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
        let (in_flight, keeper) = (HashMap::new(), Keeper::default());
        Ok(MerchantActor { house: house.clone(), live, in_flight, tidy_at: TIDY_AT_MIN, keeper })
    }

    /// The keys in flight are nowhere but here.
    fn keeper(&self) -> Option<Keeper> {
        Some(self.keeper.clone())
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
            Ok(match change {
                Change::Approve => vec![merchant.approve(at)?],
                Change::IssueKey { key, secret_sha256, scopes } => {
                    vec![merchant.issue_key(key, secret_sha256, scopes, at)?]
                }
                Change::RevokeKey(key) => vec![merchant.revoke_key(&key, at)?],
                Change::SetWebhook { url, events } => {
                    let chosen = events.map(|events| MerchantFact::EventsChosen { events, at });
                    [MerchantFact::WebhookSet { url, at }].into_iter().chain(chosen).collect()
                }
                Change::BeginRotation { secret_sealed } => {
                    vec![MerchantFact::RotationBegan { secret_sealed, at }]
                }
                Change::EndRotation => vec![merchant.end_rotation(at)?],
                Change::AllowAddress { network, address, bytes } => {
                    let address_bytes = bytes;
                    vec![MerchantFact::AddressAllowed { network, address, address_bytes, at }]
                }
                Change::Pause { url, sent_at, event } => {
                    merchant.pause(&url, sent_at, event, at).into_iter().collect()
                }
            })
        })
    }
}

impl Handler<Reserve> for MerchantActor {
    type Result = Result<Reserved, Unwilling>;

    fn handle(&mut self, Reserve(key): Reserve, _: &mut Self::Context) -> Self::Result {
        let (views, now) = (self.house.views(), self.house.time.now());
        let in_flight = &mut self.in_flight;
        let keeper = &self.keeper;
        let reserved = self.live.guarded("reserve", |live| {
            // The hold is dropped only when the record is durable, so one of the two always shows it.
            let running = in_flight.get(&key.key_digest);
            if running.is_some_and(|hold| hold.strong_count() > 0) {
                return Err(Unwilling::InProgress);
            }
            let answered =
                views.answered(live.id(), &key.key_digest).map_err(crate::read_failed)?;
            // The views keep records somewhat longer than they count.
            match answered.filter(|answered| now < answered.at.plus(ANSWER_KEPT)) {
                Some(answered) if answered.body_digest != key.body_digest => {
                    Err(Unwilling::KeyReused)
                }
                Some(_) => Ok(Reserved::Answered),
                None => {
                    let hold = Arc::new(keeper.hold());
                    in_flight.insert(key.key_digest, Arc::downgrade(&hold));
                    Ok(Reserved::Fresh(hold))
                }
            }
        });
        if self.in_flight.len() >= self.tidy_at {
            self.in_flight.retain(|_, hold| hold.strong_count() > 0);
            self.tidy_at = self.in_flight.len().saturating_mul(2).max(TIDY_AT_MIN);
        }
        reserved
    }
}
