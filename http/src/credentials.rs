//! `Authorization: Bearer {api_key}:{api_secret}`: who asks.
//!
//! The secret is 256 random bits, so its SHA-256 is compared (in constant time), not a slow hash,
//! which would be a lever to overload us. Read from the views; no actor is woken.

use crate::error::Failure;
use cryptopayment_domain::merchant::{ApiKey, Approval, Merchant, Scope, secret_digest};
use subtle::ConstantTimeEq;
use warp::http::header::AUTHORIZATION;
use warp::http::{HeaderMap, StatusCode};

/// The two halves of a credential, as they came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'h> {
    /// The public half.
    pub key: &'h str,
    /// The secret half.
    pub secret: &'h str,
}

impl<'h> Credentials<'h> {
    /// Reads the header: the scheme in any case (RFC 9110 §11.1), split at the first colon.
    ///
    /// # Errors
    /// 401 `unauthorized`.
    pub fn read(headers: &'h HeaderMap) -> Result<Credentials<'h>, Failure> {
        let header = headers.get(AUTHORIZATION).ok_or_else(missing)?;
        let text = header.to_str().map_err(|_| missing())?;
        let (scheme, rest) = text.trim().split_once(' ').ok_or_else(missing)?;
        let (key, secret) = rest.trim_start().split_once(':').ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") || key.is_empty() || secret.is_empty() {
            return Err(missing());
        }
        Ok(Credentials { key, secret })
    }

    /// Whether these are the credentials of `merchant`, it may use the API, and this key may do
    /// what needs the scope `needed`.
    ///
    /// # Errors
    /// 401 `unauthorized`, 403 `account_not_approved`, `account_suspended` or `insufficient_scope`.
    pub fn check(&self, merchant: &Merchant, needed: Scope) -> Result<(), Failure> {
        let known = merchant.keys.iter().find(|known| known.key == self.key && !known.revoked);
        let Some(key) = known.filter(|known| self.fits(known)) else {
            return Err(Credentials::unknown());
        };
        match merchant.approval {
            Approval::Approved if key.scopes.has(needed) => Ok(()),
            Approval::Approved => Err(Failure::new(
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                format!(
                    "this API key has the scopes {}, and this needs {}; use another key",
                    key.scopes,
                    needed.name()
                ),
            )),
            Approval::Waiting => Err(Failure::new(
                StatusCode::FORBIDDEN,
                "account_not_approved",
                "this account waits for approval; the operator has to approve it first",
            )),
            Approval::Suspended { .. } => Err(Failure::new(
                StatusCode::FORBIDDEN,
                "account_suspended",
                "this account is suspended; ask the operator",
            )),
        }
    }

    fn fits(&self, known: &ApiKey) -> bool {
        secret_digest(self.secret).ct_eq(&known.secret_sha256).into()
    }

    /// 401: there is no such key, or the secret is not its secret.
    pub fn unknown() -> Failure {
        Failure::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the API key or its secret is wrong; check both",
        )
    }
}

fn missing() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "send the header Authorization: Bearer {api_key}:{api_secret}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_domain::merchant::{MerchantFact, Scopes};
    use cryptopayment_domain::time::Timestamp;

    const AT: Timestamp = Timestamp::from_unix_s(0);

    fn merchant(approval: Approval) -> Merchant {
        let registered = MerchantFact::Registered {
            email_sealed: Vec::new(),
            email_digest: [0; 32],
            password_sealed: Vec::new(),
            at: AT,
        };
        let mut merchant = Merchant::registered(&registered).unwrap();
        for key in ["pk_1", "pk_revoked"] {
            issue(&mut merchant, key, Scopes::ALL);
        }
        issue(&mut merchant, "pk_reader", Scopes::of([Scope::Read]));
        merchant.apply(&MerchantFact::KeyRevoked { key: "pk_revoked".into(), at: AT });
        merchant.approval = approval;
        merchant
    }

    fn issue(merchant: &mut Merchant, key: &str, scopes: Scopes) {
        let secret_sha256 = secret_digest("sk_1:with:colons");
        let key = key.to_owned();
        merchant.apply(&MerchantFact::KeyIssued { key, secret_sha256, scopes, at: AT });
    }

    fn answer(header: Option<&str>, approval: Approval) -> (u16, &'static str) {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(AUTHORIZATION, header.parse().unwrap());
        }
        let checked = Credentials::read(&headers)
            .and_then(|read| read.check(&merchant(approval), Scope::Invoices));
        checked.map_or_else(|failure| (failure.status.as_u16(), failure.code), |()| (200, ""))
    }

    #[test]
    fn who_is_let_in() {
        let good = Some("Bearer pk_1:sk_1:with:colons");
        let rows = [
            (good, Approval::Approved, (200, "")),
            (Some("bEARER  pk_1:sk_1:with:colons"), Approval::Approved, (200, "")),
            (good, Approval::Waiting, (403, "account_not_approved")),
            (good, Approval::Suspended { was_approved: true }, (403, "account_suspended")),
            (None, Approval::Approved, (401, "unauthorized")),
            (Some(""), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer"), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer pk_1"), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer :sk_1"), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer pk_1:"), Approval::Approved, (401, "unauthorized")),
            (Some("Basic pk_1:sk_1:with:colons"), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer pk_1:sk_2"), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer pk_2:sk_1:with:colons"), Approval::Approved, (401, "unauthorized")),
            (Some("Bearer pk_revoked:sk_1:with:colons"), Approval::Approved, (401, "unauthorized")),
            // What a key may do is said last, and only to who has its secret.
            (
                Some("Bearer pk_reader:sk_1:with:colons"),
                Approval::Approved,
                (403, "insufficient_scope"),
            ),
            (Some("Bearer pk_reader:sk_2"), Approval::Approved, (401, "unauthorized")),
            (
                Some("Bearer pk_reader:sk_1:with:colons"),
                Approval::Suspended { was_approved: true },
                (403, "account_suspended"),
            ),
            // A wrong secret never learns whether the account is suspended.
            (
                Some("Bearer pk_1:sk_2"),
                Approval::Suspended { was_approved: true },
                (401, "unauthorized"),
            ),
        ];
        for (header, approval, expected) in rows {
            assert_eq!(answer(header, approval), expected, "{header:?} {approval:?}");
        }
    }
}
