//! `POST /sandbox/mine` `{"network","blocks"}`: mines blocks at once.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::json::fields;
use crate::json::strict::Object;
use crate::openapi::{Operation, Schema, Tag, always, maybe};
use crate::render::shapes;
use crate::sandbox;
use cryptopayment_actors::gateway::SandboxAsk;

/// Blocks that can be mined at once.
const BLOCKS_MAX: u32 = 1000;

/// What the document says of it.
pub fn doc() -> Operation {
    fn body() -> Schema {
        let blocks = Schema::whole(1).at_most(BLOCKS_MAX.into()).or_null();
        Schema::object([
            always("network", "", shapes::network()),
            maybe("blocks", "How many; 1 unless said.", blocks),
        ])
    }
    Operation::new("mineBlocks", Tag::Sandbox, "Mine blocks at once")
        .body(Schema::named("Mining", body), r#"{"network":"trc20","blocks":19}"#)
        .says(200, "The chain's new height.", sandbox::moved(), sandbox::MOVED)
        .refuses(&["invalid_network", "out_of_bounds", "sandbox_failed"])
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let body = Object::read(&call.body)?;
    let network = fields::network(&body, &call.site.context.enabled_networks())?;
    let blocks = sandbox::count(&body, "blocks", BLOCKS_MAX)?;
    sandbox::answer(&call, SandboxAsk::Mine { network, blocks }).await
}
