//! Webhook signatures, computed a second time from the published rules.

use crate::failure::Told;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn hmac_sha256(key: &[u8], message: &[u8]) -> Told<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// The `signature` in a webhook's body: lower-case hex HMAC-SHA256 of `invoice_id.event`, keyed
/// with the app secret as the literal string it is, the way the API document's PHP does it.
pub fn in_body(invoice_id: &str, event: &str, app_secret: &str) -> Told<String> {
    let message = format!("{invoice_id}.{event}");
    Ok(hex::encode(hmac_sha256(app_secret.as_bytes(), message.as_bytes())?))
}

/// One `v1,…` value of the `webhook-signature` header (Standard Webhooks): over
/// `id.timestamp.body`, keyed with the bytes behind `whsec_`.
pub fn in_header(id: &str, timestamp: &str, body: &[u8], app_secret: &str) -> Told<String> {
    let key = STANDARD.decode(app_secret.strip_prefix("whsec_").unwrap_or(app_secret))?;
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    Ok(format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &message)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn the_published_example_of_standard_webhooks_comes_out() -> Told<()> {
        let signature = in_header(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            br#"{"test": 2432232314}"#,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        )?;
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        Ok(())
    }
}
