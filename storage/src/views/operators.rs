//! The operator's side: admins, payments set aside, the freeze, addresses skipped by a restore,
//! where watching began, checkpoints, and facts that contradict others.

use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::{Freeze, SetAside, SkippedAddresses};
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;

use super::{Direction, ReadRows, ViewError, Views, part, read};
use crate::Seq;
use crate::checkpoint::Checkpoint;
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::{AdminRow, SetAsideRow, WatchingRow};

/// An admin's account; personal data is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// Keyed digest of the e-mail address.
    pub email_digest: [u8; 32],
    /// The e-mail address, sealed.
    pub email_sealed: Vec<u8>,
    /// Hash of the password, sealed.
    pub password_sealed: Vec<u8>,
    /// When the account was made.
    pub registered_at: Timestamp,
}

/// A payment that waits for a human.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSetAside {
    /// What was set aside, and why.
    pub aside: SetAside,
    /// Its money lies in suspense already.
    pub booked: bool,
}

/// Where the watching of a network began: nothing below can matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchingFloor {
    /// Height of the tip at that moment.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
}

/// A fact that does not agree with those before it. There should be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Sequence of the fact.
    pub seq: Seq,
    /// What it contradicts.
    pub what: String,
}

impl Views {
    /// Every admin.
    pub fn admins(&self) -> Result<Vec<Admin>, ViewError> {
        let mut admins = Vec::new();
        for row in self.rows(KeyRange::within(Key::of(Prefix::Admin)), Direction::Forward) {
            let (key, value) = row?;
            let digest = part(&key, Parts::of(&key).take())?;
            admins.push(admin(digest, read(&key, &value)?));
        }
        Ok(admins)
    }

    /// The admin with this e-mail address (its keyed digest).
    pub fn admin_by_email(&self, digest: &[u8; 32]) -> Result<Option<Admin>, ViewError> {
        Ok(self.row(keys::admin(digest))?.map(|row| admin(*digest, row)))
    }

    /// Every payment set aside, booked ones included, in the order of their identities.
    pub fn payments_set_aside(&self) -> Result<Vec<PaymentSetAside>, ViewError> {
        let mut set_aside = Vec::new();
        for row in self.rows(KeyRange::within(Key::of(Prefix::SetAside)), Direction::Forward) {
            let (key, value) = row?;
            let SetAsideRow { aside, booked } = read(&key, &value)?;
            set_aside.push(PaymentSetAside { aside, booked });
        }
        Ok(set_aside)
    }

    /// Why and since when all withdrawals of all merchants stand still; none when they do not.
    pub fn withdrawals_frozen(&self) -> Result<Option<Freeze>, ViewError> {
        self.row(keys::freeze())
    }

    /// What restored backups made this network skip, oldest first.
    pub fn skipped_addresses(&self, network: Network) -> Result<Vec<SkippedAddresses>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Skipped).network(network));
        let rows = self.rows(all, Direction::Forward);
        rows.map(|row| row.and_then(|(key, value)| read(&key, &value))).collect()
    }

    /// Where the watching of this network began; none before its first start.
    pub fn watching_floor(&self, network: Network) -> Result<Option<WatchingFloor>, ViewError> {
        let row = self.row::<WatchingRow>(keys::watching(network))?;
        Ok(row.map(|WatchingRow { height, hash }| WatchingFloor { height, hash }))
    }

    /// Where this network's watcher stood when it last said so.
    pub fn checkpoint(&self, network: Network) -> Result<Option<Checkpoint>, ViewError> {
        self.row(keys::checkpoint(network))
    }

    /// Facts that contradict others, at most `limit`. Any one is a reason to freeze and to look.
    pub fn contradictions(&self, limit: usize) -> Result<Vec<Contradiction>, ViewError> {
        let all = KeyRange::within(Key::of(Prefix::Contradiction));
        let mut found = Vec::new();
        for row in self.rows(all, Direction::Forward).take(limit) {
            let (key, value) = row?;
            let seq = part(&key, Parts::of(&key).number())?;
            found.push(Contradiction { seq, what: read(&key, &value)? });
        }
        Ok(found)
    }
}

fn admin(email_digest: [u8; 32], row: AdminRow) -> Admin {
    let AdminRow { email_sealed, password_sealed, registered_at } = row;
    Admin { email_digest, email_sealed, password_sealed, registered_at }
}
