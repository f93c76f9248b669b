//! The state of a merchant's account, and what it refuses.

use super::fact::MerchantFact;
use super::scopes::Scopes;
use super::webhook::{Paused, Rotation};
use crate::network::Network;
use crate::time::Timestamp;
use crate::webhook::EventSet;

/// A merchant as its facts have made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// The e-mail address, sealed with the merchant's data key.
    pub email_sealed: Vec<u8>,
    /// Keyed digest of the e-mail address.
    pub email_digest: [u8; 32],
    /// Hash of the dashboard password, sealed; empty when none was set.
    pub password_sealed: Vec<u8>,
    /// When the account was made.
    pub registered_at: Timestamp,
    /// Whether its keys work.
    pub approval: Approval,
    /// Its API keys, revoked ones included, in the order of issue.
    pub keys: Vec<ApiKey>,
    /// The `whsec_…` text that keys webhook signatures, sealed; empty until it is made.
    pub app_secret_sealed: Vec<u8>,
    /// Where webhooks go.
    pub webhook_url: Option<String>,
    /// Which events it is told of.
    pub events: EventSet,
    /// Addresses it may withdraw to, in their canonical bytes; none means all.
    pub allowed_addresses: Vec<(Network, Vec<u8>)>,
    /// When the URL was last set or removed; none if it never was.
    pub webhook_set_at: Option<Timestamp>,
    /// Why nothing is sent to it; none while it is.
    pub paused: Option<Paused>,
    /// The app secret's rotation that began last, if it was not ended by hand; see
    /// [`Merchant::secrets`].
    pub rotation: Option<Rotation>,
}

/// Whether a merchant may use the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Not yet.
    Waiting,
    /// Yes.
    Approved,
    /// Not while an admin has suspended it.
    Suspended {
        /// Whether it was approved when it was suspended: what lifting the suspension brings back.
        was_approved: bool,
    },
}

impl Approval {
    /// After a suspension. A second one changes nothing of what is remembered.
    fn suspended(self) -> Approval {
        match self {
            Approval::Waiting => Approval::Suspended { was_approved: false },
            Approval::Approved => Approval::Suspended { was_approved: true },
            Approval::Suspended { .. } => self,
        }
    }

    /// After a suspension is lifted; without one nothing changes.
    fn reinstated(self) -> Approval {
        match self {
            Approval::Suspended { was_approved: true } => Approval::Approved,
            Approval::Suspended { was_approved: false } => Approval::Waiting,
            Approval::Waiting | Approval::Approved => self,
        }
    }
}

/// The stored half of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The public half.
    pub key: String,
    /// SHA-256 of the secret half.
    pub secret_sha256: [u8; 32],
    /// What it may do.
    pub scopes: Scopes,
    /// Revoked keys are as good as unknown.
    pub revoked: bool,
}

/// Keys of one merchant that may work at once.
pub const KEYS_MAX: usize = 50;

/// A command that a merchant's account refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is approved already.
    #[error("the merchant is approved already")]
    AlreadyApproved,
    /// A suspended account is reinstated, not approved.
    #[error("the merchant is suspended; reinstate it instead")]
    Suspended,
    /// There is no rotation to end.
    #[error("no app secret is being rotated; begin with the body {{}}")]
    NotRotating,
    /// It has as many keys that work as one may have.
    #[error("the merchant has {KEYS_MAX} keys that work; revoke one first")]
    TooManyKeys,
    /// It has no such key, or it was revoked before.
    #[error("the merchant has no such key that works; `merchant key list` shows them")]
    NoSuchKey,
}

impl Merchant {
    /// The state that these facts make; none if they do not begin with the registration.
    pub fn replay<'f>(facts: impl IntoIterator<Item = &'f MerchantFact>) -> Option<Merchant> {
        let mut facts = facts.into_iter();
        let mut merchant = Merchant::registered(facts.next()?)?;
        facts.for_each(|fact| merchant.apply(fact));
        Some(merchant)
    }

    /// A new account, if the fact is its registration.
    pub fn registered(fact: &MerchantFact) -> Option<Merchant> {
        let MerchantFact::Registered { email_sealed, email_digest, password_sealed, at } = fact
        else {
            return None;
        };
        Some(Merchant {
            email_sealed: email_sealed.clone(),
            email_digest: *email_digest,
            password_sealed: password_sealed.clone(),
            registered_at: *at,
            approval: Approval::Waiting,
            keys: Vec::new(),
            app_secret_sealed: Vec::new(),
            webhook_url: None,
            events: EventSet::SEED,
            allowed_addresses: Vec::new(),
            webhook_set_at: None,
            paused: None,
            rotation: None,
        })
    }

    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, fact: &MerchantFact) {
        match fact {
            // The registration made this value; answers are found by their own index.
            MerchantFact::Registered { .. } | MerchantFact::Answered(_) => {}
            MerchantFact::Approved { .. } => self.approval = Approval::Approved,
            MerchantFact::Suspended { .. } => self.approval = self.approval.suspended(),
            MerchantFact::Reinstated { .. } => self.approval = self.approval.reinstated(),
            MerchantFact::KeyIssued { key, secret_sha256, scopes, .. } => {
                let (key, secret_sha256, scopes) = (key.clone(), *secret_sha256, *scopes);
                self.keys.push(ApiKey { key, secret_sha256, scopes, revoked: false });
            }
            MerchantFact::KeyRevoked { key, .. } => {
                self.keys.iter_mut().filter(|known| known.key == *key).for_each(|known| {
                    known.revoked = true;
                });
            }
            MerchantFact::AppSecretIssued { secret_sealed, .. } => {
                self.app_secret_sealed.clone_from(secret_sealed);
            }
            MerchantFact::WebhookSet { url, at } => {
                self.webhook_url.clone_from(url);
                self.webhook_set_at = Some(*at);
                self.paused = None;
            }
            MerchantFact::EventsChosen { events, .. } => self.events = *events,
            MerchantFact::AddressAllowed { network, address_bytes, .. } => {
                let allowed = (*network, address_bytes.clone());
                if !self.allowed_addresses.contains(&allowed) {
                    self.allowed_addresses.push(allowed);
                }
            }
            MerchantFact::RotationBegan { secret_sealed, at } => {
                self.rotate(secret_sealed, *at);
            }
            MerchantFact::RotationEnded { .. } => self.adopt_secret(),
            MerchantFact::WebhookPaused { event, at } => {
                self.paused = Some(Paused { event: *event, at: *at });
            }
        }
    }

    /// Whether it may withdraw to the address with these canonical bytes: to any, until its list
    /// has one.
    pub fn may_withdraw_to(&self, network: Network, bytes: &[u8]) -> bool {
        let mut allowed = self.allowed_addresses.iter();
        self.allowed_addresses.is_empty()
            || allowed.any(|(of, known)| *of == network && known == bytes)
    }

    /// Issuing one more key, of whose secret half this is the digest.
    ///
    /// # Errors
    /// [`Refusal::TooManyKeys`].
    pub fn issue_key(
        &self,
        key: String,
        secret_sha256: [u8; 32],
        scopes: Scopes,
        at: Timestamp,
    ) -> Result<MerchantFact, Refusal> {
        if self.keys.iter().filter(|known| !known.revoked).count() >= KEYS_MAX {
            return Err(Refusal::TooManyKeys);
        }
        Ok(MerchantFact::KeyIssued { key, secret_sha256, scopes, at })
    }

    /// Revoking a key: it is as good as unknown from then on.
    ///
    /// # Errors
    /// [`Refusal::NoSuchKey`].
    pub fn revoke_key(&self, key: &str, at: Timestamp) -> Result<MerchantFact, Refusal> {
        let works = |known: &&ApiKey| known.key == key && !known.revoked;
        let found = self.keys.iter().find(works).ok_or(Refusal::NoSuchKey)?;
        Ok(MerchantFact::KeyRevoked { key: found.key.clone(), at })
    }

    /// Approving a waiting account.
    ///
    /// # Errors
    /// When it is not waiting.
    pub fn approve(&self, at: Timestamp) -> Result<MerchantFact, Refusal> {
        match self.approval {
            Approval::Waiting => Ok(MerchantFact::Approved { at }),
            Approval::Approved => Err(Refusal::AlreadyApproved),
            Approval::Suspended { .. } => Err(Refusal::Suspended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);

    fn registered() -> MerchantFact {
        MerchantFact::Registered {
            email_sealed: vec![1],
            email_digest: [2; 32],
            password_sealed: Vec::new(),
            at: AT,
        }
    }

    fn after(facts: &[MerchantFact]) -> Merchant {
        Merchant::replay([registered()].iter().chain(facts)).unwrap()
    }

    #[test]
    fn only_a_waiting_account_is_approved_and_a_suspension_lifted_leaves_what_was() {
        let approve = || MerchantFact::Approved { at: AT };
        let suspend = || MerchantFact::Suspended { reason: "fraud".to_owned(), at: AT };
        let reinstate = || MerchantFact::Reinstated { at: AT };
        let suspended = |was_approved| Approval::Suspended { was_approved };
        let (yes, approved) = (Ok(approve()), Err(Refusal::AlreadyApproved));
        let no = Err(Refusal::Suspended);
        let rows = [
            (vec![], Approval::Waiting, yes.clone()),
            (vec![approve()], Approval::Approved, approved.clone()),
            (vec![suspend()], suspended(false), no.clone()),
            (vec![approve(), suspend()], suspended(true), no.clone()),
            (vec![approve(), suspend(), suspend()], suspended(true), no.clone()),
            (vec![suspend(), suspend()], suspended(false), no),
            (vec![approve(), suspend(), reinstate()], Approval::Approved, approved.clone()),
            (vec![suspend(), reinstate()], Approval::Waiting, yes.clone()),
            (vec![suspend(), suspend(), reinstate()], Approval::Waiting, yes.clone()),
            (vec![suspend(), reinstate(), approve()], Approval::Approved, approved.clone()),
            (vec![reinstate()], Approval::Waiting, yes),
            (vec![approve(), reinstate()], Approval::Approved, approved),
        ];
        for (facts, approval, answer) in rows {
            let merchant = after(&facts);
            assert_eq!(merchant.approval, approval, "{facts:?}");
            assert_eq!(merchant.approve(AT), answer, "{facts:?}");
        }
    }

    #[test]
    fn a_revoked_key_stays_listed_and_another_is_not_touched() {
        let issued = |key: &str, secret| MerchantFact::KeyIssued {
            key: key.into(),
            secret_sha256: [secret; 32],
            scopes: Scopes::ALL,
            at: AT,
        };
        let merchant = after(&[
            issued("pk_a", 1),
            issued("pk_b", 2),
            MerchantFact::KeyRevoked { key: "pk_a".into(), at: AT },
        ]);
        let keys: Vec<_> = merchant.keys.iter().map(|key| (&*key.key, key.revoked)).collect();
        assert_eq!(keys, [("pk_a", true), ("pk_b", false)]);
        assert_eq!(merchant.keys[1].secret_sha256, [2; 32]);
    }

    #[test]
    fn so_many_keys_may_work_at_once_and_only_a_key_that_works_is_revoked() {
        let issued = |number: usize| MerchantFact::KeyIssued {
            key: format!("pk_{number}"),
            secret_sha256: [1; 32],
            scopes: Scopes::ALL,
            at: AT,
        };
        let facts: Vec<_> = (1..=KEYS_MAX).map(issued).collect();
        let full = after(&facts);
        let one_more =
            |merchant: &Merchant| merchant.issue_key("pk_x".into(), [2; 32], Scopes::ALL, AT);
        assert_eq!(one_more(&full), Err(Refusal::TooManyKeys));
        assert!(one_more(&after(&facts[1..])).is_ok());
        assert_eq!(full.revoke_key("pk_x", AT), Err(Refusal::NoSuchKey));
        let revoked = full.revoke_key("pk_7", AT).unwrap();
        let mut next = full;
        next.apply(&revoked);
        assert_eq!(next.revoke_key("pk_7", AT), Err(Refusal::NoSuchKey));
        assert!(one_more(&next).is_ok());
    }

    #[test]
    fn the_last_webhook_url_and_secret_count() {
        let set = |url: Option<&str>| MerchantFact::WebhookSet { url: url.map(Into::into), at: AT };
        let issued = |secret_sealed| MerchantFact::AppSecretIssued { secret_sealed, at: AT };
        let merchant = after(&[set(Some("https://a")), issued(vec![1]), issued(vec![2])]);
        assert_eq!(merchant.webhook_url.as_deref(), Some("https://a"));
        assert_eq!(merchant.app_secret_sealed, [2]);
        assert_eq!(after(&[set(Some("https://a")), set(None)]).webhook_url, None);
    }

    #[test]
    fn with_the_first_address_on_its_list_every_other_is_closed() {
        let allow = |network, byte| MerchantFact::AddressAllowed {
            network,
            address: "an address".into(),
            address_bytes: vec![byte; 20],
            at: AT,
        };
        let (none, some) = (after(&[]), after(&[allow(Network::Eth, 1), allow(Network::Eth, 1)]));
        let rows = [(Network::Eth, 1, true), (Network::Eth, 2, false), (Network::Bep20, 1, false)];
        for (network, byte, allowed) in rows {
            assert!(none.may_withdraw_to(network, &[byte; 20]));
            assert_eq!(some.may_withdraw_to(network, &[byte; 20]), allowed, "{network} {byte}");
        }
        assert_eq!(some.allowed_addresses.len(), 1, "allowed twice is once");
    }

    #[test]
    fn an_account_begins_with_its_registration() {
        assert_eq!(Merchant::replay(&[MerchantFact::Approved { at: AT }]), None);
        assert_eq!(Merchant::replay(&[]), None);
    }
}
