//! The live copy of an aggregate: loaded from its state row, changed only by facts, and rebuilt
//! from its row when a handler panics.
//!
//! actix's own `Supervisor` does not survive a panic (the address is dead, the message gone), so
//! handlers run inside [`Live::guarded`]: a panic becomes [`Unwilling::Crashed`], the copy is
//! loaded anew once everything appended so far is durable, and nobody else notices.

use crate::gateway::Unwilling;
use cryptopayment_domain::fact::Fact;
use cryptopayment_storage::{Row, Seq, Store, Ticket, Views};
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Foreign facts remembered as taken, so that one told twice is once. One carrier tells them in the
/// journal's order and repeats only the last: what is older than these is never told again.
const FOREIGN_REMEMBERED_MAX: usize = 1024;

/// An aggregate's state, as the views hold it.
pub trait Aggregate: Clone + Sized + 'static {
    /// What it is found by.
    type Id: Copy + Display + Debug;
    /// The word for it in logs and metrics.
    const KIND: &'static str;

    /// Its row in the views; none if it does not exist.
    ///
    /// # Errors
    /// When the row cannot be read.
    fn row(
        views: &Views,
        id: Self::Id,
    ) -> Result<Option<Row<Self>>, cryptopayment_storage::ViewError>;
}

/// A live copy.
pub struct Live<A: Aggregate> {
    id: A::Id,
    store: Store,
    state: Option<A>,
    /// The sequence of the last fact that the loaded row had taken in.
    loaded_at: Seq,
    /// Foreign facts taken in since then. A foreign fact is taken unless its sequence is at or
    /// below `loaded_at` or among these; never "below my newest": own later facts may be in.
    foreign: BTreeSet<Seq>,
    last_seq: Seq,
}

impl<A: Aggregate> Live<A> {
    /// Loads the copy from its row.
    ///
    /// # Errors
    /// [`Unwilling::Crashed`] when the row cannot be read; the log says why.
    pub fn load(store: Store, id: A::Id) -> Result<Live<A>, Unwilling> {
        let row = A::row(&store.views(), id).map_err(|error| {
            tracing::error!(kind = A::KIND, %id, %error, "a state row cannot be read");
            Unwilling::Crashed
        })?;
        let (state, loaded_at) = match row {
            Some(row) => (Some(row.value), row.last_seq),
            None => (None, 0),
        };
        let foreign = BTreeSet::new();
        Ok(Live { id, store, state, loaded_at, foreign, last_seq: loaded_at })
    }

    /// What it is found by.
    pub const fn id(&self) -> A::Id {
        self.id
    }

    /// The present state; none before the aggregate exists.
    pub const fn state(&self) -> Option<&A> {
        self.state.as_ref()
    }

    /// The newest fact this copy knows of; it may go when that one is durable.
    pub const fn last_seq(&self) -> Seq {
        self.last_seq
    }

    /// The state, or [`Unwilling::NotFound`].
    ///
    /// # Errors
    /// When the aggregate does not exist.
    pub fn existing(&self) -> Result<&A, Unwilling> {
        self.state.as_ref().ok_or(Unwilling::NotFound)
    }

    /// Appends a decision's facts and swaps in the copy they have been applied to.
    pub fn commit(&mut self, facts: Vec<Fact>, next: A) -> Ticket {
        let ticket = self.store.append(facts);
        self.last_seq = self.last_seq.max(ticket.last);
        self.state = Some(next);
        ticket
    }

    /// Takes in a fact that another aggregate wrote for this one, once.
    pub fn take_foreign(&mut self, seq: Seq, apply: impl FnOnce(&mut Option<A>)) {
        if seq > self.loaded_at && self.foreign.insert(seq) {
            apply(&mut self.state);
            self.last_seq = self.last_seq.max(seq);
        }
        if self.foreign.len() > FOREIGN_REMEMBERED_MAX
            && let Some(oldest) = self.foreign.pop_first()
        {
            // As good as loaded: whatever is at or below it has been taken.
            self.loaded_at = self.loaded_at.max(oldest);
        }
    }

    /// Runs a handler; if it panics, the copy is rebuilt from its row.
    ///
    /// # Errors
    /// The handler's own, or [`Unwilling::Crashed`].
    pub fn guarded<R>(
        &mut self,
        handler: &'static str,
        run: impl FnOnce(&mut Live<A>) -> Result<R, Unwilling>,
    ) -> Result<R, Unwilling> {
        let started = std::time::Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(self)));
        metrics::histogram!("actor_handling_seconds", "actor" => A::KIND, "handler" => handler)
            .record(started.elapsed());
        match outcome {
            Ok(outcome) => outcome,
            Err(panic) => {
                let reason = crate::panics::reason(panic.as_ref());
                tracing::error!(kind = A::KIND, id = %self.id, handler, reason, "a handler panicked");
                metrics::counter!("actor_restarts_total", "actor" => A::KIND).increment(1);
                self.rebuild();
                Err(Unwilling::Crashed)
            }
        }
    }

    /// Loads the row again once it holds everything this copy may have appended. The short wait
    /// for the disk blocks the thread on purpose: a panic is rare, and nothing may come between.
    fn rebuild(&mut self) {
        self.store.append(Vec::new()).wait();
        match Live::load(self.store.clone(), self.id) {
            Ok(fresh) => *self = fresh,
            // The row was readable before; if it is not now, the process cannot be trusted with it.
            Err(_) => std::process::abort(),
        }
    }
}
