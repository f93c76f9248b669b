//! What an endpoint is handed: a request that has passed the checks which all share.

use crate::dispatch::Site;
use crate::error::Failure;
use bytes::Bytes;
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId};
use cryptopayment_domain::merchant::Merchant;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;
use warp::http::HeaderMap;

/// A request on its way through an endpoint.
pub struct Call {
    /// Everything the server has.
    pub site: Arc<Site>,
    /// The path's `{id}`, if its pattern has one.
    pub id: Option<String>,
    /// The text after `?`; empty if there is none.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The whole body, at most 64 KiB.
    pub body: Bytes,
    /// The client's address.
    pub client: IpAddr,
    /// Whether only the headers of the answer are wanted (`HEAD`).
    pub head_only: bool,
}

/// The merchant who asks, known by its key and approved.
pub struct Caller {
    /// Whose account.
    pub id: MerchantId,
    /// The public half of the key that was used.
    pub key: Box<str>,
    /// The account as the views have it.
    pub merchant: Arc<Merchant>,
}

impl Call {
    /// A header's text; none if it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The invoice that the path names.
    ///
    /// # Errors
    /// 404 `invoice_not_found` when the text is no id: nothing can have it.
    pub fn invoice_id(&self) -> Result<InvoiceId, Failure> {
        self.uuid().map(InvoiceId).ok_or_else(Call::no_such_invoice)
    }

    /// The id that the path names; none when the text is no id: nothing can have it.
    pub fn uuid(&self) -> Option<Uuid> {
        let text = self.id.as_deref().unwrap_or_default();
        // Only the one spelling that we print; `uuid` reads several.
        Uuid::try_parse(text).ok().filter(|_| text.len() == UUID_CHARS)
    }

    /// The event that the path names, and so its delivery.
    ///
    /// # Errors
    /// 404 `delivery_not_found` when the text is no id: nothing can have it.
    pub fn event_id(&self) -> Result<EventId, Failure> {
        read_event_id(self.id.as_deref().unwrap_or_default()).ok_or_else(Call::no_such_delivery)
    }

    /// 404: no such delivery, or another merchant's.
    pub fn no_such_delivery() -> Failure {
        let message = "there is no such delivery; take an id from GET /api/v1/webhook/deliveries";
        Failure::not_found("delivery_not_found", message)
    }

    /// 404: no such invoice, or another merchant's.
    pub fn no_such_invoice() -> Failure {
        let message = "there is no such invoice; check the id that POST /api/v1/invoices gave you";
        Failure::not_found("invoice_not_found", message)
    }
}

/// An event's id, in the one spelling that we print; `uuid` reads several.
pub fn read_event_id(text: &str) -> Option<EventId> {
    text.parse().ok().filter(|_| text.len() == UUID_CHARS)
}

const UUID_CHARS: usize = 36;
