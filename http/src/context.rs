//! What this room is given by the binary.

use crate::call::Caller;
use crate::config::HttpConfig;
use crate::error::Failure;
use cryptopayment_actors::gateway::Gateway;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Invoice, Opened};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Tip;
use cryptopayment_storage::{Feed, ViewError, Views};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// Makes the text that a wallet reads, from an invoice's terms and what is to be sent, if anything.
/// `chains` knows how; no door leads there from here, so the binary hands it in.
pub type PaymentUri = Arc<dyn Fn(&Opened, Option<Money>) -> String + Send + Sync>;

/// Tells what keeps one part from working, `store: the disk is full`; none when it works.
pub type Probe = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Everything from outside: the engine, the views, the feed, and what the operator decided.
#[derive(Clone)]
pub struct HttpContext {
    /// The engine, for whatever changes something.
    pub gateway: Gateway,
    /// The views, for whatever only reads.
    pub views: Views,
    /// The durable facts in order, for checkout pages that are held open.
    pub feed: Feed,
    /// What the operator decided.
    pub config: Arc<HttpConfig>,
    /// What a wallet reads.
    pub payment_uri: PaymentUri,
    /// What `/metrics` prints.
    pub prometheus: PrometheusHandle,
    /// What else keeps the gateway from being ready: the store's disk, and whatever comes later.
    pub probes: Vec<Probe>,
}

impl HttpContext {
    /// The merchant to whom an API key was issued.
    ///
    /// # Errors
    /// 500, when the views cannot be read.
    pub fn merchant_of_key(&self, key: &str) -> Result<Option<Caller>, Failure> {
        let found = self.views.merchant_by_key(key).map_err(read_failed)?;
        Ok(found.map(|(id, row)| Caller { id, key: key.into(), merchant: Arc::new(row.value) }))
    }

    /// The invoice of that id, whosever it is.
    ///
    /// # Errors
    /// 500, when the views cannot be read.
    pub fn invoice(&self, id: InvoiceId) -> Result<Option<Invoice>, Failure> {
        Ok(self.views.invoice(id).map_err(read_failed)?.map(|row| row.value))
    }

    /// How far a network's chain has been scanned; none where it is not watched.
    pub fn tip(&self, network: Network) -> Option<Tip> {
        self.gateway.network_status(network).and_then(|status| status.borrow().tip)
    }

    /// The networks that this gateway takes payments on, in the contract's order.
    pub fn enabled_networks(&self) -> Vec<Network> {
        let enabled = |network: &Network| self.gateway.network_status(*network).is_some();
        Network::ALL.into_iter().filter(enabled).collect()
    }

    /// What a wallet reads to pay this invoice: where only a part is paid it asks for the rest,
    /// where nothing is to be sent any more for no amount.
    pub fn payment_uri(&self, invoice: &Invoice) -> String {
        (self.payment_uri)(&invoice.terms, invoice.asked())
    }

    /// The metadata of an invoice, as it came; none where there is none, or its merchant was
    /// forgotten.
    pub fn metadata(&self, invoice: &Invoice) -> Option<String> {
        let Opened { merchant, metadata_sealed, .. } = &*invoice.terms;
        if metadata_sealed.is_empty() {
            return None;
        }
        let opened = self.gateway.privacy().open(*merchant, metadata_sealed);
        opened.ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }
}

/// The views could not be read: an error of ours, with the reason in the log.
pub(crate) fn read_failed(error: ViewError) -> Failure {
    Failure::internal(format!("the views could not be read: {error}"))
}
