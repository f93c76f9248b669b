//! Gateway: the door of the engine, for `http` and the command line. Cheap to clone.
//!
//! What changes something comes through here; reads go to the store's views and never wake an
//! actor.

mod withdrawing;

pub use crate::asks::{
    IdempotencyKey, NetworkStatus, NewMerchant, OpenInvoice, RenderWithdrawal, RenderedAnswer,
    RequestWithdrawal, SandboxAsk, SandboxDid, SandboxRefusal, Unwilling,
};

mod webhooks;

use crate::addresses::{Addresses, Take};
use crate::credentials;
use crate::hold::Hold;
use crate::house::House;
use crate::invoice::{Ask as AskInvoice, InvoiceActor, Open};
use crate::merchant::{Change, MerchantActor, Register, Reserve, Reserved};
use crate::operator::{MoveFreeze, Operator, RegisterAdmin};
use crate::ports::Privacy;
use crate::rates::{RateBoard, Rates};
use crate::sandbox::Sandbox;
use crate::watcher::NetworkWatcher;
use actix::Addr;
use cryptopayment_chains::adapter::Chain;
pub use cryptopayment_chains::adapter::ProviderHealth;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{self, Command, Invoice, InvoicePolicy, NetworkTerms};
use cryptopayment_domain::merchant::{Answered, Merchant, MerchantFact, Scopes};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::{NoRate, Rate};
use cryptopayment_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard, Semaphore, watch};

/// Invoices being opened at once; beyond it the gateway says that it is overloaded.
pub const OPENING_MAX: usize = 4096;

/// The door.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) house: House,
    pub(crate) policy: InvoicePolicy,
    pub(crate) networks: BTreeMap<Network, NetworkDoor>,
    pub(crate) rates: RatesDoor,
    pub(crate) operator: Addr<Operator>,
    pub(crate) sandbox: Option<Addr<Sandbox>>,
    /// Bounds every mailbox behind it.
    pub(crate) opening: Semaphore,
    /// One registration at a time: of two with one e-mail address the second must see the first.
    pub(crate) registering: Mutex<()>,
    pub(crate) test_keys: bool,
}

/// One network, as the gateway reaches it.
pub(crate) struct NetworkDoor {
    pub(crate) terms: NetworkTerms,
    pub(crate) addresses: Addr<Addresses>,
    /// Its nodes, for the operator.
    pub(crate) chain: Arc<dyn Chain>,
    /// Held so that the watcher lives as long as the door.
    pub(crate) _watcher: Addr<NetworkWatcher>,
    pub(crate) status: watch::Receiver<NetworkStatus>,
}

/// Where rates are read.
pub(crate) struct RatesDoor {
    /// What the sources have said, as of the last that spoke.
    pub(crate) board: watch::Receiver<Arc<RateBoard>>,
    /// Held so that the sources are asked as long as the door is.
    pub(crate) _rates: Addr<Rates>,
}

/// What became of an idempotency key.
pub enum Begun {
    /// The request was answered before: answer the same again.
    Replay(RenderedAnswer),
    /// The key is this request's until the reservation is dropped.
    Fresh(Reservation),
}

/// A reserved idempotency key; released when dropped.
#[derive(Debug)]
pub struct Reservation {
    key: IdempotencyKey,
    _hold: Arc<Hold>,
}

impl Reservation {
    /// The record of the answer under this key, for the commit of the request's effect.
    pub(crate) fn answered(
        &self,
        house: &House,
        merchant: MerchantId,
        answer: &RenderedAnswer,
    ) -> Result<Fact, Unwilling> {
        let sealed = house.privacy.seal(merchant, &answer.body).map_err(crate::sealing_failed)?;
        let answered = Answered {
            key_digest: self.key.key_digest,
            body_digest: self.key.body_digest,
            status: answer.status,
            location: answer.location.clone(),
            body_sealed: sealed,
            at: house.time.now(),
        };
        Ok(Fact::Merchant(merchant, MerchantFact::Answered(Box::new(answered))))
    }
}

impl Gateway {
    pub(crate) fn new(inner: Inner) -> Gateway {
        Gateway { inner: Arc::new(inner) }
    }

    /// Reserves an idempotency key, before anything else of the request is looked at.
    ///
    /// # Errors
    /// [`Unwilling::KeyReused`], [`Unwilling::InProgress`].
    pub async fn begin(
        &self,
        merchant: MerchantId,
        key: IdempotencyKey,
    ) -> Result<Begun, Unwilling> {
        let house = &self.inner.house;
        let actor = house.find::<MerchantActor>(merchant).await?;
        match actor.send(Reserve(key)).await.map_err(|_| Unwilling::Crashed)?? {
            Reserved::Fresh(hold) => Ok(Begun::Fresh(Reservation { key, _hold: hold })),
            Reserved::Answered => self.replay(merchant, &key).map(Begun::Replay),
        }
    }

    fn replay(
        &self,
        merchant: MerchantId,
        key: &IdempotencyKey,
    ) -> Result<RenderedAnswer, Unwilling> {
        let views = self.inner.house.views();
        let answered = views.answered(merchant, &key.key_digest).map_err(crate::read_failed)?;
        let Answered { status, location, body_sealed, .. } = answered.ok_or(Unwilling::Crashed)?;
        let body = self.privacy().open(merchant, &body_sealed).map_err(crate::sealing_failed)?;
        Ok(RenderedAnswer { status, location, body, replayed: true })
    }

    /// Opens an invoice. The answer is durable, and with a reservation recorded, when this returns.
    ///
    /// # Errors
    /// [`Unwilling`]; nothing has changed.
    pub async fn open_invoice(&self, request: OpenInvoice) -> Result<RenderedAnswer, Unwilling> {
        let inner = &self.inner;
        let OpenInvoice { ask, reservation, render } = request;
        ask.check(&inner.policy)?;
        let network = ask.network;
        let door = self.open_door(network)?;
        let _permit = inner.opening.try_acquire().map_err(|_| {
            metrics::counter!("openings_refused_total").increment(1);
            Unwilling::Overloaded
        })?;
        if !inner.house.store.has_room() {
            return Err(Unwilling::StoreFull);
        }
        let rate = self.rate(network).map_err(|_| Unwilling::RateUnavailable(network))?;
        let deposit = door.addresses.send(Take).await.map_err(|_| Unwilling::Crashed)??;
        let (id, merchant, events, now) = (ask.invoice, ask.merchant, ask.events, self.now());
        let terms = invoice::agree(ask, &inner.policy, &door.terms, rate, deposit, now)?;
        let answer = (render)(&invoice::Invoice::opened(terms.clone()));
        let answered = match &reservation {
            Some(reservation) => Some(reservation.answered(&inner.house, merchant, &answer)?),
            None => None,
        };
        let actor = inner.house.find::<InvoiceActor>(id).await?;
        // The reservation goes with it: a client that hangs up now must not release the key before
        // the record is durable, or a repetition would open a second invoice.
        let open = Open { terms, events, answered, reservation };
        actor.send(open).await.map_err(|_| Unwilling::Crashed)??;
        Ok(answer)
    }

    fn open_door(&self, network: Network) -> Result<&NetworkDoor, Unwilling> {
        let unavailable =
            |reason: &str| Unwilling::NetworkUnavailable { network, reason: reason.to_owned() };
        let door = self.inner.networks.get(&network);
        let door = door.ok_or_else(|| unavailable("it is not enabled on this gateway"))?;
        let status = door.status.borrow();
        match status.open_for_invoices {
            true => {}
            false => {
                let why = status.trouble.as_deref().unwrap_or("it is not ready yet");
                return Err(unavailable(why));
            }
        }
        drop(status);
        Ok(door)
    }

    /// Cancels an invoice on which nothing was received. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Refused`] where it is not pending or has received something,
    /// [`Unwilling::NotFound`].
    pub async fn cancel_invoice(&self, id: InvoiceId) -> Result<Invoice, Unwilling> {
        let actor = self.inner.house.find::<InvoiceActor>(id).await?;
        actor.send(AskInvoice(Command::Cancel)).await.map_err(|_| Unwilling::Crashed)?
    }

    /// Approves a waiting merchant. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Merchant`] when it is not waiting, [`Unwilling::NotFound`].
    pub async fn approve_merchant(&self, merchant: MerchantId) -> Result<Arc<Merchant>, Unwilling> {
        self.change(merchant, Change::Approve).await
    }

    /// Issues one more API key to a merchant: its public half, and its secret one, which is kept
    /// nowhere. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Merchant`] when it has too many, [`Unwilling::NotFound`].
    pub async fn issue_key(
        &self,
        merchant: MerchantId,
        scopes: Scopes,
    ) -> Result<(String, String), Unwilling> {
        let (key, secret) = credentials::draw_key(self.inner.test_keys);
        let secret_sha256 = cryptopayment_domain::merchant::secret_digest(&secret);
        let issue = Change::IssueKey { key: key.clone(), secret_sha256, scopes };
        self.change(merchant, issue).await?;
        Ok((key, secret))
    }

    /// Revokes an API key of a merchant. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Merchant`] when it has no such key that works, [`Unwilling::NotFound`].
    pub async fn revoke_key(
        &self,
        merchant: MerchantId,
        key: String,
    ) -> Result<Arc<Merchant>, Unwilling> {
        self.change(merchant, Change::RevokeKey(key)).await
    }

    async fn change(
        &self,
        merchant: MerchantId,
        change: Change,
    ) -> Result<Arc<Merchant>, Unwilling> {
        let actor = self.inner.house.find::<MerchantActor>(merchant).await?;
        actor.send(change).await.map_err(|_| Unwilling::Crashed)?
    }

    /// Makes a merchant's account with a key pair and an app secret. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::EmailTaken`]; nothing has changed then.
    pub async fn register_merchant(
        &self,
        email: &str,
        password: Option<&str>,
        webhook: Option<String>,
        approve: bool,
    ) -> Result<NewMerchant, Unwilling> {
        let house = &self.inner.house;
        let digest = credentials::email_digest(self.privacy().as_ref(), email);
        let is_known = || {
            let known = house.views().merchant_by_email(&digest).map_err(crate::read_failed)?;
            if known.is_some() { Err(Unwilling::EmailTaken) } else { Ok(()) }
        };
        is_known()?;
        let test = self.inner.test_keys;
        let drawn = credentials::draw(house.privacy.clone(), email, password, test).await?;
        let _alone = self.alone_registering().await;
        is_known()?;
        let at = self.now();
        let (new, facts) = drawn.registration(digest, webhook, approve, at);
        let actor = house.find::<MerchantActor>(new.merchant_id).await?;
        actor.send(Register { facts }).await.map_err(|_| Unwilling::Crashed)??;
        Ok(new)
    }

    /// Waits for its turn to register, and until everything registered before can be seen: also
    /// what somebody registered who did not wait for the answer.
    async fn alone_registering(&self) -> MutexGuard<'_, ()> {
        let alone = self.inner.registering.lock().await;
        self.inner.house.store.append(Vec::new()).durable().await;
        alone
    }

    /// Makes an admin's account. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::EmailTaken`]; trouble with the data keys.
    pub async fn register_admin(&self, email: &str, password: &str) -> Result<(), Unwilling> {
        let house = &self.inner.house;
        let digest = credentials::email_digest(self.privacy().as_ref(), email);
        let is_known = || {
            let known = house.views().admin_by_email(&digest).map_err(crate::read_failed)?;
            if known.is_some() { Err(Unwilling::EmailTaken) } else { Ok(()) }
        };
        is_known()?;
        let privacy = house.privacy.clone();
        let fact = credentials::admin(privacy, email, password, digest, self.now()).await?;
        let _alone = self.alone_registering().await;
        is_known()?;
        self.inner.operator.send(RegisterAdmin(fact)).await.map_err(|_| Unwilling::Crashed)
    }

    /// Holds the withdrawals of all merchants, or lets them go on. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Freeze`] when it is so already, or no reason is given.
    pub async fn move_freeze(&self, ask: MoveFreeze) -> Result<(), Unwilling> {
        self.inner.operator.send(ask).await.map_err(|_| Unwilling::Crashed)?
    }

    /// What every enabled network says of itself.
    pub fn network_statuses(&self) -> Vec<NetworkStatus> {
        self.inner.networks.values().map(|door| door.status.borrow().clone()).collect()
    }

    /// Confirmations that new invoices on a network ask for; none where it is not enabled.
    pub fn confirmations_required(&self, network: Network) -> Option<u32> {
        self.inner.networks.get(&network).map(|door| door.terms.confirmations_required)
    }

    /// How the nodes of a network were last seen; empty where it is not enabled, or has none.
    pub fn providers(&self, network: Network) -> Vec<ProviderHealth> {
        self.inner.networks.get(&network).map_or_else(Vec::new, |door| door.chain.providers())
    }

    /// A network's status as it changes; none where it is not enabled.
    pub fn network_status(&self, network: Network) -> Option<watch::Receiver<NetworkStatus>> {
        self.inner.networks.get(&network).map(|door| door.status.clone())
    }

    /// What a network's coin is worth now.
    ///
    /// # Errors
    /// [`NoRate`], with the reason.
    pub fn rate(&self, network: Network) -> Result<Rate, NoRate> {
        let board = Arc::clone(&self.inner.rates.board.borrow());
        board.rate(network, self.now())
    }

    /// The same before the spread: what the operator's limits in dollars are reckoned with.
    ///
    /// # Errors
    /// As [`Gateway::rate`].
    pub fn market_rate(&self, network: Network) -> Result<Rate, NoRate> {
        let board = Arc::clone(&self.inner.rates.board.borrow());
        board.market_rate(network, self.now())
    }

    /// Tells the meters how old the rates of the networks are now.
    pub fn meter_rates(&self) {
        let board = Arc::clone(&self.inner.rates.board.borrow());
        let networks: Vec<Network> = self.inner.networks.keys().copied().collect();
        board.meter(&networks, self.now());
    }

    /// Opens what is sealed.
    pub fn privacy(&self) -> &Arc<dyn Privacy> {
        &self.inner.house.privacy
    }

    /// The rules of invoices.
    pub fn invoice_policy(&self) -> &InvoicePolicy {
        &self.inner.policy
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.inner.house.time.now()
    }

    /// Whether the networks are simulated.
    pub fn has_sandbox(&self) -> bool {
        self.inner.sandbox.is_some()
    }

    /// Pays, mines or reorganises on a simulated network; none where there is no sandbox.
    pub async fn sandbox(&self, ask: SandboxAsk) -> Option<Result<SandboxDid, SandboxRefusal>> {
        let sandbox = self.inner.sandbox.as_ref()?;
        let gone = |error: actix::MailboxError| SandboxRefusal::Failed(error.to_string());
        Some(sandbox.send(ask).await.map_err(gone).and_then(|done| done))
    }
}
