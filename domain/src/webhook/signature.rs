//! Signatures: the seed document's in the body, Standard Webhooks' in the headers.

use super::event::EventKind;
use super::subject::Subject;
use crate::id::EventId;
use crate::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A merchant's app secret: `whsec_` and the base64 of 32 bytes. Not the API secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AppSecret {
    text: String,
    key: [u8; 32],
}

/// The text is no app secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an app secret is `whsec_` followed by the base64 of 32 bytes")]
pub struct InvalidAppSecret;

impl std::fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSecret(…)")
    }
}

impl AppSecret {
    /// The secret with this key (32 bytes of the operating system's randomness).
    pub fn from_key(key: [u8; 32]) -> AppSecret {
        AppSecret { text: format!("whsec_{}", STANDARD.encode(key)), key }
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`InvalidAppSecret`].
    pub fn parse(text: &str) -> Result<AppSecret, InvalidAppSecret> {
        let encoded = text.strip_prefix("whsec_").ok_or(InvalidAppSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| InvalidAppSecret)?;
        let key = bytes.try_into().map_err(|_| InvalidAppSecret)?;
        Ok(AppSecret { text: text.to_owned(), key })
    }

    /// The text form, shown to the merchant.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body's `signature`: lower-case hex HMAC-SHA256 of `invoice_id.event` (of a
    /// withdrawal's event `withdrawal_id.event`), keyed with the literal text of
    /// the secret, as the seed document's PHP does.
    pub fn sign_body(&self, subject: impl Into<Subject>, kind: EventKind) -> String {
        let signed = format!("{}.{kind}", subject.into());
        let tag = hmac_sha256(self.text.as_bytes(), &[signed.as_bytes()]);
        tag.iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
    }

    /// The `webhook-signature` header of Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of
    /// `id.timestamp.body`, keyed with the decoded bytes of the secret.
    pub fn sign_headers(&self, event: EventId, sent_at: Timestamp, body: &[u8]) -> String {
        let prefix = format!("{event}.{}.", sent_at.unix_s());
        let tag = hmac_sha256(&self.key, &[prefix.as_bytes(), body]);
        format!("v1,{}", STANDARD.encode(tag))
    }

    /// The stored payload with `signature` appended as its last key: the bytes that are sent.
    pub fn sign_payload(&self, payload: &[u8], subject: Subject, kind: EventKind) -> Vec<u8> {
        let open = payload.strip_suffix(b"}").unwrap_or(payload);
        let signature = self.sign_body(subject, kind);
        [open, br#","signature":""#, signature.as_bytes(), br#""}"#].concat()
    }
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length (RFC 2104 §2): the error type has no value that can occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::InvoiceId;

    /// `printf '550e8400-e29b-41d4-a716-446655440000.payment_confirmed' | openssl dgst -sha256
    /// -hmac whsec_AAAA…=`, made with OpenSSL.
    #[test]
    fn the_body_signature_is_what_openssl_makes() {
        let secret = AppSecret::from_key([0; 32]);
        assert_eq!(secret.text(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let invoice: InvoiceId = "550e8400-e29b-41d4-a716-446655440000".parse().unwrap();
        assert_eq!(
            secret.sign_body(invoice, EventKind::PaymentConfirmed),
            "835baf6ff30f391e75edde4b2cfc3cd6f118a9c4bc3ea8a61a897637089b38b8"
        );
    }

    #[test]
    fn the_signature_becomes_the_last_key() {
        let secret = AppSecret::from_key([7; 32]);
        let invoice = InvoiceId(uuid::Uuid::nil());
        let signed =
            secret.sign_payload(br#"{"event":"x"}"#, invoice.into(), EventKind::PaymentDetected);
        let signature = secret.sign_body(invoice, EventKind::PaymentDetected);
        let expected = format!(r#"{{"event":"x","signature":"{signature}"}}"#);
        assert_eq!(String::from_utf8(signed).unwrap(), expected);
    }

    #[test]
    fn only_a_whole_secret_is_read() {
        let good = AppSecret::from_key([9; 32]);
        assert_eq!(AppSecret::parse(good.text()), Ok(good.clone()));
        for bad in ["", "whsec_", "whsec_AAAA", "sk_AAAA", &good.text()[1..], "whsec_!!!!"] {
            assert_eq!(AppSecret::parse(bad), Err(InvalidAppSecret), "{bad:?}");
        }
    }
}
