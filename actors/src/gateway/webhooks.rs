//! What a merchant asks about its webhooks.

use super::Gateway;
use crate::asks::Unwilling;
use crate::credentials;
use crate::delivery::{Begin, DeliveryActor, Redeliver};
use crate::merchant::Change;
use cryptopayment_domain::id::{EventId, InvoiceId, MerchantId};
use cryptopayment_domain::merchant::Merchant;
use cryptopayment_domain::webhook::{self, Delivery, EventSet};
use std::sync::Arc;

impl Gateway {
    /// Sets a merchant's webhook URL, or removes it, and which events it is told of, unless that is
    /// to stay. A paused endpoint goes on. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::NotFound`] and trouble inside.
    pub async fn set_webhook(
        &self,
        merchant: MerchantId,
        url: Option<String>,
        events: Option<EventSet>,
    ) -> Result<Arc<Merchant>, Unwilling> {
        self.change(merchant, Change::SetWebhook { url, events }).await
    }

    /// Begins a rotation of the app secret and gives the new one, which is shown once. While one
    /// goes on it is begun again. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::NotFound`] and trouble inside.
    pub async fn begin_rotation(
        &self,
        merchant: MerchantId,
    ) -> Result<(String, Arc<Merchant>), Unwilling> {
        let secret = credentials::app_secret();
        let sealed = self.privacy().seal(merchant, secret.text().as_bytes());
        let secret_sealed = sealed.map_err(crate::sealing_failed)?;
        let changed = self.change(merchant, Change::BeginRotation { secret_sealed }).await?;
        Ok((secret.text().to_owned(), changed))
    }

    /// Ends a rotation: only the new secret signs. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Merchant`] when none goes on.
    pub async fn end_rotation(&self, merchant: MerchantId) -> Result<Arc<Merchant>, Unwilling> {
        self.change(merchant, Change::EndRotation).await
    }

    /// Queues a test of the merchant's endpoint. Durable when this returns.
    ///
    /// # Errors
    /// Trouble inside.
    pub async fn test_webhook(&self, merchant: MerchantId) -> Result<Delivery, Unwilling> {
        let invoice = InvoiceId(uuid::Uuid::new_v4());
        let queued = webhook::queue_test(merchant, invoice, self.now());
        let actor = self.inner.house.find::<DeliveryActor>(queued.event).await?;
        actor.send(Begin(queued)).await.map_err(|_| Unwilling::Crashed)?
    }

    /// Delivers an event once more, with a schedule that begins anew. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::NotFound`] where the event is none of this merchant's.
    pub async fn redeliver(
        &self,
        merchant: MerchantId,
        event: EventId,
    ) -> Result<Delivery, Unwilling> {
        let house = &self.inner.house;
        let known = house.views().delivery(event).map_err(crate::read_failed)?;
        if known.is_none_or(|row| row.value.queued.merchant != merchant) {
            return Err(Unwilling::NotFound);
        }
        let actor = house.find::<DeliveryActor>(event).await?;
        actor.send(Redeliver).await.map_err(|_| Unwilling::Crashed)?
    }
}
