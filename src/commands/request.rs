//! A request to the gateway: of the running one, or of this process where none runs.

use crate::assembly::{self, Quiet};
use crate::cli::Place;
use crate::config;
use crate::control::{self, Answer, Hands, Request};
use crate::failure::Failure;
use crate::keys;
use cryptopayment_http::{Cidr, Guard};
use std::path::Path;

/// Has the request done and returns what to print.
///
/// # Errors
/// Why not; nothing has changed then.
pub fn send(place: &Place, request: Request) -> Result<serde_json::Value, Failure> {
    let data_dir = config::data_dir(place)?;
    if !data_dir.is_dir() {
        let what = "no such data folder; `cryptopayment init` or `cryptopayment sandbox` makes one";
        return Err(Failure::at(&data_dir, what));
    }
    let answer = actix::System::new().block_on(async {
        match assembly::open_store(&data_dir, 0, false)? {
            Some(store) => here(place, &data_dir, store, request).await,
            None => control::ask(&data_dir, &request).await,
        }
    })?;
    match answer {
        Answer::Done { done } => Ok(done),
        Answer::Refused { refused } => Err(Failure::new(refused)),
    }
}

/// With the same actors as the gateway has, but no networks.
async fn here(
    place: &Place,
    data_dir: &Path,
    store: cryptopayment_storage::Store,
    request: Request,
) -> Result<Answer, Failure> {
    let sandbox_passphrase = assembly::sandbox_passphrase_path(data_dir);
    let (passphrase, guard) = if sandbox_passphrase.exists() {
        (keys::passphrase_in(&sandbox_passphrase)?, Guard::new(Cidr::loopback().to_vec()))
    } else {
        let settings = config::settings(place.config.as_deref())?;
        (keys::passphrase(&settings)?, Guard::new(settings.allow_networks))
    };
    let (secrets, seed) = keys::open(data_dir, &passphrase)?;
    let quiet = Quiet { sandbox: sandbox_passphrase.exists() };
    let engine = assembly::engine_without_networks(store.clone(), secrets, &seed, quiet).await?;
    let hands = Hands { gateway: engine.gateway.clone(), views: store.views(), guard };
    let answer = control::execute(&hands, request).await;
    engine.stop().await;
    Ok(answer)
}
