//! The stored form of a merchant's facts and of its state.

use bincode::{Decode, Encode};
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::merchant::{
    Answered, ApiKey, Approval, Merchant, MerchantFact, Paused, Rotation, Scopes,
};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::EventSet;
use uuid::Uuid;

use super::parts::{HashRecord, IdRecord, InstantRecord, NetworkRecord, instant};

/// A [`MerchantFact`].
#[derive(Encode, Decode)]
pub(crate) enum MerchantFactRecord {
    Registered {
        email_sealed: Vec<u8>,
        email_digest: HashRecord,
        password_sealed: Vec<u8>,
        at: InstantRecord,
    },
    Approved {
        at: InstantRecord,
    },
    Suspended {
        reason: String,
        at: InstantRecord,
    },
    Reinstated {
        at: InstantRecord,
    },
    KeyIssued {
        key: String,
        secret_sha256: HashRecord,
        at: InstantRecord,
    },
    KeyRevoked {
        key: String,
        at: InstantRecord,
    },
    AppSecretIssued {
        secret_sealed: Vec<u8>,
        at: InstantRecord,
    },
    WebhookSet {
        url: Option<String>,
        at: InstantRecord,
    },
    Answered(Box<AnsweredRecord>),
    EventsChosen {
        events: u32,
        at: InstantRecord,
    },
    /// A key that may not do everything; one that may is a `KeyIssued`.
    ScopedKeyIssued {
        key: String,
        secret_sha256: HashRecord,
        scopes: u8,
        at: InstantRecord,
    },
    AddressAllowed {
        network: NetworkRecord,
        address: String,
        address_bytes: Vec<u8>,
        at: InstantRecord,
    },
    RotationBegan {
        secret_sealed: Vec<u8>,
        at: InstantRecord,
    },
    RotationEnded {
        at: InstantRecord,
    },
    WebhookPaused {
        event: IdRecord,
        at: InstantRecord,
    },
}

/// An [`Answered`].
#[derive(Encode, Decode)]
pub(crate) struct AnsweredRecord {
    key_digest: HashRecord,
    body_digest: HashRecord,
    status: u16,
    location: Option<String>,
    body_sealed: Vec<u8>,
    at: InstantRecord,
}

/// A [`Merchant`].
#[derive(Encode, Decode)]
pub(crate) struct MerchantRecord {
    email_sealed: Vec<u8>,
    email_digest: HashRecord,
    password_sealed: Vec<u8>,
    registered_at: InstantRecord,
    approval: ApprovalRecord,
    keys: Vec<ApiKeyRecord>,
    app_secret_sealed: Vec<u8>,
    webhook_url: Option<String>,
    events: u32,
    allowed_addresses: Vec<(NetworkRecord, Vec<u8>)>,
    webhook_set_at: Option<InstantRecord>,
    paused: Option<(IdRecord, InstantRecord)>,
    rotation: Option<(Vec<u8>, InstantRecord)>,
}

/// An [`Approval`].
#[derive(Encode, Decode)]
enum ApprovalRecord {
    Waiting,
    Approved,
    Suspended { was_approved: bool },
}

/// An [`ApiKey`].
#[derive(Encode, Decode)]
struct ApiKeyRecord {
    key: String,
    secret_sha256: HashRecord,
    revoked: bool,
    scopes: u8,
}

impl From<&MerchantFact> for MerchantFactRecord {
    fn from(fact: &MerchantFact) -> Self {
        match fact {
            MerchantFact::Registered { email_sealed, email_digest, password_sealed, at } => {
                Self::Registered {
                    email_sealed: email_sealed.clone(),
                    email_digest: *email_digest,
                    password_sealed: password_sealed.clone(),
                    at: at.unix_ms(),
                }
            }
            MerchantFact::Approved { at } => Self::Approved { at: at.unix_ms() },
            MerchantFact::Suspended { reason, at } => {
                Self::Suspended { reason: reason.clone(), at: at.unix_ms() }
            }
            MerchantFact::Reinstated { at } => Self::Reinstated { at: at.unix_ms() },
            MerchantFact::KeyIssued { key, secret_sha256, scopes, at } => {
                let (key, secret_sha256, at) = (key.clone(), *secret_sha256, at.unix_ms());
                if *scopes == Scopes::ALL {
                    Self::KeyIssued { key, secret_sha256, at }
                } else {
                    Self::ScopedKeyIssued { key, secret_sha256, scopes: scopes.bits(), at }
                }
            }
            MerchantFact::KeyRevoked { key, at } => {
                Self::KeyRevoked { key: key.clone(), at: at.unix_ms() }
            }
            MerchantFact::AppSecretIssued { secret_sealed, at } => {
                Self::AppSecretIssued { secret_sealed: secret_sealed.clone(), at: at.unix_ms() }
            }
            MerchantFact::WebhookSet { url, at } => {
                Self::WebhookSet { url: url.clone(), at: at.unix_ms() }
            }
            MerchantFact::AddressAllowed { network, address, address_bytes, at } => {
                Self::AddressAllowed {
                    network: (*network).into(),
                    address: address.clone(),
                    address_bytes: address_bytes.clone(),
                    at: at.unix_ms(),
                }
            }
            MerchantFact::Answered(answered) => Self::Answered(Box::new((&**answered).into())),
            MerchantFact::EventsChosen { events, at } => {
                Self::EventsChosen { events: events.bits(), at: at.unix_ms() }
            }
            MerchantFact::RotationBegan { secret_sealed, at } => {
                Self::RotationBegan { secret_sealed: secret_sealed.clone(), at: at.unix_ms() }
            }
            MerchantFact::RotationEnded { at } => Self::RotationEnded { at: at.unix_ms() },
            MerchantFact::WebhookPaused { event, at } => {
                Self::WebhookPaused { event: event.0.into_bytes(), at: at.unix_ms() }
            }
        }
    }
}

impl From<MerchantFactRecord> for MerchantFact {
    fn from(record: MerchantFactRecord) -> Self {
        use MerchantFactRecord as Record;
        match record {
            Record::Registered { email_sealed, email_digest, password_sealed, at } => {
                Self::Registered { email_sealed, email_digest, password_sealed, at: instant(at) }
            }
            Record::Approved { at } => Self::Approved { at: instant(at) },
            Record::Suspended { reason, at } => Self::Suspended { reason, at: instant(at) },
            Record::Reinstated { at } => Self::Reinstated { at: instant(at) },
            Record::KeyIssued { key, secret_sha256, at } => {
                Self::KeyIssued { key, secret_sha256, scopes: Scopes::ALL, at: instant(at) }
            }
            Record::ScopedKeyIssued { key, secret_sha256, scopes, at } => {
                let scopes = Scopes::from_bits(scopes);
                Self::KeyIssued { key, secret_sha256, scopes, at: instant(at) }
            }
            Record::KeyRevoked { key, at } => Self::KeyRevoked { key, at: instant(at) },
            Record::AppSecretIssued { secret_sealed, at } => {
                Self::AppSecretIssued { secret_sealed, at: instant(at) }
            }
            Record::WebhookSet { url, at } => Self::WebhookSet { url, at: instant(at) },
            Record::AddressAllowed { network, address, address_bytes, at } => {
                let (network, at) = (network.into(), instant(at));
                Self::AddressAllowed { network, address, address_bytes, at }
            }
            Record::Answered(answered) => Self::Answered(Box::new((*answered).into())),
            Record::EventsChosen { events, at } => {
                Self::EventsChosen { events: EventSet::from_bits(events), at: instant(at) }
            }
            Record::RotationBegan { secret_sealed, at } => {
                Self::RotationBegan { secret_sealed, at: instant(at) }
            }
            Record::RotationEnded { at } => Self::RotationEnded { at: instant(at) },
            Record::WebhookPaused { event, at } => {
                Self::WebhookPaused { event: EventId(Uuid::from_bytes(event)), at: instant(at) }
            }
        }
    }
}

impl From<&Answered> for AnsweredRecord {
    fn from(answered: &Answered) -> Self {
        Self {
            key_digest: answered.key_digest,
            body_digest: answered.body_digest,
            status: answered.status,
            location: answered.location.clone(),
            body_sealed: answered.body_sealed.clone(),
            at: answered.at.unix_ms(),
        }
    }
}

impl From<AnsweredRecord> for Answered {
    fn from(record: AnsweredRecord) -> Self {
        let AnsweredRecord { key_digest, body_digest, status, location, body_sealed, at } = record;
        Self { key_digest, body_digest, status, location, body_sealed, at: instant(at) }
    }
}

impl From<&Merchant> for MerchantRecord {
    fn from(merchant: &Merchant) -> Self {
        let allowed = merchant.allowed_addresses.iter();
        Self {
            email_sealed: merchant.email_sealed.clone(),
            email_digest: merchant.email_digest,
            password_sealed: merchant.password_sealed.clone(),
            registered_at: merchant.registered_at.unix_ms(),
            approval: match merchant.approval {
                Approval::Waiting => ApprovalRecord::Waiting,
                Approval::Approved => ApprovalRecord::Approved,
                Approval::Suspended { was_approved } => ApprovalRecord::Suspended { was_approved },
            },
            keys: merchant.keys.iter().map(ApiKeyRecord::from).collect(),
            app_secret_sealed: merchant.app_secret_sealed.clone(),
            webhook_url: merchant.webhook_url.clone(),
            events: merchant.events.bits(),
            allowed_addresses: allowed.map(|(of, bytes)| ((*of).into(), bytes.clone())).collect(),
            webhook_set_at: merchant.webhook_set_at.map(Timestamp::unix_ms),
            paused: merchant
                .paused
                .map(|paused| (paused.event.0.into_bytes(), paused.at.unix_ms())),
            rotation: merchant
                .rotation
                .as_ref()
                .map(|rotation| (rotation.secret_sealed.clone(), rotation.began_at.unix_ms())),
        }
    }
}

impl From<MerchantRecord> for Merchant {
    fn from(record: MerchantRecord) -> Self {
        let allowed = record.allowed_addresses.into_iter();
        Self {
            email_sealed: record.email_sealed,
            email_digest: record.email_digest,
            password_sealed: record.password_sealed,
            registered_at: instant(record.registered_at),
            approval: match record.approval {
                ApprovalRecord::Waiting => Approval::Waiting,
                ApprovalRecord::Approved => Approval::Approved,
                ApprovalRecord::Suspended { was_approved } => Approval::Suspended { was_approved },
            },
            keys: record.keys.into_iter().map(ApiKey::from).collect(),
            app_secret_sealed: record.app_secret_sealed,
            webhook_url: record.webhook_url,
            events: EventSet::from_bits(record.events),
            allowed_addresses: allowed.map(|(of, bytes)| (of.into(), bytes)).collect(),
            webhook_set_at: record.webhook_set_at.map(instant),
            paused: record.paused.map(|(event, at)| Paused {
                event: EventId(Uuid::from_bytes(event)),
                at: instant(at),
            }),
            rotation: record.rotation.map(|(secret_sealed, began_at)| Rotation {
                secret_sealed,
                began_at: instant(began_at),
            }),
        }
    }
}

impl From<&ApiKey> for ApiKeyRecord {
    fn from(key: &ApiKey) -> Self {
        Self {
            key: key.key.clone(),
            secret_sha256: key.secret_sha256,
            revoked: key.revoked,
            scopes: key.scopes.bits(),
        }
    }
}

impl From<ApiKeyRecord> for ApiKey {
    fn from(record: ApiKeyRecord) -> Self {
        let ApiKeyRecord { key, secret_sha256, revoked, scopes } = record;
        Self { key, secret_sha256, revoked, scopes: Scopes::from_bits(scopes) }
    }
}
