//! What every actor is given: the store, the time, the way to the others.

use crate::clock::{Alarm, Clock, WakeMe};
use crate::gateway::Unwilling;
use crate::payees::Payees;
use crate::ports::{Courier, Privacy, TimeSource};
use crate::post::Post;
use crate::registry::{Find, LiveActor, Registry};
use actix::prelude::*;
use cryptopayment_domain::invoice::{Command, Decision, Invoice, Refusal};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{EventSet, RetrySchedule};
use cryptopayment_storage::{Store, Views};
use std::ops::Deref;
use std::sync::Arc;

/// The rules of invoices, as a value: `domain::invoice::decide`, or a test's that breaks.
pub type InvoiceRules =
    dyn Fn(&Invoice, &Command, EventSet, Timestamp) -> Result<Decision, Refusal> + Send + Sync;

/// Shared by all actors. One pointer, because every live copy of every aggregate has a clone.
#[derive(Clone)]
pub struct House {
    rooms: Arc<Rooms>,
}

/// What is in the house.
pub struct Rooms {
    /// The journal and its views.
    pub store: Store,
    /// The time.
    pub time: Arc<dyn TimeSource>,
    /// Keeps people's secrets.
    pub privacy: Arc<dyn Privacy>,
    /// Carries webhooks; none in a process that only runs a command.
    pub courier: Option<Arc<dyn Courier>>,
    /// When failed webhooks are tried again.
    pub schedule: Arc<RetrySchedule>,
    /// Where withdrawals may go, and on what terms.
    pub payees: Payees,
    /// What an invoice makes of a command.
    pub rules: Arc<InvoiceRules>,
    /// Finds and starts the actors of aggregates.
    pub registry: Addr<Registry>,
    /// Wakes.
    pub clock: Addr<Clock>,
    /// Tells aggregates what others have written for them.
    pub post: Post,
}

impl From<Rooms> for House {
    fn from(rooms: Rooms) -> House {
        House { rooms: Arc::new(rooms) }
    }
}

impl Deref for House {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.rooms
    }
}

impl House {
    /// The views, as they are now.
    pub fn views(&self) -> Views {
        self.store.views()
    }

    /// The actor of that aggregate; started if it is not live.
    ///
    /// # Errors
    /// [`Unwilling::Crashed`] when the registry is gone or the aggregate cannot be loaded.
    pub async fn find<A>(&self, id: A::Id) -> Result<Addr<A>, Unwilling>
    where
        A: LiveActor,
        Registry: Handler<Find<A>>,
    {
        self.registry.send(Find(id)).await.map_err(|_| Unwilling::Crashed)?
    }

    /// Rings `sleeper` at `at`.
    pub fn wake(&self, at: Timestamp, sleeper: Recipient<Alarm>) {
        let clock = self.clock.clone();
        tokio::spawn(async move {
            // Only a clock that has ended does not take an alarm, and then all is ending.
            let _ = clock.send(WakeMe { at, sleeper }).await;
        });
    }
}
