//! `POST /sandbox/mine` `{"network","blocks"}`: mines blocks at once.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::json::fields;
use crate::json::strict::Object;
use crate::sandbox;
use cryptopayment_actors::gateway::SandboxAsk;

/// Blocks that can be mined at once.
const BLOCKS_MAX: u32 = 1000;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let body = Object::read(&call.body)?;
    let network = fields::network(&body, &call.site.context.enabled_networks())?;
    let blocks = sandbox::count(&body, "blocks", BLOCKS_MAX)?;
    sandbox::answer(&call, SandboxAsk::Mine { network, blocks }).await
}
