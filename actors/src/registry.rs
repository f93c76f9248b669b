//! Registry: finds, starts and lets go the actors of aggregates. Never two of one.
//!
//! Letting go is dropping the registry's address: the actor goes on until everyone who was given
//! one has dropped it and the mailbox is drained, then says [`Left`]. Whoever asks for it
//! meanwhile waits until everything it knew is durable, and gets the next copy.

mod directory;

pub use directory::Found;

use crate::clock::Alarm;
use crate::delivery::DeliveryActor;
use crate::gateway::Unwilling;
use crate::hold::Keeper;
use crate::house::House;
use crate::invoice::InvoiceActor;
use crate::ledger::LedgerActor;
use crate::merchant::MerchantActor;
use actix::prelude::*;
use cryptopayment_domain::time::Span;
use cryptopayment_storage::Seq;
use directory::Directory;
use std::fmt::{Debug, Display};
use std::hash::Hash;

/// How often idle copies are let go: one that nobody asked for in a whole round leaves.
const ROUND: Span = Span::from_s(30);

/// An actor that is the live copy of one aggregate.
pub trait LiveActor: Actor<Context = Context<Self>> {
    /// What the aggregate is found by.
    type Id: Copy + Eq + Hash + Display + Debug + Send + Unpin + 'static;
    /// The word for it in logs and metrics.
    const KIND: &'static str;

    /// Loads a copy.
    ///
    /// # Errors
    /// When its row cannot be read.
    fn load(house: &House, id: Self::Id) -> Result<Self, Unwilling>;

    /// What keeps the copy from being idle beside messages; none where nothing does.
    fn keeper(&self) -> Option<Keeper> {
        None
    }
}

/// Asks for the actor of an aggregate. The address is for sending now, not for keeping.
#[derive(Debug)]
pub struct Find<A: LiveActor>(pub A::Id);

impl<A: LiveActor> Message for Find<A> {
    type Result = Result<Addr<A>, Unwilling>;
}

/// Said by an actor that has ended.
#[derive(Debug)]
pub struct Left<A: LiveActor> {
    /// Which aggregate's.
    pub id: A::Id,
    /// The newest fact it knew of.
    pub last_seq: Seq,
}

impl<A: LiveActor> Message for Left<A> {
    type Result = ();
}

/// How many actors of each kind are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Population")]
pub struct CountLive;

/// The answer to [`CountLive`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, MessageResponse)]
pub struct Population {
    /// Live invoices.
    pub invoices: usize,
    /// Live ledgers.
    pub ledgers: usize,
    /// Live merchants.
    pub merchants: usize,
    /// Live deliveries.
    pub deliveries: usize,
}

/// Lets every copy go that nobody asks for any more, as the round does. For tests and shutdown.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct LetIdleGo;

/// One per process.
pub struct Registry {
    house: Option<House>,
    invoices: Directory<InvoiceActor>,
    ledgers: Directory<LedgerActor>,
    merchants: Directory<MerchantActor>,
    deliveries: Directory<DeliveryActor>,
}

impl Registry {
    /// A registry that is not yet at home: see [`MoveIn`].
    pub fn homeless() -> Registry {
        Registry {
            house: None,
            invoices: Directory::default(),
            ledgers: Directory::default(),
            merchants: Directory::default(),
            deliveries: Directory::default(),
        }
    }

    fn next_round(&self, ctx: &Context<Self>) {
        if let Some(house) = &self.house {
            house.wake(house.time.now().plus(ROUND), ctx.address().recipient());
        }
    }
}

/// Gives the registry the house, of which it is itself a part.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MoveIn(pub House);

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
    }
}

impl Handler<MoveIn> for Registry {
    type Result = ();

    fn handle(&mut self, MoveIn(house): MoveIn, ctx: &mut Self::Context) {
        self.house = Some(house);
        self.next_round(ctx);
    }
}

impl Handler<CountLive> for Registry {
    type Result = Population;

    fn handle(&mut self, CountLive: CountLive, _: &mut Self::Context) -> Population {
        Population {
            invoices: self.invoices.len(),
            ledgers: self.ledgers.len(),
            merchants: self.merchants.len(),
            deliveries: self.deliveries.len(),
        }
    }
}

impl Handler<LetIdleGo> for Registry {
    type Result = ();

    fn handle(&mut self, LetIdleGo: LetIdleGo, _: &mut Self::Context) {
        self.invoices.let_idle_go();
        self.ledgers.let_idle_go();
        self.merchants.let_idle_go();
        self.deliveries.let_idle_go();
    }
}

impl Handler<Alarm> for Registry {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, ctx: &mut Self::Context) {
        Handler::<LetIdleGo>::handle(self, LetIdleGo, ctx);
        self.next_round(ctx);
    }
}

macro_rules! directory {
    ($actor:ty, $field:ident) => {
        impl Handler<Find<$actor>> for Registry {
            type Result = Found<$actor>;

            fn handle(&mut self, Find(id): Find<$actor>, _: &mut Self::Context) -> Self::Result {
                match &self.house {
                    Some(house) => self.$field.find(house, id),
                    None => Found::Now(Err(Unwilling::Crashed)),
                }
            }
        }

        impl Handler<Left<$actor>> for Registry {
            type Result = ();

            fn handle(&mut self, left: Left<$actor>, ctx: &mut Self::Context) {
                let Some(house) = &self.house else { return };
                if house.store.durable_seq() >= left.last_seq {
                    return self.$field.left(house, left.id);
                }
                // Waited for outside: a future of the registry's own would be polled with each
                // message it takes.
                let (store, registry) = (house.store.clone(), ctx.address());
                actix::spawn(async move {
                    store.when_durable(left.last_seq).await;
                    // Only a registry that has ended does not take it, and then all is ending.
                    let _ = registry.send(left).await;
                });
            }
        }
    };
}

directory!(InvoiceActor, invoices);
directory!(LedgerActor, ledgers);
directory!(MerchantActor, merchants);
directory!(DeliveryActor, deliveries);

/// Tells the registry that a copy has ended. It must arrive whatever the mailbox holds, and it is
/// not about money: a copy that never left would only keep the next one waiting.
#[expect(clippy::disallowed_methods, reason = "must not be refused by a full mailbox; see above")]
pub(crate) fn say_left<A: LiveActor>(house: &House, id: A::Id, last_seq: Seq)
where
    Registry: Handler<Left<A>>,
{
    house.registry.do_send(Left { id, last_seq });
}
