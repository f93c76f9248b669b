//! Dispatcher: starts due deliveries, fair between endpoints. Writes nothing.
//!
//! It hears of new events from the feed of durable facts, and at start from the due index. An
//! endpoint has at most 8 attempts in flight, all together at most 512; one that was slow gets a
//! single one until it answers quickly again, and all slow ones together half of the room. A merchant
//! whose endpoint hangs delays no one else: each has a queue of its own, and the endpoints take turns.
//!
//! In memory are only deliveries whose time has come, a bounded number per merchant. The rest is
//! in the merchant's due index, which is read again when there is room, or when the next is due.

mod endpoint;
mod index;
mod intake;
mod slots;

use crate::clock::Alarm;
use crate::delivery::{Attempt, DeliveryActor, Ended};
use crate::gateway::Unwilling;
use crate::house::House;
use crate::panics::survive;
use actix::prelude::*;
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::time::{Span, Timestamp};
use endpoint::Endpoint;
use slots::Slots;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// Attempts in flight to one endpoint.
pub const IN_FLIGHT_PER_ENDPOINT_MAX: usize = 8;
/// Attempts in flight in all.
pub const IN_FLIGHT_MAX: usize = 512;
/// Of them to endpoints that are slow.
pub const IN_FLIGHT_SLOW_MAX: usize = 256;
/// An attempt that takes this long is slow, however it ends.
const SLOW: Span = Span::from_s(5);
/// Deliveries of one merchant held in memory; the rest waits in the merchant's due index. A
/// delivery that others wait for is held beyond that.
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

/// A merchant's endpoint was set: if it was paused, what waits for it goes out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Resume(pub MerchantId);

/// Asks what the dispatcher holds.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Workload")]
pub struct Inspect;

/// Starts nothing any more: what is in flight ends, the rest waits for the next start.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Rest;

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
    /// Endpoints that may have room and work, each once, in turn.
    turn: VecDeque<MerchantId>,
    /// When the index of a merchant must be read next: one instant per merchant.
    later: BTreeSet<(Timestamp, MerchantId)>,
    /// Deliveries whose attempt could not even be made, until they are tried again.
    resting: BTreeMap<(Timestamp, EventId), MerchantId>,
    /// Deliveries that wait for another's first attempt to end.
    behind: HashMap<EventId, Vec<Due>>,
    held: HashSet<EventId>,
    slots: Slots,
    /// Those of them that somebody wants sent once more behind the attempt that is under way.
    wanted_again: HashSet<EventId>,
    alarm_at: Option<Timestamp>,
    rests: bool,
}

impl Dispatcher {
    /// A dispatcher with nothing to do yet.
    pub fn new(house: House) -> Dispatcher {
        Dispatcher {
            house,
            endpoints: HashMap::new(),
            turn: VecDeque::new(),
            later: BTreeSet::new(),
            resting: BTreeMap::new(),
            behind: HashMap::new(),
            held: HashSet::new(),
            slots: Slots::default(),
            wanted_again: HashSet::new(),
            alarm_at: None,
            rests: false,
        }
    }

    fn endpoint(&mut self, merchant: MerchantId) -> &mut Endpoint {
        self.endpoints.entry(merchant).or_default()
    }

    fn line_up(&mut self, event: EventId, merchant: MerchantId) {
        self.endpoint(merchant).waiting.push_back(event);
        self.take_turn(merchant);
    }

    fn take_turn(&mut self, merchant: MerchantId) {
        let endpoint = self.endpoint(merchant);
        if !endpoint.in_turn && endpoint.can_start() {
            endpoint.in_turn = true;
            self.turn.push_back(merchant);
        }
    }

    /// Does what the time has come for, and starts whatever may start, one per endpoint in turn.
    fn pump(&mut self, ctx: &mut Context<Self>) {
        let now = self.house.time.now();
        while let Some(entry) = self.resting.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, event), merchant) = entry.remove_entry();
            self.line_up(event, merchant);
        }
        while let Some((at, merchant)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, merchant));
            self.endpoint(merchant).read_at = None;
            self.read_merchant(merchant, now);
        }
        while self.slots.is_room() && !self.rests {
            let Some(merchant) = self.turn.pop_front() else { break };
            self.start_one(merchant, ctx);
        }
        self.set_alarm(ctx);
        metrics::gauge!("webhooks_in_flight").set(self.slots.in_flight as f64);
        metrics::gauge!("webhooks_held").set(self.held.len() as f64);
    }

    /// Starts an attempt of the endpoint whose turn it is, if one may start.
    fn start_one(&mut self, merchant: MerchantId, ctx: &mut Context<Self>) {
        let endpoint = self.endpoint(merchant);
        endpoint.in_turn = false;
        if endpoint.can_start() {
            let slow = endpoint.is_slow();
            if self.slots.take(merchant, slow) {
                self.start(merchant, slow, ctx);
            } else {
                self.endpoint(merchant).in_turn = true;
            }
        }
        self.unpark();
    }

    /// Who waited for room among the slow ones has its turn again.
    fn unpark(&mut self) {
        self.turn.extend(self.slots.unpark());
    }

    fn start(&mut self, merchant: MerchantId, slow: bool, ctx: &mut Context<Self>) {
        let endpoint = self.endpoint(merchant);
        let Some(event) = endpoint.waiting.pop_front() else { return };
        endpoint.in_flight += 1;
        self.take_turn(merchant);
        let house = self.house.clone();
        let attempt = async move {
            let delivery = house.find::<DeliveryActor>(event).await?;
            delivery.send(Attempt).await.map_err(|_| Unwilling::Crashed)?
        };
        // On the arbiter and not among the actor's own futures, all of which would be polled with
        // each message.
        let dispatcher = ctx.address();
        actix::spawn(async move {
            let ended = attempt.await;
            // Only a dispatcher that has ended does not hear of it, and then all is ending.
            let _ = dispatcher.send(AttemptEnded { event, merchant, slow, ended }).await;
        });
    }

    fn ended(&mut self, attempt: AttemptEnded, now: Timestamp) {
        let AttemptEnded { event, merchant, slow, ended } = attempt;
        self.slots.give_back(slow);
        self.unpark();
        let endpoint = self.endpoint(merchant);
        endpoint.in_flight = endpoint.in_flight.saturating_sub(1);
        match ended {
            Ok(Ended { paused: true, .. }) => self.pause(event, merchant),
            Ok(Ended { outcome, next_at, took, .. }) => {
                endpoint.heard(outcome.as_ref(), took);
                if let Some(at) = next_at {
                    self.read_again_at(merchant, at);
                }
                self.let_go(event, merchant, now);
            }
            // No attempt was made: whoever waits for it waits on.
            Err(error) => {
                tracing::error!(%event, %error, "a delivery could not be attempted");
                self.resting.insert((now.plus(AFTER_A_CRASH), event), merchant);
            }
        }
        self.take_turn(merchant);
        self.forget_if_idle(merchant);
    }

    /// An attempt has ended: the delivery leaves the memory; who waited for it comes forward.
    fn let_go(&mut self, event: EventId, merchant: MerchantId, now: Timestamp) {
        for due in self.behind.remove(&event).unwrap_or_default() {
            self.line_up(due.event, due.merchant);
        }
        self.held.remove(&event);
        let endpoint = self.endpoint(merchant);
        endpoint.held = endpoint.held.saturating_sub(1);
        let wanted_again = self.wanted_again.remove(&event);
        let endpoint = self.endpoint(merchant);
        let has_room = endpoint.more && endpoint.held < HELD_PER_MERCHANT_MAX / 2;
        if !endpoint.paused && (wanted_again || has_room) {
            self.read_merchant(merchant, now);
        }
    }

    /// The endpoint is paused: whatever of it is not in flight leaves the memory. It is in the
    /// index, which is read again when the endpoint goes on.
    fn pause(&mut self, event: EventId, merchant: MerchantId) {
        let endpoint = self.endpoint(merchant);
        endpoint.paused = true;
        endpoint.more = true;
        let mut leaving = vec![event];
        leaving.extend(std::mem::take(&mut endpoint.waiting));
        while let Some(event) = leaving.pop() {
            self.held.remove(&event);
            self.wanted_again.remove(&event);
            let endpoint = self.endpoint(merchant);
            endpoint.held = endpoint.held.saturating_sub(1);
            leaving.extend(self.behind.remove(&event).into_iter().flatten().map(|due| due.event));
        }
    }

    fn forget_if_idle(&mut self, merchant: MerchantId) {
        if self.endpoints.get(&merchant).is_some_and(Endpoint::is_forgettable) {
            self.endpoints.remove(&merchant);
        }
    }

    fn set_alarm(&mut self, ctx: &mut Context<Self>) {
        let later = self.later.first().map(|(at, _)| *at);
        let resting = self.resting.keys().next().map(|(at, _)| *at);
        let Some(next) = later.into_iter().chain(resting).min() else { return };
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
        survive("dispatcher", "due", || {
            let now = self.house.time.now();
            // What is due already and waits in the index for a place goes first: this one is behind
            // it there, and the index is read again when something held is let go.
            let endpoint = self.endpoint(due.merchant);
            if endpoint.more && endpoint.held > 0 {
                return;
            }
            if let Err(error) = self.take(due, now) {
                tracing::error!(event = %due.event, %error, "a delivery cannot be read");
                self.read_again_at(due.merchant, now.plus(AFTER_A_CRASH));
            }
            self.pump(ctx);
        });
    }
}

impl Handler<ReadDueIndex> for Dispatcher {
    type Result = ();

    fn handle(&mut self, ReadDueIndex: ReadDueIndex, ctx: &mut Self::Context) {
        survive("dispatcher", "read due index", || {
            self.read_index(self.house.time.now());
            self.pump(ctx);
        });
    }
}

/// An attempt that the dispatcher started has ended.
struct AttemptEnded {
    event: EventId,
    merchant: MerchantId,
    /// The endpoint was slow when it was started.
    slow: bool,
    ended: Result<Ended, Unwilling>,
}

impl Message for AttemptEnded {
    type Result = ();
}

impl Handler<AttemptEnded> for Dispatcher {
    type Result = ();

    fn handle(&mut self, attempt: AttemptEnded, ctx: &mut Self::Context) {
        survive("dispatcher", "attempt ended", || {
            self.ended(attempt, self.house.time.now());
            self.pump(ctx);
        });
    }
}

impl Handler<Alarm> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, ctx: &mut Self::Context) {
        // An alarm that an earlier one has overtaken rings for nothing, or each would set another.
        if self.alarm_at.is_some_and(|set| set <= self.house.time.now()) {
            self.alarm_at = None;
            survive("dispatcher", "alarm", || self.pump(ctx));
        }
    }
}

impl Handler<Resume> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Resume(merchant): Resume, ctx: &mut Self::Context) {
        survive("dispatcher", "resume", || {
            let endpoint = self.endpoint(merchant);
            if std::mem::take(&mut endpoint.paused) {
                endpoint.more = false;
                self.read_merchant(merchant, self.house.time.now());
            }
            self.forget_if_idle(merchant);
            self.pump(ctx);
        });
    }
}

impl Handler<Rest> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Rest: Rest, _: &mut Self::Context) {
        self.rests = true;
    }
}

impl Handler<Inspect> for Dispatcher {
    type Result = Workload;

    fn handle(&mut self, Inspect: Inspect, _: &mut Self::Context) -> Workload {
        Workload { in_flight: self.slots.in_flight, held: self.held.len() }
    }
}
