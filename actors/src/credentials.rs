//! Credentials: keys, secrets and passwords of new accounts, drawn from the operating system's
//! randomness, hashed or sealed before they reach a fact.

use crate::asks::{NewMerchant, Unwilling};
use crate::ports::Privacy;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{self, MerchantFact, Scopes};
use cryptopayment_domain::operator::OperatorFact;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::AppSecret;
use std::sync::Arc;
use uuid::Uuid;

/// The data key that seals what belongs to the operator's people rather than to a merchant.
pub const OPERATOR_KEY: MerchantId = MerchantId(Uuid::nil());

/// The digest by which an account is found.
pub fn email_digest(privacy: &dyn Privacy, email: &str) -> [u8; 32] {
    merchant::email_digest(&privacy.digest_salt(), email)
}

/// A new app secret.
pub(crate) fn app_secret() -> AppSecret {
    AppSecret::from_key(rand::random())
}

/// Everything secret about a new merchant.
pub(crate) struct Drawn {
    new: NewMerchant,
    email_sealed: Vec<u8>,
    password_sealed: Vec<u8>,
    secret_sealed: Vec<u8>,
}

/// Draws a merchant's id, keys and secrets; its data key is durable when this returns.
pub(crate) async fn draw(
    privacy: Arc<dyn Privacy>,
    email: &str,
    password: Option<&str>,
    test: bool,
) -> Result<Drawn, Unwilling> {
    let (email, password) = (email.to_owned(), password.map(str::to_owned));
    on_a_blocking_thread(move || {
        let merchant_id = MerchantId(Uuid::new_v4());
        privacy.create_key(merchant_id).map_err(crate::sealing_failed)?;
        let seal =
            |text: &str| privacy.seal(merchant_id, text.as_bytes()).map_err(crate::sealing_failed);
        let (api_key, api_secret) = draw_key(test);
        let app_secret = app_secret();
        let password_sealed = match password {
            Some(password) => seal(&hash_password(&password)?)?,
            None => Vec::new(),
        };
        Ok(Drawn {
            email_sealed: seal(&email)?,
            password_sealed,
            secret_sealed: seal(app_secret.text())?,
            new: NewMerchant {
                merchant_id,
                api_key,
                api_secret,
                app_secret: app_secret.text().to_owned(),
            },
        })
    })
    .await
}

/// A new API key: its public half, and its secret one, which is shown once.
pub(crate) fn draw_key(test: bool) -> (String, String) {
    let infix = if test { "test_" } else { "" };
    let key = format!("pk_{infix}{}", hex(&rand::random::<[u8; 16]>()));
    (key, format!("sk_{infix}{}", hex(&rand::random::<[u8; 32]>())))
}

impl Drawn {
    /// The facts of the registration, and what is shown once.
    pub(crate) fn registration(
        self,
        email_digest: [u8; 32],
        webhook: Option<String>,
        approve: bool,
        at: Timestamp,
    ) -> (NewMerchant, Vec<MerchantFact>) {
        let Drawn { new, email_sealed, password_sealed, secret_sealed } = self;
        let secret_sha256 = merchant::secret_digest(&new.api_secret);
        let mut facts = vec![
            MerchantFact::Registered { email_sealed, email_digest, password_sealed, at },
            MerchantFact::KeyIssued {
                key: new.api_key.clone(),
                secret_sha256,
                scopes: Scopes::ALL,
                at,
            },
            MerchantFact::AppSecretIssued { secret_sealed, at },
        ];
        if webhook.is_some() {
            facts.push(MerchantFact::WebhookSet { url: webhook, at });
        }
        if approve {
            facts.push(MerchantFact::Approved { at });
        }
        (new, facts)
    }
}

/// The registration of an admin.
pub(crate) async fn admin(
    privacy: Arc<dyn Privacy>,
    email: &str,
    password: &str,
    email_digest: [u8; 32],
    at: Timestamp,
) -> Result<OperatorFact, Unwilling> {
    let (email, password) = (email.to_owned(), password.to_owned());
    on_a_blocking_thread(move || {
        privacy.create_key(OPERATOR_KEY).map_err(crate::sealing_failed)?;
        let seal =
            |text: &str| privacy.seal(OPERATOR_KEY, text.as_bytes()).map_err(crate::sealing_failed);
        let email_sealed = seal(&email)?;
        let password_sealed = seal(&hash_password(&password)?)?;
        Ok(OperatorFact::AdminRegistered { email_sealed, email_digest, password_sealed, at })
    })
    .await
}

/// Argon2id in its library's recommended cost, as PHC text.
fn hash_password(password: &str) -> Result<String, Unwilling> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| {
        tracing::error!(%error, "a password cannot be hashed");
        Unwilling::Crashed
    })
}

/// Hashing and waiting for the disk have no place on an actor's thread.
async fn on_a_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Unwilling> + Send + 'static,
) -> Result<T, Unwilling> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Unwilling::Crashed)?
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
