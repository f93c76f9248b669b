//! Merchants: their account, approval, API keys and webhook endpoint.

mod fact;
mod state;

pub use fact::{Answered, MerchantFact};
pub use state::{ApiKey, Approval, Merchant, Refusal};

use sha2::{Digest, Sha256};

/// The digest by which an account is found: SHA-256 over a per-installation salt and the e-mail
/// address in lower case, so that the views do not hold addresses in the clear.
pub fn email_digest(salt: &[u8], email: &str) -> [u8; 32] {
    let lower = email.trim().to_lowercase();
    Sha256::new().chain_update(salt).chain_update(lower).finalize().into()
}

/// SHA-256 of an API secret: what is stored and compared of it.
pub fn secret_digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
