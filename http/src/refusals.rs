//! What the engine refuses, as the client is told.

use crate::error::Failure;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::invoice::Refusal;
use cryptopayment_domain::merchant;
use cryptopayment_domain::withdrawal;
use warp::http::StatusCode;

/// Seconds after which a full gateway may have room again.
const RETRY_SOON_S: u32 = 1;
/// Seconds after which a network, a price or a disk may be well again.
const RETRY_LATER_S: u32 = 30;

impl From<Unwilling> for Failure {
    fn from(unwilling: Unwilling) -> Failure {
        let message = unwilling.to_string();
        match unwilling {
            Unwilling::Refused(refusal) => refused(&refusal, message),
            Unwilling::Withdrawal(refusal) => withdrawal_refused(&refusal, message),
            Unwilling::NotFound => Failure::not_found("not_found", "this is not there (any more)"),
            Unwilling::KeyReused => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Failure::new(status, "idempotency_key_reused", message)
            }
            Unwilling::InProgress => {
                let status = StatusCode::CONFLICT;
                let failure = Failure::new(status, "idempotency_in_progress", message);
                Failure { retry_after_s: Some(RETRY_SOON_S), ..failure }
            }
            // Why is the operator's business: it can name a node. /readyz and the log say it.
            Unwilling::NetworkUnavailable { network, .. } => {
                let message = format!(
                    "{network} takes no new invoices at the moment; offer another network, or try \
                     again in half a minute"
                );
                Failure::unavailable("network_unavailable", message, RETRY_LATER_S)
            }
            Unwilling::RateUnavailable(_) => {
                Failure::unavailable("rate_unavailable", message, RETRY_LATER_S)
            }
            Unwilling::Overloaded => Failure::unavailable("overloaded", message, RETRY_SOON_S),
            Unwilling::StoreFull => Failure::unavailable("store_full", message, RETRY_LATER_S),
            Unwilling::EmailTaken => Failure::new(StatusCode::CONFLICT, "email_taken", message),
            Unwilling::Merchant(merchant::Refusal::NotRotating) => {
                conflict("not_rotating", message)
            }
            Unwilling::Merchant(_) | Unwilling::Freeze(_) => {
                Failure::new(StatusCode::CONFLICT, "not_possible", message)
            }
            Unwilling::Unreadable => Failure::internal("the views cannot be read"),
            Unwilling::Crashed => Failure::internal("an actor could not answer"),
        }
    }
}

/// A rule of invoices stands against it.
fn refused(refusal: &Refusal, message: String) -> Failure {
    let (code, param) = match refusal {
        Refusal::AmountTooSmall { .. } => ("amount_too_small", "amount_usd"),
        Refusal::AmountTooLarge { .. } => ("amount_too_large", "amount_usd"),
        Refusal::InvalidExpiresIn { .. } => ("invalid_expires_in", "expires_in"),
        Refusal::NoQuote => {
            return Failure::unavailable("rate_unavailable", message, RETRY_LATER_S);
        }
        Refusal::NotCancellable(_) => return conflict("invoice_not_cancellable", message),
        Refusal::AlreadyConfirmed => return conflict("already_confirmed", message),
        Refusal::NotClosable(_) => return conflict("not_closable", message),
        Refusal::OtherCoin => ("other_coin", "credit"),
    };
    Failure::invalid(code, param, message)
}

/// A rule of withdrawals stands against it.
fn withdrawal_refused(refusal: &withdrawal::Refusal, message: String) -> Failure {
    use withdrawal::Refusal as Rule;
    let forbidden = |code| Failure::new(StatusCode::FORBIDDEN, code, message.clone());
    let (code, param) = match refusal {
        Rule::InvalidAddress { .. } => ("invalid_address", "address"),
        Rule::BelowMinimum { .. } => ("below_minimum", "amount"),
        Rule::OwnAddress(_) => ("own_address", "address"),
        Rule::Frozen(_) | Rule::FrozenByOperator => return forbidden("withdrawals_frozen"),
        Rule::AddressNotAllowed => return forbidden("address_not_allowed"),
        Rule::InsufficientBalance { .. } => return conflict("insufficient_balance", message),
        Rule::NotCancellable(_) => return conflict("not_cancellable", message),
        Rule::NotApprovable(_) => return conflict("not_approvable", message),
        Rule::NotRejectable(_) => return conflict("not_rejectable", message),
    };
    Failure::invalid(code, param, message)
}

fn conflict(code: &'static str, message: String) -> Failure {
    Failure::new(StatusCode::CONFLICT, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_domain::network::Network;
    use cryptopayment_domain::usd::Usd;
    use rust_decimal::Decimal;

    #[test]
    fn every_refusal_has_its_status_code_and_field() {
        let small = Refusal::AmountTooSmall { minimum: Usd::from_cents(100), got: Decimal::ZERO };
        let large = Refusal::AmountTooLarge { maximum: Usd::from_cents(100), got: Decimal::TEN };
        let expires = Refusal::InvalidExpiresIn { min_s: 300, max_s: 86_400 };
        let closed = Unwilling::NetworkUnavailable { network: Network::Ltc, reason: "x".into() };
        let rows = [
            (small.into(), 422, "amount_too_small", Some("amount_usd"), None),
            (large.into(), 422, "amount_too_large", Some("amount_usd"), None),
            (expires.into(), 422, "invalid_expires_in", Some("expires_in"), None),
            (Unwilling::KeyReused, 422, "idempotency_key_reused", None, None),
            (Unwilling::InProgress, 409, "idempotency_in_progress", None, Some(1)),
            (closed, 503, "network_unavailable", None, Some(30)),
            (Unwilling::RateUnavailable(Network::Btc), 503, "rate_unavailable", None, Some(30)),
            (Unwilling::Overloaded, 503, "overloaded", None, Some(1)),
            (Unwilling::StoreFull, 503, "store_full", None, Some(30)),
            (Unwilling::NotFound, 404, "not_found", None, None),
            (Unwilling::Unreadable, 500, "internal", None, None),
            (Unwilling::Crashed, 500, "internal", None, None),
        ];
        for (unwilling, status, code, param, retry_after_s) in rows {
            let failure = Failure::from(unwilling);
            let got = (failure.status.as_u16(), failure.code, failure.param, failure.retry_after_s);
            assert_eq!(got, (status, code, param, retry_after_s));
        }
    }
}
