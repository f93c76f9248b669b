//! The actors of one kind, by the ids of their aggregates.

use super::{Find, LiveActor, Registry};
use crate::gateway::Unwilling;
use crate::hold::Keeper;
use crate::house::House;
use crate::panics::survive;
use actix::dev::{MessageResponse, OneshotSender};
use actix::prelude::*;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// Copies started without a round between: under load idle ones go sooner than the clock says, so
/// that at most about twice as many are live that nobody asks for.
const STARTED_PER_ROUND_MAX: usize = 65_536;

/// The actors of one kind.
pub(super) struct Directory<A: LiveActor> {
    entries: HashMap<A::Id, Entry<A>>,
    /// Since the last round.
    started: usize,
}

enum Entry<A: LiveActor> {
    Live { addr: Addr<A>, asked_for: bool, keeper: Option<Keeper> },
    Leaving { waiting: Vec<Waiting<A>> },
}

type Waiting<A> = oneshot::Sender<Result<Addr<A>, Unwilling>>;

/// The answer to [`Find`]: at once, or when the copy that is leaving has left.
pub enum Found<A: LiveActor> {
    /// This one, or why there is none.
    Now(Result<Addr<A>, Unwilling>),
    /// The next one.
    Later(oneshot::Receiver<Result<Addr<A>, Unwilling>>),
}

impl<A: LiveActor> MessageResponse<Registry, Find<A>> for Found<A> {
    fn handle(
        self,
        _: &mut Context<Registry>,
        asked: Option<OneshotSender<Result<Addr<A>, Unwilling>>>,
    ) {
        // Whoever asked may have gone: then nobody is given the address.
        let Some(asked) = asked else { return };
        match self {
            Found::Now(found) => drop(asked.send(found)),
            Found::Later(next) => {
                actix::spawn(async move {
                    let _ = asked.send(next.await.unwrap_or(Err(Unwilling::Crashed)));
                });
            }
        }
    }
}

impl<A: LiveActor> Default for Directory<A> {
    fn default() -> Self {
        Directory { entries: HashMap::new(), started: 0 }
    }
}

impl<A: LiveActor> Directory<A> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn find(&mut self, house: &House, id: A::Id) -> Found<A> {
        match self.entries.get_mut(&id) {
            Some(Entry::Live { addr, asked_for, .. }) if addr.connected() => {
                *asked_for = true;
                Found::Now(Ok(addr.clone()))
            }
            Some(Entry::Leaving { waiting }) => {
                let (sender, receiver) = oneshot::channel();
                waiting.push(sender);
                Found::Later(receiver)
            }
            // It has ended in a panic; that it has left is on its way here.
            Some(entry @ Entry::Live { .. }) => {
                let (sender, receiver) = oneshot::channel();
                *entry = Entry::Leaving { waiting: vec![sender] };
                Found::Later(receiver)
            }
            None => Found::Now(self.start(house, id)),
        }
    }

    fn start(&mut self, house: &House, id: A::Id) -> Result<Addr<A>, Unwilling> {
        let loaded = survive(A::KIND, "load", || A::load(house, id));
        let actor = loaded.unwrap_or(Err(Unwilling::Crashed))?;
        self.started = self.started.saturating_add(1);
        if self.started > STARTED_PER_ROUND_MAX {
            self.let_idle_go();
        }
        let keeper = actor.keeper();
        let addr = actor.start();
        self.entries.insert(id, Entry::Live { addr: addr.clone(), asked_for: true, keeper });
        metrics::gauge!("actors_live", "actor" => A::KIND).increment(1.0);
        Ok(addr)
    }

    /// Lets go whatever nobody asked for since the last round and nobody has a hold of.
    pub(super) fn let_idle_go(&mut self) {
        self.started = 0;
        for entry in self.entries.values_mut() {
            match entry {
                Entry::Live { keeper: Some(keeper), .. } if keeper.is_held() => {}
                Entry::Live { asked_for, .. } if *asked_for => *asked_for = false,
                Entry::Live { .. } => *entry = Entry::Leaving { waiting: Vec::new() },
                Entry::Leaving { .. } => {}
            }
        }
    }

    /// The old copy has ended and all it knew is durable: the next one may come.
    pub(super) fn left(&mut self, house: &House, id: A::Id) {
        metrics::gauge!("actors_live", "actor" => A::KIND).decrement(1.0);
        let waiting = match self.entries.remove(&id) {
            Some(Entry::Leaving { waiting }) => waiting,
            Some(Entry::Live { .. }) => {
                tracing::error!(kind = A::KIND, %id, "an actor ended that was not let go");
                Vec::new()
            }
            None => {
                tracing::error!(kind = A::KIND, %id, "an actor ended that nobody knew");
                Vec::new()
            }
        };
        if waiting.iter().any(|sender| !sender.is_closed()) {
            let next = self.start(house, id);
            waiting.into_iter().for_each(|sender| {
                let _ = sender.send(next.clone());
            });
        }
    }
}
