//! Watcher: one per network; owns the cursor, the last blocks' hashes, the provider's health. Told
//! by its own poll. It sees; invoices decide.

mod asides;
mod beginning;
mod depth;
mod mempool;
mod reading;
mod recent;
mod scan;
mod solidity;
mod telling;

pub use scan::{Halt, Progress, Scan, WINDOW_BEYOND_REQUIRED};
pub use telling::Voice;

use crate::clock::Alarm;
use crate::gateway::NetworkStatus;
use crate::house::House;
use crate::operator::Operator;
use crate::skipped::Skipped;
use crate::watched::Watched;
use actix::prelude::*;
use cryptopayment_chains::adapter::Chain;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Tip;
use cryptopayment_domain::time::{Span, Timestamp};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::watch;

/// A failing provider is asked again after the poll interval, doubled each time up to this.
const BACK_OFF_MAX: Span = Span::from_s(60);
/// From so many failed steps in a row on a network takes no new invoices, until a scan is complete
/// again. One hiccup is named in `/readyz`, but no merchant is turned away for it.
const FAILURES_UNTIL_CLOSED: u32 = 2;
/// Blocks are read, but not all that waits to be mined: a network goes on taking invoices so long.
const MEMPOOL_UNREAD_MAX: Span = Span::from_minutes(10);
/// After a step pushes wait so many times as long as it took, and so long at most: however much is
/// pushed, looking takes a tenth of the time, or there is a look a second.
const PAUSE_PER_STEP: u64 = 9;
const PUSHED_PAUSE_MAX: Span = Span::from_s(1);
/// While the network is in trouble pushes wait so long after each step: whoever pushes may be well
/// again, and need not be whom we ask.
const PUSHED_PAUSE_IN_TROUBLE: Span = Span::from_s(5);

/// What a watcher is made of.
#[derive(Clone)]
pub struct Watching {
    /// Which network.
    pub network: Network,
    /// Its node.
    pub chain: Arc<dyn Chain>,
    /// Which addresses are ours.
    pub watched: Arc<Watched>,
    /// Addresses of ours that no known invoice has.
    pub skipped: Arc<Skipped>,
    /// The most confirmations that any invoice asks for.
    pub required_max: u32,
    /// How often an idle chain is asked.
    pub poll_interval: Span,
}

/// Asks the chain now (a push from the node, or a sandbox that has just mined).
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Advance;

/// One per network.
pub struct NetworkWatcher {
    house: House,
    operator: Addr<Operator>,
    watching: Watching,
    /// None while a step is under way, or before the first.
    scan: Option<Scan>,
    under_way: bool,
    /// Somebody asked while a step was under way: another follows at once.
    again: bool,
    /// The alarm that is set, so that pushes do not multiply alarms.
    alarm_at: Option<Timestamp>,
    /// Steps that failed since the last one that did not.
    failures: u32,
    /// When the step under way began.
    began_at: Timestamp,
    /// Until then pushes wait.
    pushed_not_before: Timestamp,
    status: watch::Sender<NetworkStatus>,
}

impl NetworkWatcher {
    /// A watcher that begins where its checkpoint says, and the status it will publish.
    pub fn new(
        house: House,
        operator: Addr<Operator>,
        watching: Watching,
    ) -> (NetworkWatcher, watch::Receiver<NetworkStatus>) {
        let status = NetworkStatus {
            network: watching.network,
            tip: saved_tip(&house, watching.network),
            head_height: None,
            scanned_through: None,
            trouble: Some("the network has not been reached yet".to_owned()),
            open_for_invoices: false,
        };
        let (status, receiver) = watch::channel(status);
        let watcher = NetworkWatcher {
            house,
            operator,
            watching,
            scan: None,
            under_way: false,
            again: false,
            alarm_at: None,
            failures: 0,
            began_at: Timestamp::from_unix_ms(0),
            pushed_not_before: Timestamp::from_unix_ms(0),
            status,
        };
        (watcher, receiver)
    }

    fn step(&mut self, ctx: &mut Context<Self>) {
        if self.under_way {
            self.again = true;
            return;
        }
        self.under_way = true;
        self.began_at = self.house.time.now();
        let scan = self.scan.take();
        let parts = (self.house.clone(), self.operator.clone(), self.watching.clone());
        let stepped = AssertUnwindSafe(async move {
            let mut scan = match scan {
                Some(scan) => scan,
                None => match Scan::load(parts.0, parts.1, parts.2).await {
                    Ok(scan) => scan,
                    Err(halt) => return (None, Err(halt)),
                },
            };
            let outcome = scan.advance().await;
            (Some(scan), outcome)
        });
        ctx.spawn(stepped.catch_unwind().into_actor(self).map(|stepped, watcher, ctx| {
            watcher.under_way = false;
            watcher.rest();
            match stepped {
                Ok((scan, outcome)) => {
                    watcher.scan = scan;
                    match outcome {
                        Ok(progress) => watcher.progressed(progress, ctx),
                        Err(halt) => watcher.halted(&halt, ctx),
                    }
                }
                Err(panic) => watcher.panicked(crate::panics::reason(panic.as_ref()), ctx),
            }
        }));
    }

    fn progressed(&mut self, progress: Progress, ctx: &mut Context<Self>) {
        if self.failures > 0 {
            tracing::info!(network = %self.watching.network, "the network is well again");
        }
        self.failures = 0;
        let Progress { tip, head_height, scanned_through, at_once, trouble } = progress;
        let behind = head_height.saturating_sub(tip.height);
        let now = self.house.time.now();
        self.publish(|status| {
            status.tip = Some(tip);
            status.head_height = Some(head_height);
            status.scanned_through = scanned_through.or(status.scanned_through);
            let through = status.scanned_through;
            let fresh = through.is_some_and(|through| now.since(through) < MEMPOOL_UNREAD_MAX);
            status.open_for_invoices =
                behind == 0 && (trouble.is_none() || (status.open_for_invoices && fresh));
            let catching_up = (behind > 0).then(|| format!("catching up: {behind} blocks behind"));
            status.trouble = catching_up.or(trouble);
        });
        let pushed = std::mem::take(&mut self.again);
        if at_once {
            self.step(ctx);
        } else if pushed {
            self.wait(self.pushed_not_before.since(now), ctx);
        } else {
            self.wait(self.watching.poll_interval, ctx);
        }
    }

    /// A step is over: the longer it took, the longer pushes wait for the next.
    fn rest(&mut self) {
        let now = self.house.time.now();
        let took_ms = now.since(self.began_at).ms().unsigned_abs();
        let pause = Span::from_ms(took_ms.saturating_mul(PAUSE_PER_STEP));
        self.pushed_not_before = now.plus(pause.min(PUSHED_PAUSE_MAX));
    }

    fn halted(&mut self, halt: &Halt, ctx: &mut Context<Self>) {
        // The chain moved under our hands: that is no trouble, only a reason to look again.
        if matches!(halt, Halt::Moved) && self.failures == 0 {
            self.failures = 1;
            return self.wait(Span::from_ms(50), ctx);
        }
        self.trouble(&halt.to_string(), ctx);
    }

    fn panicked(&mut self, reason: &str, ctx: &mut Context<Self>) {
        metrics::counter!("actor_restarts_total", "actor" => "watcher").increment(1);
        self.trouble(&format!("the watcher panicked and begins again: {reason}"), ctx);
    }

    fn trouble(&mut self, trouble: &str, ctx: &mut Context<Self>) {
        let network = self.watching.network;
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(%network, failures = self.failures, trouble, "the network is in trouble");
        metrics::counter!("watcher_failures_total", "network" => network.name()).increment(1);
        let now = self.house.time.now();
        let lasting = self.failures >= FAILURES_UNTIL_CLOSED;
        self.publish(|status| {
            status.trouble = Some(trouble.to_owned());
            status.open_for_invoices &= !lasting;
        });
        self.again = false;
        self.pushed_not_before = now.plus(PUSHED_PAUSE_IN_TROUBLE);
        let doubled = self.watching.poll_interval.ms().unsigned_abs() << self.failures.min(10);
        self.wait(Span::from_ms(doubled).min(BACK_OFF_MAX), ctx);
    }

    fn wait(&mut self, pause: Span, ctx: &Context<Self>) {
        let at = self.house.time.now().plus(pause);
        if self.alarm_at.is_none_or(|set| at < set) {
            self.alarm_at = Some(at);
            self.house.wake(at, ctx.address().recipient());
        }
    }

    fn publish(&self, change: impl FnOnce(&mut NetworkStatus)) {
        let network = self.watching.network.name();
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            let height = status.tip.map_or(0, |tip| tip.height);
            metrics::gauge!("network_scanned_height", "network" => network).set(height as f64);
            *status != before
        });
    }
}

/// The tip as the checkpoint knows it, for showing until the first step.
fn saved_tip(house: &House, network: Network) -> Option<Tip> {
    let saved = house.views().checkpoint(network).ok().flatten()?;
    let hash = *saved.hashes.last()?;
    Some(Tip { height: saved.height, hash, solid_height: saved.solid_height })
}

impl Actor for NetworkWatcher {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.step(ctx);
    }
}

impl Handler<Alarm> for NetworkWatcher {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, ctx: &mut Self::Context) {
        if self.alarm_at.is_some_and(|set| set <= self.house.time.now()) {
            self.alarm_at = None;
            self.step(ctx);
        }
    }
}

impl Handler<Advance> for NetworkWatcher {
    type Result = ();

    fn handle(&mut self, Advance: Advance, ctx: &mut Self::Context) {
        let now = self.house.time.now();
        if self.under_way || now >= self.pushed_not_before {
            self.step(ctx);
        } else {
            self.wait(self.pushed_not_before.since(now), ctx);
        }
    }
}
