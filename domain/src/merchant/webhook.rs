//! A merchant's webhook endpoint: where, which events, whether it is paused, and its secrets.

use super::fact::MerchantFact;
use super::state::{Merchant, Refusal};
use crate::id::EventId;
use crate::time::{Span, Timestamp};

/// How long a rotation lasts at most: it ends by itself.
pub const ROTATION_MAX: Span = Span::from_hours(24);

/// A new app secret that is being handed round, beside the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The new `whsec_…` text, sealed.
    pub secret_sealed: Vec<u8>,
    /// Since when.
    pub began_at: Timestamp,
}

/// Why nothing is sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paused {
    /// The delivery whose last attempt was answered with 410.
    pub event: EventId,
    /// Since when.
    pub at: Timestamp,
}

/// The sealed app secrets that sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrets<'m> {
    /// Signs the body, and the headers.
    pub current: &'m [u8],
    /// Signs the headers too, while it is handed round.
    pub next: Option<&'m [u8]>,
}

impl Merchant {
    /// The secrets that sign at `now`.
    pub fn secrets(&self, now: Timestamp) -> Secrets<'_> {
        let current = &self.app_secret_sealed;
        match &self.rotation {
            Some(rotation) if now < rotation.ends_at() => {
                Secrets { current, next: Some(&rotation.secret_sealed) }
            }
            Some(rotation) => Secrets { current: &rotation.secret_sealed, next: None },
            None => Secrets { current, next: None },
        }
    }

    /// When the rotation that goes on at `now` ends by itself; none when none does.
    pub fn rotation_ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.rotation.as_ref().map(Rotation::ends_at).filter(|ends_at| now < *ends_at)
    }

    /// Ending a rotation.
    ///
    /// # Errors
    /// When none goes on.
    pub fn end_rotation(&self, at: Timestamp) -> Result<MerchantFact, Refusal> {
        match self.rotation_ends_at(at) {
            Some(_) => Ok(MerchantFact::RotationEnded { at }),
            None => Err(Refusal::NotRotating),
        }
    }

    /// The pause that follows when an attempt of `event` that went to `url` at `sent_at` was the
    /// endpoint's farewell; none where the endpoint was set since, or is paused already.
    pub fn pause(
        &self,
        url: &str,
        sent_at: Timestamp,
        event: EventId,
        at: Timestamp,
    ) -> Option<MerchantFact> {
        let is_meant = self.webhook_url.as_deref() == Some(url)
            && self.webhook_set_at.is_none_or(|set_at| set_at <= sent_at)
            && self.paused.is_none();
        is_meant.then_some(MerchantFact::WebhookPaused { event, at })
    }

    /// A rotation to this secret begins. One that has ended by itself has left its secret behind;
    /// one that goes on is begun again, for its answer may never have arrived: the old secret
    /// stays, and the new one is another.
    pub(super) fn rotate(&mut self, secret_sealed: &[u8], at: Timestamp) {
        if self.rotation_ends_at(at).is_none() {
            self.adopt_secret();
        }
        self.rotation = Some(Rotation { secret_sealed: secret_sealed.to_vec(), began_at: at });
    }

    /// The new secret takes the old one's place.
    pub(super) fn adopt_secret(&mut self) {
        if let Some(rotation) = self.rotation.take() {
            self.app_secret_sealed = rotation.secret_sealed;
        }
    }
}

impl Rotation {
    fn ends_at(&self) -> Timestamp {
        self.began_at.plus(ROTATION_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);
    const EVENT: EventId = EventId(Uuid::nil());

    fn merchant() -> Merchant {
        let registered = MerchantFact::Registered {
            email_sealed: Vec::new(),
            email_digest: [0; 32],
            password_sealed: Vec::new(),
            at: AT,
        };
        let mut merchant = Merchant::registered(&registered).unwrap();
        merchant.apply(&MerchantFact::AppSecretIssued { secret_sealed: vec![1], at: AT });
        merchant
    }

    fn began(secret: u8, at: Timestamp) -> MerchantFact {
        MerchantFact::RotationBegan { secret_sealed: vec![secret], at }
    }

    fn hours(hours: u64) -> Timestamp {
        AT.plus(Span::from_hours(hours))
    }

    #[test]
    fn while_a_secret_is_rotated_the_old_one_signs_and_the_new_one_beside_it() {
        let mut merchant = merchant();
        assert_eq!(merchant.secrets(AT), Secrets { current: &[1], next: None });
        assert_eq!(merchant.end_rotation(AT), Err(Refusal::NotRotating));
        merchant.apply(&began(2, AT));
        assert_eq!(merchant.secrets(hours(23)), Secrets { current: &[1], next: Some(&[2]) });
        merchant.apply(&merchant.end_rotation(hours(23)).unwrap());
        assert_eq!(merchant.secrets(hours(23)), Secrets { current: &[2], next: None });
    }

    #[test]
    fn begun_again_the_new_secret_that_nobody_may_have_read_is_made_anew() {
        let mut merchant = merchant();
        merchant.apply(&began(2, AT));
        merchant.apply(&began(3, hours(23)));
        assert_eq!(merchant.secrets(hours(24)), Secrets { current: &[1], next: Some(&[3]) });
        assert_eq!(merchant.rotation_ends_at(hours(24)), Some(hours(47)));
    }

    #[test]
    fn a_rotation_ends_by_itself_after_a_day_and_the_next_begins_from_there() {
        let mut merchant = merchant();
        merchant.apply(&began(2, AT));
        let last = hours(24).minus(Span::from_ms(1));
        assert_eq!(merchant.rotation_ends_at(last), Some(hours(24)));
        assert_eq!(merchant.secrets(last).next, Some(&[2][..]));
        assert_eq!(merchant.rotation_ends_at(hours(24)), None);
        assert_eq!(merchant.secrets(hours(24)), Secrets { current: &[2], next: None });
        assert_eq!(merchant.end_rotation(hours(24)), Err(Refusal::NotRotating));
        merchant.apply(&began(3, hours(30)));
        assert_eq!(merchant.secrets(hours(30)), Secrets { current: &[2], next: Some(&[3]) });
    }

    #[test]
    fn an_endpoint_pauses_once_and_only_if_it_is_still_the_one_that_said_so() {
        let url = "https://shop.example/";
        let mut merchant = merchant();
        assert_eq!(merchant.pause(url, AT, EVENT, AT), None, "there is none");
        merchant.apply(&MerchantFact::WebhookSet { url: Some(url.into()), at: hours(1) });
        assert_eq!(merchant.pause(url, AT, EVENT, hours(1)), None, "set again since");
        assert_eq!(merchant.pause("https://other/", hours(1), EVENT, hours(1)), None);
        let paused = merchant.pause(url, hours(1), EVENT, hours(2)).unwrap();
        merchant.apply(&paused);
        assert_eq!(merchant.paused, Some(Paused { event: EVENT, at: hours(2) }));
        assert_eq!(merchant.pause(url, hours(2), EVENT, hours(2)), None, "paused already");
        merchant.apply(&MerchantFact::WebhookSet { url: Some(url.into()), at: hours(3) });
        assert_eq!(merchant.paused, None, "setting it lets it go on");
    }
}
