//! What the stories are played with.

mod chain;
mod clock;
mod courier;
mod disk;
mod rules;
mod running;
mod source;
mod world;

pub use chain::{Call, Fork, Interposed};
pub use clock::JumpingClock;
pub use courier::{Answer, Delivered, ScriptedCourier};
pub use disk::GatedDisk;
pub use rules::BreakingRules;
pub use running::{Running, percent, request};
pub use source::{Says, ScriptedSource};
pub use world::{World, address_of};

pub use cryptopayment_chains::simulated::{Fault, PayStyle, ReorgStyle, SimulatedNode};
pub use cryptopayment_domain::id::{InvoiceId, MerchantId};
pub use cryptopayment_domain::invoice::{Detail, Invoice, Status};
pub use cryptopayment_domain::money::Money;
pub use cryptopayment_domain::network::Network;
pub use cryptopayment_domain::payment::{Hash32, PaymentId};
pub use cryptopayment_domain::time::{Span, Timestamp};
pub use rand::rngs::StdRng;
pub use rand::{Rng, SeedableRng};

use std::time::{Duration, Instant};

/// How long anything is waited for: far longer than it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(25);

/// Plays a story in an actix system of its own. All chance in it follows from its seed.
pub fn story<F: Future<Output = ()>>(play: impl FnOnce(StdRng) -> F) {
    let told = std::env::var("STORY_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = told.unwrap_or_else(rand::random);
    println!("STORY_SEED={seed}");
    actix::System::new().block_on(play(StdRng::seed_from_u64(seed)));
}

/// Waits until there is an answer.
pub async fn until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until it holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    until_some(what, || holds().then_some(())).await;
}

/// As long as anything that is going to happen wrongly takes on a busy machine: used only beside
/// an assertion that nothing happens.
pub async fn a_while() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}
