//! Withdrawals through the door: requests, decisions, terms, and the merchants' allow-lists.

use super::{Gateway, Unwilling};
use crate::asks::{RenderedAnswer, RequestWithdrawal};
use crate::ledger::{Decide, LedgerActor, Request};
use crate::merchant::Change;
use cryptopayment_domain::id::{MerchantId, WithdrawalId};
use cryptopayment_domain::merchant::Merchant;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{Command, Withdrawal, WithdrawalTerms};
use std::sync::Arc;

impl Gateway {
    /// Asks for a withdrawal: holds its amount. The answer is durable, and with a reservation
    /// recorded, when this returns.
    ///
    /// # Errors
    /// [`Unwilling`]; nothing has changed.
    pub async fn request_withdrawal(
        &self,
        request: RequestWithdrawal,
    ) -> Result<RenderedAnswer, Unwilling> {
        let inner = &self.inner;
        let RequestWithdrawal { merchant, withdrawal, amount, address, reservation, render } =
            request;
        let _permit = inner.opening.try_acquire().map_err(|_| Unwilling::Overloaded)?;
        // Without a price a human decides; nobody is refused for it.
        let rate = self.market_rate(amount.network()).ok();
        let ledger = inner.house.find::<LedgerActor>(merchant).await?;
        let request = Request { withdrawal, amount, address, rate, reservation, render };
        ledger.send(request).await.map_err(|_| Unwilling::Crashed)?
    }

    /// Approves, rejects or cancels a withdrawal. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Withdrawal`] where it stands elsewhere, [`Unwilling::NotFound`].
    pub async fn decide_withdrawal(
        &self,
        withdrawal: WithdrawalId,
        command: Command,
    ) -> Result<Withdrawal, Unwilling> {
        let house = &self.inner.house;
        let row = house.views().withdrawal(withdrawal).map_err(crate::read_failed)?;
        let merchant = row.ok_or(Unwilling::NotFound)?.value.request.merchant;
        let ledger = house.find::<LedgerActor>(merchant).await?;
        ledger.send(Decide { withdrawal, command }).await.map_err(|_| Unwilling::Crashed)?
    }

    /// What is asked of withdrawals of a network's coin; none where it is not enabled.
    pub fn withdrawal_terms(&self, network: Network) -> Option<WithdrawalTerms> {
        self.inner.house.payees.terms(network)
    }

    /// Puts an address on a merchant's list: from the first on it can withdraw only to those on
    /// it. Durable when this returns.
    ///
    /// # Errors
    /// [`Unwilling::Withdrawal`] where it is no address, [`Unwilling::NotFound`].
    pub async fn allow_address(
        &self,
        merchant: MerchantId,
        network: Network,
        address: &str,
    ) -> Result<Arc<Merchant>, Unwilling> {
        let address = self.inner.house.payees.parse(network, address)?;
        let text = address.to_string();
        let change = Change::AllowAddress { network, address: text, bytes: address.into_bytes() };
        self.change(merchant, change).await
    }
}
