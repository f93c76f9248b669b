//! `POST /sandbox/reorg` `{"network","depth"}`: replaces the last blocks by as many and one more.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::json::fields;
use crate::json::strict::Object;
use crate::sandbox;
use cryptopayment_actors::gateway::SandboxAsk;

/// Blocks that can leave at once.
const DEPTH_MAX: u32 = 100;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let body = Object::read(&call.body)?;
    let network = fields::network(&body, &call.site.context.enabled_networks())?;
    let depth = sandbox::count(&body, "depth", DEPTH_MAX)?;
    sandbox::answer(&call, SandboxAsk::Reorganise { network, depth }).await
}
