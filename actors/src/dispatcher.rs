//! Dispatcher: starts due deliveries, fair between endpoints. Writes nothing.
//!
//! It hears of new events from the feed of durable facts, and at start from the due index. An
//! endpoint has at most 8 attempts in flight, all together at most 512; one that timed out gets a
//! single one until it answers again. A merchant whose endpoint hangs delays no one else: each
//! has a queue of its own, and the endpoints take turns.

use crate::clock::Alarm;
use crate::delivery::{Attempt, DeliveryActor, Ended};
use crate::gateway::Unwilling;
use crate::house::House;
use actix::prelude::*;
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::time::{Span, Timestamp};
use cryptopayment_domain::webhook::Outcome;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Attempts in flight to one endpoint.
pub const IN_FLIGHT_PER_ENDPOINT_MAX: usize = 8;
/// Attempts in flight in all.
pub const IN_FLIGHT_MAX: usize = 512;
/// Deliveries of one merchant held in memory; the rest waits in the merchant's due index.
pub const HELD_PER_MERCHANT_MAX: usize = 256;
/// How long a delivery waits whose actor could not make its attempt.
const AFTER_A_CRASH: Span = Span::from_s(5);

/// An event is durable and waits to be told.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Due {
    /// Which event.
    pub event: EventId,
    /// Who is told.
    pub merchant: MerchantId,
    /// The event whose first attempt must have ended before.
    pub after: Option<EventId>,
    /// When its next attempt may start.
    pub at: Timestamp,
}

/// The feed was read too slowly or the process has just started: find what is due in the views.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ReadDueIndex;

/// Asks what the dispatcher holds.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Workload")]
pub struct Inspect;

/// What the dispatcher holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, MessageResponse)]
pub struct Workload {
    /// Attempts in flight.
    pub in_flight: usize,
    /// Deliveries held in memory, in flight ones included.
    pub held: usize,
}

/// One per process.
pub struct Dispatcher {
    house: House,
    endpoints: HashMap<MerchantId, Endpoint>,
    /// Endpoints that may have room and work, in turn.
    turn: VecDeque<MerchantId>,
    /// Deliveries whose time has not come.
    later: BTreeMap<(Timestamp, EventId), MerchantId>,
    /// Deliveries that wait for another's first attempt to end.
    behind: HashMap<EventId, Vec<Due>>,
    held: HashSet<EventId>,
    in_flight: usize,
    alarm_at: Option<Timestamp>,
}

/// One merchant's deliveries.
#[derive(Default)]
struct Endpoint {
    /// Those whose time has come.
    waiting: VecDeque<EventId>,
    in_flight: usize,
    /// All that are in memory: waiting, in flight, for later, behind another.
    held: usize,
    /// More are in the merchant's due index.
    more: bool,
    timed_out: bool,
}

impl Endpoint {
    const fn has_room(&self) -> bool {
        let most = if self.timed_out { 1 } else { IN_FLIGHT_PER_ENDPOINT_MAX };
        self.in_flight < most
    }
}

impl Dispatcher {
    /// A dispatcher with nothing to do yet.
    pub fn new(house: House) -> Dispatcher {
        Dispatcher {
            house,
            endpoints: HashMap::new(),
            turn: VecDeque::new(),
            later: BTreeMap::new(),
            behind: HashMap::new(),
            held: HashSet::new(),
            in_flight: 0,
            alarm_at: None,
        }
    }

    fn take(&mut self, due: Due) {
        if self.held.contains(&due.event) {
            return;
        }
        let endpoint = self.endpoints.entry(due.merchant).or_default();
        if endpoint.held >= HELD_PER_MERCHANT_MAX {
            endpoint.more = true;
            return;
        }
        endpoint.held += 1;
        self.held.insert(due.event);
        match due.after {
            Some(first) if !self.first_attempt_ended(first) => {
                self.behind.entry(first).or_default().push(due);
            }
            Some(_) | None => self.line_up(due.event, due.merchant, due.at),
        }
    }

    /// Whether the first attempt of that event has ended, however it ended. A row that cannot be
    /// read holds nobody up.
    fn first_attempt_ended(&self, event: EventId) -> bool {
        let row = self.house.views().delivery(event);
        row.ok().flatten().is_none_or(|row| row.value.attempts > 0)
    }

    fn line_up(&mut self, event: EventId, merchant: MerchantId, at: Timestamp) {
        if at > self.house.time.now() {
            self.later.insert((at, event), merchant);
        } else {
            self.endpoints.entry(merchant).or_default().waiting.push_back(event);
            self.turn.push_back(merchant);
        }
    }

    /// Starts whatever may start, one per endpoint in turn.
    fn pump(&mut self, ctx: &mut Context<Self>) {
        let now = self.house.time.now();
        while let Some(entry) = self.later.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, event), merchant) = entry.remove_entry();
            self.line_up(event, merchant, now);
        }
        while self.in_flight < IN_FLIGHT_MAX {
            let Some(merchant) = self.turn.pop_front() else { break };
            self.start_one(merchant, ctx);
        }
        self.set_alarm(ctx);
    }

    fn start_one(&mut self, merchant: MerchantId, ctx: &mut Context<Self>) {
        let Some(endpoint) = self.endpoints.get_mut(&merchant) else { return };
        if !endpoint.has_room() {
            // It gets its turn again when an attempt of its own has ended.
            return;
        }
        let Some(event) = endpoint.waiting.pop_front() else { return };
        endpoint.in_flight += 1;
        self.in_flight += 1;
        if !endpoint.waiting.is_empty() {
            self.turn.push_back(merchant);
        }
        let house = self.house.clone();
        let attempt = async move {
            let delivery = house.find::<DeliveryActor>(event).await?;
            delivery.send(Attempt).await.map_err(|_| Unwilling::Crashed)?
        };
        ctx.spawn(attempt.into_actor(self).map(move |ended, dispatcher, ctx| {
            dispatcher.ended(event, merchant, ended);
            dispatcher.pump(ctx);
        }));
    }

    fn ended(&mut self, event: EventId, merchant: MerchantId, ended: Result<Ended, Unwilling>) {
        self.in_flight -= 1;
        let endpoint = self.endpoints.entry(merchant).or_default();
        endpoint.in_flight -= 1;
        let next_at = match ended {
            Ok(Ended { outcome, next_at }) => {
                endpoint.timed_out = outcome == Some(Outcome::TimedOut);
                next_at
            }
            Err(error) => {
                tracing::error!(%event, %error, "a delivery could not be attempted");
                Some(self.house.time.now().plus(AFTER_A_CRASH))
            }
        };
        match next_at {
            Some(at) => self.line_up(event, merchant, at),
            None => self.let_go(event, merchant),
        }
        for due in self.behind.remove(&event).unwrap_or_default() {
            self.line_up(due.event, due.merchant, due.at);
        }
        self.turn.push_back(merchant);
    }

    /// The delivery is over. What its merchant has in the index comes in when there is room.
    fn let_go(&mut self, event: EventId, merchant: MerchantId) {
        self.held.remove(&event);
        let Some(endpoint) = self.endpoints.get_mut(&merchant) else { return };
        endpoint.held -= 1;
        if endpoint.more && endpoint.held < HELD_PER_MERCHANT_MAX / 2 {
            self.read_merchant(merchant);
        } else if endpoint.held == 0 && !endpoint.timed_out {
            // Only what timed out is remembered; the rest begins afresh.
            self.endpoints.remove(&merchant);
        }
    }

    fn read_index(&mut self) {
        match self.house.views().merchants_with_deliveries() {
            Ok(firsts) => firsts.into_iter().for_each(|first| self.read_merchant(first.merchant)),
            Err(error) => tracing::error!(%error, "the index of due deliveries cannot be read"),
        }
    }

    /// Takes in a merchant's earliest deliveries, due or not, as many as there is room for.
    fn read_merchant(&mut self, merchant: MerchantId) {
        let views = self.house.views();
        let for_ever = Timestamp::from_unix_ms(i64::MAX);
        let limit = HELD_PER_MERCHANT_MAX + 1;
        let rows = match views.deliveries_due_of(merchant, for_ever, limit) {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%merchant, %error, "a merchant's due deliveries cannot be read");
                return;
            }
        };
        self.endpoints.entry(merchant).or_default().more = rows.len() == limit;
        for row in rows {
            let queued = views.delivery(row.event).ok().flatten().map(|row| row.value.queued);
            let after = queued.and_then(|queued| queued.after);
            self.take(Due { event: row.event, merchant, after, at: row.at });
        }
    }

    fn set_alarm(&mut self, ctx: &mut Context<Self>) {
        let Some((next, _)) = self.later.keys().next().copied() else { return };
        if self.alarm_at.is_none_or(|set| next < set) {
            self.alarm_at = Some(next);
            self.house.wake(next, ctx.address().recipient());
        }
    }
}

impl Actor for Dispatcher {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
    }
}

impl Handler<Due> for Dispatcher {
    type Result = ();

    fn handle(&mut self, due: Due, ctx: &mut Self::Context) {
        self.take(due);
        self.pump(ctx);
    }
}

impl Handler<ReadDueIndex> for Dispatcher {
    type Result = ();

    fn handle(&mut self, ReadDueIndex: ReadDueIndex, ctx: &mut Self::Context) {
        self.read_index();
        self.pump(ctx);
    }
}

impl Handler<Alarm> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, ctx: &mut Self::Context) {
        self.alarm_at = None;
        self.pump(ctx);
    }
}

impl Handler<Inspect> for Dispatcher {
    type Result = Workload;

    fn handle(&mut self, Inspect: Inspect, _: &mut Self::Context) -> Workload {
        Workload { in_flight: self.in_flight, held: self.held.len() }
    }
}
