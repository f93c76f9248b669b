//! A running engine, and the questions that stories ask of it.

use super::{
    Detail, Invoice, InvoiceId, JumpingClock, MerchantId, Money, Network, Status, until, until_some,
};
use cryptopayment_actors::engine::Engine;
use cryptopayment_actors::gateway::{
    Gateway, NetworkStatus, NewMerchant, OpenInvoice, RenderedAnswer, Reservation, Unwilling,
};
use cryptopayment_actors::house::House;
use cryptopayment_actors::ledger::{self, LedgerActor};
use cryptopayment_actors::registry::LetIdleGo;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::{Ask, standing};
use cryptopayment_domain::ledger::{CreditKey, Ledger};
use cryptopayment_domain::payment::PaymentId;
use cryptopayment_domain::webhook::EventSet;
use cryptopayment_storage::{Credit, Store, Views};
use std::sync::Arc;
use uuid::Uuid;

/// An engine and its store.
pub struct Running {
    pub engine: Engine,
    store: Store,
    clock: Arc<JumpingClock>,
}

impl Running {
    pub fn of(engine: Engine, store: Store, clock: Arc<JumpingClock>) -> Running {
        Running { engine, store, clock }
    }

    pub fn gateway(&self) -> &Gateway {
        &self.engine.gateway
    }

    pub fn house(&self) -> &House {
        self.engine.house()
    }

    pub fn views(&self) -> Views {
        self.store.views()
    }

    /// Ends it in good order.
    pub async fn stop(self) {
        let Running { engine, store, .. } = self;
        drop(store);
        engine.stop().await;
    }

    /// Ends it as a kill does: nobody is waited for. The store writes what was appended.
    pub fn crash(self) {
        drop(self);
    }

    /// A merchant whose webhooks go to this URL.
    pub async fn merchant(&self, name: &str, url: Option<&str>) -> NewMerchant {
        let email = format!("{name}@example.com");
        let url = url.map(str::to_owned);
        self.gateway().register_merchant(&email, None, url, true).await.unwrap()
    }

    /// Opens an invoice over so many dollars.
    pub async fn open(&self, merchant: MerchantId, network: Network, usd: u32) -> Invoice {
        let id = InvoiceId(Uuid::new_v4());
        self.try_open(id, merchant, network, usd, None).await.unwrap();
        self.invoice(id)
    }

    /// The answer to a request, whatever it is.
    pub async fn try_open(
        &self,
        invoice: InvoiceId,
        merchant: MerchantId,
        network: Network,
        usd: u32,
        reservation: Option<Reservation>,
    ) -> Result<RenderedAnswer, Unwilling> {
        self.gateway().open_invoice(request(invoice, merchant, network, usd, reservation)).await
    }

    /// An invoice as the views show it.
    pub fn invoice(&self, id: InvoiceId) -> Invoice {
        self.views().invoice(id).unwrap().unwrap().value
    }

    /// Where an invoice stands.
    pub fn standing(&self, invoice: &Invoice) -> (Status, Detail) {
        let standing = standing(&self.invoice(invoice.terms.invoice));
        (standing.status, standing.detail)
    }

    /// Waits until an invoice stands so.
    pub async fn until_standing(&self, invoice: &Invoice, status: Status, detail: Detail) {
        let mut last = None;
        let what = format!("{} is {status} {detail:?}", invoice.terms.network);
        until(&what, || {
            let now = self.standing(invoice);
            if last != Some(now) {
                println!("  {} stands {now:?}", invoice.terms.network);
                last = Some(now);
            }
            now == (status, detail)
        })
        .await;
    }

    /// What a merchant may withdraw of a network's coin, by the statement.
    pub fn balance(&self, merchant: MerchantId, network: Network) -> i128 {
        self.views().coin(merchant, network).unwrap().balance
    }

    /// What is mined and not yet credited.
    pub fn pending(&self, merchant: MerchantId, network: Network) -> u128 {
        self.views().coin(merchant, network).unwrap().pending
    }

    /// The credit of a payment in a round.
    pub fn credit(&self, payment: PaymentId, round: u32) -> Option<Credit> {
        self.views().credit(CreditKey { payment, round }).unwrap()
    }

    /// What a network says of itself.
    pub fn status(&self, network: Network) -> NetworkStatus {
        self.gateway().network_status(network).unwrap().borrow().clone()
    }

    /// Waits until a network takes invoices.
    pub async fn until_open(&self, network: Network) {
        until(&format!("{network} is open"), || self.status(network).open_for_invoices).await;
    }

    /// Waits until a network's trouble says this.
    pub async fn until_trouble(&self, network: Network, says: &str) -> String {
        until_some(&format!("{network} says {says:?}"), || {
            self.status(network).trouble.filter(|trouble| trouble.contains(says))
        })
        .await
    }

    /// Waits until everything that a network holds at this moment was taken in and is durable.
    pub async fn scanned(&self, network: Network) {
        let now = self.clock.now();
        let what = format!("{network} is scanned through {now}");
        until(&what, || {
            let status = self.status(network);
            status.trouble.is_none() && status.scanned_through.is_some_and(|through| through > now)
        })
        .await;
        self.durable().await;
    }

    /// Waits until everything appended so far is durable.
    pub async fn durable(&self) {
        self.store.append(Vec::new()).durable().await;
    }

    /// Writes facts as if some actor had, with no actor knowing.
    pub async fn write(&self, facts: Vec<Fact>) {
        self.store.append(facts).durable().await;
    }

    /// Two rounds of the registry: whoever is idle goes.
    pub async fn let_idle_go(&self) {
        for _ in 0..2 {
            self.house().registry.send(LetIdleGo).await.unwrap();
        }
    }

    /// A ledger as its live copy has it.
    pub async fn live_ledger(&self, merchant: MerchantId) -> Ledger {
        let actor = self.house().find::<LedgerActor>(merchant).await.unwrap();
        actor.send(ledger::Inspect).await.unwrap().unwrap()
    }

    /// Waits until a ledger's live copy and its row in the views are the same.
    pub async fn until_ledgers_agree(&self, merchant: MerchantId) {
        let what = "the live ledger and its row agree";
        let began = std::time::Instant::now();
        loop {
            self.durable().await;
            let (live, row) = (self.live_ledger(merchant).await, self.views().ledger(merchant));
            let row = row.unwrap().value;
            if live == row {
                return;
            }
            assert!(began.elapsed().as_secs() < 20, "in vain: {what}\n{live:#?}\n{row:#?}");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// A request to open an invoice; the answer's body is the address to pay.
pub fn request(
    invoice: InvoiceId,
    merchant: MerchantId,
    network: Network,
    usd: u32,
    reservation: Option<Reservation>,
) -> OpenInvoice {
    let ask = Ask {
        invoice,
        merchant,
        network,
        amount_usd: usd.into(),
        order_id: Some(format!("order {invoice}")),
        metadata_sealed: Vec::new(),
        expires_in_s: None,
        success_url: None,
        cancel_url: None,
        events: EventSet::SEED,
    };
    let render = |invoice: &Invoice| RenderedAnswer {
        status: 201,
        location: Some(format!("/api/v1/invoices/{}", invoice.terms.invoice)),
        body: invoice.terms.address.clone().into_bytes(),
        replayed: false,
    };
    OpenInvoice { ask, reservation, render: Arc::new(render) }
}

/// So many parts in a hundred of an amount.
pub fn percent(amount: Money, percent: u128) -> Money {
    Money::new(amount.network(), amount.units() * percent / 100).unwrap()
}
