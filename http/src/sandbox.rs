//! What the sandbox's three levers share: their numbers, and what they answer.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::json::fields::whole_number;
use crate::json::strict::Object;
use crate::json::write::push_string;
use crate::openapi::{Schema, always};
use crate::render::shapes;
use cryptopayment_actors::gateway::{SandboxAsk, SandboxDid, SandboxRefusal};
use cryptopayment_domain::payment::PaymentId;
use warp::http::StatusCode;

/// How many: absent is one.
///
/// # Errors
/// 422 `out_of_bounds`.
pub fn count(body: &Object<'_>, name: &'static str, most: u32) -> Result<u32, Failure> {
    let Some(value) = body.get(name) else { return Ok(1) };
    whole_number(value, 1, most).ok_or_else(|| {
        let message = format!("{name} must be a whole number from 1 to {most}");
        Failure::invalid("out_of_bounds", name, message)
    })
}

/// Asks the sandbox, and says what it did.
///
/// # Errors
/// 422 for what it refuses, 503 when it cannot.
pub async fn answer(call: &Call, ask: SandboxAsk) -> Result<Answer, Failure> {
    let asked = call.site.context.gateway.sandbox(ask).await;
    let did = asked.ok_or_else(|| Failure::not_found("not_found", "there is no sandbox here"))?;
    Ok(Answer::json(StatusCode::OK, shown(&did.map_err(|refusal| refused(&refusal))?)))
}

/// The shape of an answer that says where the chain is now.
pub fn moved() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("network", "", shapes::network()),
            always("height", "The chain's height.", Schema::whole(0)),
        ])
    }
    Schema::named("ChainMoved", shape)
}

/// What it looks like.
pub const MOVED: &str = r#"{"success":true,"network":"trc20","height":119}"#;

fn shown(did: &SandboxDid) -> String {
    match did {
        SandboxDid::Paid { network, txid, amount } => {
            let txid = PaymentId { network: *network, txid: *txid, index: 0 }.txid_text();
            let mut out = format!(r#"{{"success":true,"network":"{network}","txid":"#);
            push_string(&mut out, &txid);
            out.push_str(r#","amount":"#);
            out.push_str(amount);
            out.push('}');
            out
        }
        SandboxDid::Moved { network, height } => {
            format!(r#"{{"success":true,"network":"{network}","height":{height}}}"#)
        }
    }
}

fn refused(refusal: &SandboxRefusal) -> Failure {
    let message = refusal.to_string();
    match refusal {
        SandboxRefusal::UnknownAddress => Failure::invalid("unknown_address", "address", message),
        SandboxRefusal::InvalidAmount => Failure::invalid("invalid_amount", "amount", message),
        SandboxRefusal::OutOfBounds(_) => {
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "out_of_bounds", message)
        }
        SandboxRefusal::Failed(_) => Failure::unavailable("sandbox_failed", message, 1),
    }
}
