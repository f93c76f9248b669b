//! A merchant's program: the REST API as typed calls, amounts as the text they came as.

use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::wait::{self, Look};
use crate::wire::{Response, exchange, request};
use std::net::SocketAddr;

/// A merchant's credentials, and where the gateway is.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// The gateway.
    pub address: SocketAddr,
    /// `pk_…`
    pub key: String,
    /// `sk_…`
    pub secret: String,
    /// `whsec_…`, which signs webhooks.
    pub app_secret: String,
}

/// An invoice just made.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its id.
    pub id: String,
    /// The address to pay to.
    pub address: String,
    /// The amount to pay, as the token it came as.
    pub amount: String,
    /// Where the customer is sent.
    pub checkout_url: String,
}

impl Opened {
    fn from_json(said: &Json) -> Told<Self> {
        Ok(Self {
            id: said.text("invoice.id")?.to_owned(),
            address: said.text("invoice.address")?.to_owned(),
            amount: said.number("invoice.amount_crypto")?.to_owned(),
            checkout_url: said.text("checkout_url")?.to_owned(),
        })
    }
}

impl Merchant {
    /// Reads credentials from `sandbox.json` or from `merchant create --json`.
    pub fn from_json(address: SocketAddr, json: &Json) -> Told<Self> {
        let text = |name| json.text(name).map(str::to_owned);
        Ok(Self {
            address,
            key: text("api_key")?,
            secret: text("api_secret")?,
            app_secret: text("app_secret")?,
        })
    }

    /// The `Authorization` header's value.
    #[must_use]
    pub fn authorization(&self) -> String {
        format!("Bearer {}:{}", self.key, self.secret)
    }

    /// A call of the API; `path` from `/api/v1` on.
    pub async fn call(&self, method: &str, path: &str, body: &str) -> Told<Response> {
        self.call_with(method, path, &[], body.as_bytes()).await
    }

    /// [`Merchant::call`] with more headers.
    pub async fn call_with(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &[u8],
    ) -> Told<Response> {
        let authorization = self.authorization();
        let mut headers = vec![("Authorization", authorization.as_str()), ("Connection", "close")];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        headers.extend_from_slice(more);
        exchange(self.address, &request(method, &format!("/api/v1{path}"), &headers, body)).await
    }

    /// Opens an invoice over `amount_usd` (JSON text, `50.00`).
    pub async fn open(&self, network: &str, amount_usd: &str) -> Told<Opened> {
        let body = format!(r#"{{"network":"{network}","amount_usd":{amount_usd}}}"#);
        Opened::from_json(&self.call("POST", "/invoices", &body).await?.expect(201)?)
    }

    /// Opens an invoice over 50 USD with `order` as its order id and its idempotency key: asked
    /// again, it is the same one.
    pub async fn open_once(&self, network: &str, order: &str) -> Told<Opened> {
        let body = format!(r#"{{"network":"{network}","amount_usd":50.00,"order_id":"{order}"}}"#);
        let key = [("Idempotency-Key", order)];
        let answer = self.call_with("POST", "/invoices", &key, body.as_bytes()).await?;
        Opened::from_json(&answer.expect(201)?)
    }

    /// The invoice object as it is now.
    pub async fn invoice(&self, id: &str) -> Told<Json> {
        let said = self.call("GET", &format!("/invoices/{id}"), "").await?.expect(200)?;
        said.at("invoice").cloned()
    }

    /// Waits until the invoice's status and detail are these; `""` as detail takes any.
    pub async fn wait_status(&self, id: &str, status: &str, detail: &str) -> Told<Json> {
        self.wait_invoice(id, &format!("is {status}/{detail}"), |invoice| {
            let same = |path, wanted: &str| invoice.text(path).is_ok_and(|text| text == wanted);
            same("status", status) && (detail.is_empty() || same("status_detail", detail))
        })
        .await
    }

    /// Waits until `wanted` holds of the invoice.
    pub async fn wait_invoice(
        &self,
        id: &str,
        what: &str,
        wanted: impl Fn(&Json) -> bool,
    ) -> Told<Json> {
        wait::until(&format!("invoice {id} {what}"), async || {
            let invoice = self.invoice(id).await?;
            let seen = invoice.to_string();
            Ok(Look::when(wanted(&invoice), invoice, || seen))
        })
        .await
    }

    /// `available` and `pending` of one balance (`BTC`, `USDT-TRC20`), as tokens.
    pub async fn balance(&self, coin: &str) -> Told<(String, String)> {
        let said = self.call("GET", "/balances", "").await?.expect(200)?;
        let number = |part| said.number(&format!("balances.{coin}.{part}")).map(str::to_owned);
        Ok((number("available")?, number("pending")?))
    }

    /// Waits until what is available of a coin is this number, however it is padded.
    pub async fn wait_available(&self, coin: &str, wanted: &str) -> Told<()> {
        wait::until(&format!("{wanted} {coin} are available"), async || {
            let (available, pending) = self.balance(coin).await?;
            let seen = format!("available {available}, pending {pending}");
            Ok(Look::when(same_number(&available, wanted), (), || seen))
        })
        .await
    }

    /// Sends this merchant's webhooks to `url`.
    pub async fn set_webhook(&self, url: &str) -> Told<()> {
        let answer = self.call("PUT", "/webhook", &format!(r#"{{"url":"{url}"}}"#)).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(Failure::new(format!("PUT /webhook: {} {}", answer.status, answer.text())))
    }
}

/// Whether two decimal tokens are one number: `50.00` and `50`.
#[must_use]
pub fn same_number(left: &str, right: &str) -> bool {
    let plain = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        (whole.to_owned(), fraction.trim_end_matches('0').to_owned())
    };
    plain(left) == plain(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_makes_no_other_number() {
        for (left, right, same) in
            [("50.00", "50", true), ("0", "0.00", true), ("0.5", "0.05", false), ("10", "1", false)]
        {
            assert_eq!(same_number(left, right), same, "{left} {right}");
        }
    }
}
