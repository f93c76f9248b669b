//! Merchants: their account, approval, API keys and webhook endpoint.

mod fact;
mod scopes;
mod state;
mod webhook;

pub use fact::{Answered, MerchantFact};
pub use scopes::{Scope, Scopes, UnknownScope};
pub use state::{ApiKey, Approval, Merchant, Refusal};
pub use webhook::{Paused, ROTATION_MAX, Rotation, Secrets};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_address_however_it_is_written() {
        let digest = |email| email_digest(b"salt", email);
        assert_eq!(digest("Shop@Example.com"), digest(" shop@example.com\n"));
        assert_ne!(digest("shop@example.com"), digest("shop@example.org"));
        assert_ne!(digest("shop@example.com"), email_digest(b"other salt", "shop@example.com"));
    }

    /// `printf sk_xyz789 | sha256sum`.
    #[test]
    fn of_a_secret_its_sha256_is_kept() {
        let digest = secret_digest("sk_xyz789");
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "eac98428a2040841c7f4624a791430063ba524ffe72dee281fd42920b3bc3564");
    }
}
