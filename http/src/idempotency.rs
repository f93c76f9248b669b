//! `Idempotency-Key`: a repeated request is answered as the first time, and done once.

use crate::call::{Call, Caller};
use crate::error::Failure;
use cryptopayment_actors::gateway::{Begun, IdempotencyKey, RenderedAnswer, Reservation};
use sha2::{Digest, Sha256};

/// The most characters of a key.
pub const KEY_CHARS_MAX: usize = 255;

/// What a request's key makes of it.
pub enum Claim {
    /// It was answered before: the same again.
    Replay(RenderedAnswer),
    /// It is to be done; under this reservation, if it has a key.
    Go(Option<Reservation>),
}

/// Claims the request's key, if it has one.
///
/// # Errors
/// 422 `invalid_idempotency_key` or `idempotency_key_reused`, 409 `idempotency_in_progress`.
pub async fn claim(
    call: &Call,
    caller: &Caller,
    method: &str,
    path: &str,
) -> Result<Claim, Failure> {
    let Some(header) = call.headers.get("idempotency-key") else { return Ok(Claim::Go(None)) };
    let printed = |key: &&str| key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let key = header.to_str().ok().filter(printed);
    let key = key.filter(|key| !key.is_empty() && key.len() <= KEY_CHARS_MAX);
    let key = key.ok_or_else(|| {
        let message =
            format!("Idempotency-Key must be 1 to {KEY_CHARS_MAX} printed ASCII characters");
        Failure::invalid("invalid_idempotency_key", "Idempotency-Key", message)
    })?;
    let key = IdempotencyKey {
        key_digest: key_digest(method, path, key),
        body_digest: Sha256::digest(&call.body).into(),
    };
    match call.site.context.gateway.begin(caller.id, key).await? {
        Begun::Replay(answer) => Ok(Claim::Replay(answer)),
        Begun::Fresh(reservation) => Ok(Claim::Go(Some(reservation))),
    }
}

/// SHA-256 over method, path and key, none of which can hold the line ends between them.
fn key_digest(method: &str, path: &str, key: &str) -> [u8; 32] {
    Sha256::digest(format!("{method}\n{path}\n{key}")).into()
}
