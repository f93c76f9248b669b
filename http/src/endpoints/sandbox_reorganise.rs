//! `POST /sandbox/reorg` `{"network","depth"}`: replaces the last blocks by as many and one more.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::json::fields;
use crate::json::strict::Object;
use crate::openapi::{Operation, Schema, Tag, always, maybe};
use crate::render::shapes;
use crate::sandbox;
use cryptopayment_actors::gateway::SandboxAsk;

/// Blocks that can leave at once.
const DEPTH_MAX: u32 = 100;

/// What the document says of it.
pub fn doc() -> Operation {
    fn body() -> Schema {
        let depth = Schema::whole(1).at_most(DEPTH_MAX.into()).or_null();
        Schema::object([
            always("network", "", shapes::network()),
            maybe("depth", "How many blocks leave; 1 unless said.", depth),
        ])
    }
    Operation::new("reorganise", Tag::Sandbox, "Replace the last blocks")
        .about("The last blocks are replaced by as many and one more.")
        .body(Schema::named("Reorganisation", body), r#"{"network":"trc20","depth":2}"#)
        .says(200, "The chain's new height.", sandbox::moved(), sandbox::MOVED)
        .refuses(&["invalid_network", "out_of_bounds", "sandbox_failed"])
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let body = Object::read(&call.body)?;
    let network = fields::network(&body, &call.site.context.enabled_networks())?;
    let depth = sandbox::count(&body, "depth", DEPTH_MAX)?;
    sandbox::answer(&call, SandboxAsk::Reorganise { network, depth }).await
}
