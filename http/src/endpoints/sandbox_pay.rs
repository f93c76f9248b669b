//! `POST /sandbox/pay` `{"address","amount"}`: pays an invoice from the faucet.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::json::fields::text;
use crate::json::strict::Object;
use crate::openapi::{Operation, Schema, Tag, always, maybe};
use crate::render::shapes;
use crate::sandbox;
use cryptopayment_actors::gateway::SandboxAsk;
use cryptopayment_domain::usd::parse_amount;

/// What the document says of it.
pub fn doc() -> Operation {
    fn body() -> Schema {
        let amount = Schema::any_of([Schema::positive(), Schema::amount_text()]).or_null();
        Schema::object([
            always("address", "An invoice's address.", Schema::text()),
            maybe("amount", "In coins; what is due unless said.", amount),
        ])
    }
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("network", "", shapes::network()),
            always("txid", "The transaction.", Schema::text()),
            always("amount", "What was paid.", Schema::amount()),
        ])
    }
    Operation::new("payInvoice", Tag::Sandbox, "Pay an invoice from the faucet")
        .body(
            Schema::named("SandboxPayment", body),
            r#"{"address":"TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx","amount":50.00}"#,
        )
        .says(200, "What was paid.", Schema::named("SandboxPaid", answer), PAID)
        .refuses(&["unknown_address", "invalid_amount", "out_of_bounds", "sandbox_failed"])
}

const PAID: &str = r#"{"success":true,"network":"trc20","txid":"a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90","amount":50.00}"#;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let body = Object::read(&call.body)?;
    let address = body.get("address").and_then(text).filter(|address| !address.is_empty());
    let address = address.ok_or_else(|| {
        Failure::invalid("unknown_address", "address", "address must be an invoice's address")
    })?;
    let amount = amount(&body)?;
    sandbox::answer(&call, SandboxAsk::Pay { address, amount }).await
}

/// As a number or a string of one; absent: what is due.
fn amount(body: &Object<'_>) -> Result<Option<String>, Failure> {
    let Some(value) = body.get("amount") else { return Ok(None) };
    let sent = text(value).unwrap_or_else(|| value.get().to_owned());
    let amount = parse_amount(&sent).map_err(|_| {
        Failure::invalid("invalid_amount", "amount", "amount must be a positive decimal number")
    })?;
    Ok(Some(amount.normalize().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_plain_decimals_whatever_they_came_as() {
        let rows = [
            (r#"{}"#, Ok(None)),
            (r#"{"amount":null}"#, Ok(None)),
            (r#"{"amount":5e1}"#, Ok(Some("50"))),
            (r#"{"amount":"0.50"}"#, Ok(Some("0.5"))),
            (r#"{"amount":0.000000000000000001}"#, Ok(Some("0.000000000000000001"))),
            (r#"{"amount":-1}"#, Err("invalid_amount")),
            (r#"{"amount":true}"#, Err("invalid_amount")),
            (r#"{"amount":[]}"#, Err("invalid_amount")),
        ];
        for (body, expected) in rows {
            let object = Object::read(body.as_bytes()).unwrap();
            let got = amount(&object).map_err(|failure| failure.code);
            assert_eq!(got, expected.map(|amount| amount.map(str::to_owned)), "{body}");
        }
    }
}
