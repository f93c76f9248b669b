//! Engine: starts the actors in the order in which they lean on each other, and stops them.
//!
//! The store is open before (lock → journal tail → views). Then: watched set and address counters
//! → open obligations → queued deliveries → watchers. When this is done, HTTP may open its doors.

use crate::addresses::Addresses;
use crate::clock::Clock;
use crate::dispatcher::{self, Dispatcher, Due, ReadDueIndex, Rest, Resume};
use crate::gateway::{Gateway, Inner, NetworkDoor, OPENING_MAX, RatesDoor};
use crate::house::{House, InvoiceRules, Rooms};
use crate::ledger::{LedgerActor, Settle};
use crate::operator::Operator;
use crate::payees::{PayeeNetwork, Payees};
use crate::ports::{Courier, Privacy, TimeSource};
use crate::post::{self, Post};
use crate::rates::{RateParts, Rates};
use crate::registry::{MoveIn, Registry};
use crate::sandbox::Sandbox;
use crate::skipped::{self, Skipped};
use crate::watched::Watched;
use crate::watcher::{Advance, NetworkWatcher, Watching};
use actix::prelude::*;
use cryptopayment_chains::adapter::Chain;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::simulated::SimulatedNode;
use cryptopayment_chains::vault::accounts::Accounts;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::{InvoicePolicy, NetworkTerms};
use cryptopayment_domain::merchant::MerchantFact;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::{DeliveryFact, RetrySchedule};
use cryptopayment_domain::withdrawal::{WithdrawalPolicy, WithdrawalTerms};
use cryptopayment_storage::{FeedError, Store, ViewError, Views};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// How long a stop waits for webhooks in flight.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// Everything the engine is made of.
pub struct EngineParts {
    /// The open store.
    pub store: Store,
    /// The time.
    pub time: Arc<dyn TimeSource>,
    /// Keeps people's secrets.
    pub privacy: Arc<dyn Privacy>,
    /// Carries webhooks; none: nothing is delivered now.
    pub courier: Option<Arc<dyn Courier>>,
    /// Account public keys, from which every deposit address is derived.
    pub accounts: Arc<Accounts>,
    /// The networks to watch.
    pub networks: Vec<NetworkParts>,
    /// Where prices come from.
    pub rates: RateParts,
    /// The rules of invoices.
    pub policy: InvoicePolicy,
    /// The rules of withdrawals.
    pub withdrawals: WithdrawalPolicy,
    /// When failed webhooks are tried again.
    pub schedule: RetrySchedule,
    /// The simulated chains, where the networks are simulated.
    pub sandbox: Option<SandboxParts>,
    /// What an invoice makes of a command: `domain::invoice::decide`.
    pub rules: Arc<InvoiceRules>,
    /// Whether new API keys are marked as ones that move no real money (`pk_test_…`).
    pub test_keys: bool,
}

/// One network to watch.
pub struct NetworkParts {
    /// Its node.
    pub chain: Arc<dyn Chain>,
    /// What is fixed into its invoices.
    pub terms: NetworkTerms,
    /// What is asked of withdrawals of its coin.
    pub withdrawal: WithdrawalTerms,
    /// The contract of its token; none where the coin itself is paid.
    pub token: Option<Address>,
    /// How often an idle chain is asked.
    pub poll_interval: Span,
}

/// The simulated chains.
pub struct SandboxParts {
    /// One per network.
    pub nodes: BTreeMap<Network, SimulatedNode>,
    /// A block on each this often; none: only on request.
    pub block_time: Option<Span>,
}

/// The engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The views could not be read.
    #[error("the store cannot be read: {0}")]
    Store(#[from] ViewError),
    /// An address that a restore skipped cannot be derived, and so not be watched.
    #[error("{0}")]
    Skipped(String),
    /// An actor ended while it was being started.
    #[error("an actor ended while the engine started")]
    Actor(#[from] MailboxError),
}

/// A running engine. Dropping it ends the actors as a crash would: nothing waits for anything.
pub struct Engine {
    /// Its door.
    pub gateway: Gateway,
    house: House,
    dispatcher: Option<Addr<Dispatcher>>,
    threads: Threads,
}

/// The threads of the actors: aggregates on the first, watchers on the second.
struct Threads {
    arbiters: Vec<Arbiter>,
}

impl Threads {
    fn start() -> Threads {
        Threads { arbiters: vec![Arbiter::new(), Arbiter::new()] }
    }

    /// Ends them, the watchers first: nobody must miss whom it tells.
    fn end(&mut self) {
        for arbiter in self.arbiters.drain(..).rev() {
            arbiter.stop();
            if arbiter.join().is_err() {
                tracing::error!("a thread of actors ended in a panic");
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waited for, so that whoever opens the store next is alone with it.
        self.end();
    }
}

impl Engine {
    /// Starts everything. Must be called within an actix system.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(parts: EngineParts) -> Result<Engine, StartError> {
        let threads = Threads::start();
        let arbiters = threads.arbiters.as_slice();
        let aggregates = arbiters[0].handle();
        let house = move_in(&parts, &aggregates).await?;
        let operator = Operator::start_in_arbiter(&aggregates, {
            let house = house.clone();
            move |_| Operator::new(house)
        });
        settle_obligations(&house).await?;
        let dispatcher = match house.courier.is_some() {
            true => Some(start_deliveries(&house, &aggregates).await?),
            false => None,
        };
        let mut networks = BTreeMap::new();
        for network in parts.networks {
            let parts = (network, &parts.accounts);
            let (name, door) = watch_network(&house, &operator, parts, arbiters).await?;
            networks.insert(name, door);
        }
        let sandbox = parts.sandbox.map(|SandboxParts { nodes, block_time }| {
            let house = house.clone();
            let sandbox = move |_: &mut Context<Sandbox>| Sandbox::new(house, nodes, block_time);
            Sandbox::start_in_arbiter(&aggregates, sandbox)
        });
        let enabled: Vec<Network> = networks.keys().copied().collect();
        let (rates, board) = Rates::new(house.clone(), parts.rates, &enabled);
        let rates =
            RatesDoor { board, _rates: Rates::start_in_arbiter(&arbiters[1].handle(), |_| rates) };
        let (opening, registering) = (Semaphore::new(OPENING_MAX), Mutex::new(()));
        let (policy, test_keys) = (parts.policy, parts.test_keys);
        let inner = Inner {
            house: house.clone(),
            policy,
            networks,
            rates,
            operator,
            sandbox,
            opening,
            registering,
            test_keys,
        };
        Ok(Engine { gateway: Gateway::new(inner), house, dispatcher, threads })
    }

    /// What the actors share: the way to any of them, for tests and benches.
    pub const fn house(&self) -> &House {
        &self.house
    }

    /// The dispatcher; none where nothing is delivered.
    pub const fn dispatcher(&self) -> Option<&Addr<Dispatcher>> {
        self.dispatcher.as_ref()
    }

    /// Ends the actors, then writes out the journal and the views. Webhooks in flight are waited
    /// for a moment: one that arrived and was not noted would be sent again at the next start.
    pub async fn stop(self) {
        let Engine { gateway, house, dispatcher, mut threads } = self;
        if let Some(dispatcher) = &dispatcher {
            // In vain where an endpoint hangs.
            let _ = tokio::time::timeout(STOP_GRACE, end_of_deliveries(dispatcher)).await;
        }
        let ended = tokio::task::spawn_blocking(move || {
            threads.end();
            house.store.clone().close()
        });
        if !matches!(ended.await, Ok(Ok(()))) {
            tracing::error!("the store could not be closed; the next start will look at it");
        }
        drop((gateway, dispatcher));
    }
}

/// Clock, registry and post; whoever else comes is given the house they make.
async fn move_in(parts: &EngineParts, arbiter: &ArbiterHandle) -> Result<House, MailboxError> {
    let time = parts.time.clone();
    let clock = Clock::start_in_arbiter(arbiter, {
        let time = time.clone();
        move |_| Clock::new(time)
    });
    let registry = Registry::start_in_arbiter(arbiter, |_| Registry::homeless());
    let (post, letters) = Post::new();
    let house = House::from(Rooms {
        store: parts.store.clone(),
        time,
        privacy: parts.privacy.clone(),
        courier: parts.courier.clone(),
        schedule: Arc::new(parts.schedule.clone()),
        rules: parts.rules.clone(),
        payees: payees(parts),
        registry: registry.clone(),
        clock,
        post,
    });
    registry.send(MoveIn(house.clone())).await?;
    let carrier = house.clone();
    arbiter.spawn_fn(move || {
        actix::spawn(post::carry(carrier, letters));
    });
    Ok(house)
}

/// Where withdrawals may go: addresses of the chains whose accounts we have.
fn payees(parts: &EngineParts) -> Payees {
    let networks = parts.networks.iter().filter_map(|parts_of| {
        let network = parts_of.chain.network();
        let chain = parts.accounts.account(network).ok()?.chain();
        let (terms, token) = (parts_of.withdrawal, parts_of.token.clone());
        Some((network, PayeeNetwork { chain, terms, token }))
    });
    Payees::new(parts.withdrawals, networks.collect(), &parts.accounts)
}

/// What was owed when the process ended is settled first.
async fn settle_obligations(house: &House) -> Result<(), StartError> {
    let owed = house.views().open_obligations()?;
    let merchants: BTreeSet<_> = owed.into_iter().map(|obligation| obligation.merchant).collect();
    for merchant in merchants {
        match house.find::<LedgerActor>(merchant).await {
            Ok(ledger) => {
                if let Err(error) = ledger.send(Settle).await? {
                    tracing::error!(%merchant, %error, "an obligation could not be settled");
                }
            }
            Err(error) => tracing::error!(%merchant, %error, "a ledger could not be started"),
        }
    }
    Ok(())
}

/// The dispatcher listens to the feed before it reads the index, so that nothing falls between.
async fn start_deliveries(
    house: &House,
    arbiter: &ArbiterHandle,
) -> Result<Addr<Dispatcher>, StartError> {
    let mut feed = house.store.feed().subscribe();
    let dispatcher = Dispatcher::start_in_arbiter(arbiter, {
        let house = house.clone();
        move |_| Dispatcher::new(house)
    });
    let (listener, views) = (dispatcher.clone(), house.views());
    arbiter.spawn(async move {
        loop {
            let told = match feed.next().await {
                Ok(group) => tell_dispatcher(&listener, &views, &group.facts).await,
                Err(FeedError::Lagged { .. }) => listener.send(ReadDueIndex).await,
                Err(FeedError::Closed) => return,
            };
            if told.is_err() {
                return;
            }
        }
    });
    dispatcher.send(ReadDueIndex).await?;
    Ok(dispatcher)
}

/// Lets the dispatcher start nothing any more, and waits until nothing is in flight.
async fn end_of_deliveries(dispatcher: &Addr<Dispatcher>) -> Result<(), MailboxError> {
    dispatcher.send(Rest).await?;
    while dispatcher.send(dispatcher::Inspect).await?.in_flight > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Tells the dispatcher which deliveries are due, and which endpoints were set.
async fn tell_dispatcher(
    dispatcher: &Addr<Dispatcher>,
    views: &Views,
    facts: &[Fact],
) -> Result<(), MailboxError> {
    for fact in facts {
        if let Fact::Delivery(event, DeliveryFact::Queued(queued)) = fact {
            let (merchant, after, at) = (queued.merchant, queued.after, queued.at);
            dispatcher.send(Due { event: *event, merchant, after, at }).await?;
        }
        if let Fact::Delivery(event, DeliveryFact::Redelivered { at }) = fact {
            match views.delivery(*event) {
                Ok(Some(row)) => {
                    let (merchant, after) = (row.value.queued.merchant, row.value.queued.after);
                    dispatcher.send(Due { event: *event, merchant, after, at: *at }).await?;
                }
                // It is in the index of due deliveries, as far as there is one.
                Ok(None) | Err(_) => dispatcher.send(ReadDueIndex).await?,
            }
        }
        if let Fact::Merchant(merchant, MerchantFact::WebhookSet { .. }) = fact {
            dispatcher.send(Resume(*merchant)).await?;
        }
    }
    Ok(())
}

/// Watched set and counter from the views, then the watcher. The network takes no invoice before
/// the watcher has been at the chain's head, and so has a floor: no address is shown before.
async fn watch_network(
    house: &House,
    operator: &Addr<Operator>,
    (parts, accounts): (NetworkParts, &Arc<Accounts>),
    arbiters: &[Arbiter],
) -> Result<(Network, NetworkDoor), StartError> {
    let network = parts.chain.network();
    let watched = Arc::new(Watched::default());
    let views = house.views();
    let ranges = views.skipped_addresses(network)?;
    let mut known = HashSet::new();
    views.for_each_watched(network, |address| {
        watched.add(&address.bytes);
        if skipped::is_watched(&ranges, address.index) {
            known.insert(address.index);
        }
    })?;
    let skipped = Skipped::derive(network, accounts.clone(), ranges, known);
    let skipped = Arc::new(skipped.await.map_err(StartError::Skipped)?);
    let next_index = views.next_address_index(network)?;
    let addresses = Addresses::start_in_arbiter(&arbiters[0].handle(), {
        let (accounts, watched) = (accounts.clone(), watched.clone());
        move |_| Addresses::new(network, accounts, watched, next_index)
    });
    let NetworkParts { chain, terms, poll_interval, .. } = parts;
    let required_max = terms.confirmations_required;
    let watching = Watching {
        network,
        chain: Arc::clone(&chain),
        watched,
        skipped,
        required_max,
        poll_interval,
    };
    let (watcher, status) = NetworkWatcher::new(house.clone(), operator.clone(), watching);
    let watcher = NetworkWatcher::start_in_arbiter(&arbiters[1].handle(), move |_| watcher);
    arbiters[1].spawn(pass_on_pushes(Arc::clone(&chain), watcher.clone()));
    Ok((network, NetworkDoor { terms, addresses, chain, _watcher: watcher, status }))
}

/// Has the watcher look whenever a node pushes, as long as both are there.
async fn pass_on_pushes(chain: Arc<dyn Chain>, watcher: Addr<NetworkWatcher>) {
    let Some(mut pushes) = chain.pushes() else { return };
    while pushes.changed().await.is_ok() {
        if watcher.send(Advance).await.is_err() {
            return;
        }
    }
}
