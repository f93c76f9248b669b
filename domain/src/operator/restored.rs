//! A backup that was put back: which addresses may have been shown since it was made.
//!
//! Invoices opened after the backup are lost, but their customers still have the addresses. None of
//! these may be given to another invoice, and what is paid to them must not be lost: the counter
//! jumps far, and the addresses that were probably shown are watched.

use crate::network::Network;
use crate::time::Timestamp;

/// How far every address counter jumps when a backup is put back.
pub const SKIPPED_DEFAULT: u32 = 1_000_000;
/// How many of the skipped addresses of each network are watched.
pub const WATCHED_DEFAULT: u32 = 10_000;
/// Invoices are not written in the order of their addresses: so many below the counter may have
/// been shown without being in the backup. More than can ever be under way at once.
pub const OUT_OF_ORDER_MAX: u32 = 16_384;
/// Address indexes end here (BIP32: non-hardened).
const INDEX_MAX: u32 = 0x7FFF_FFFF;

/// A backup was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub backup_at: Timestamp,
    /// The last fact in it.
    pub backup_seq: u64,
    /// What is skipped, network by network.
    pub skipped: Vec<SkippedAddresses>,
    /// When it was put back.
    pub at: Timestamp,
}

/// The addresses of one network that a restored gateway never gives to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedAddresses {
    /// Which network.
    pub network: Network,
    /// From this index on, those that no known invoice has are watched …
    pub watched_from: u32,
    /// … up to this one, which is not.
    pub watched_until: u32,
    /// The first index that is given to an invoice from now on.
    pub next: u32,
}

/// There are not so many addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{network} has no {skipped} addresses left to skip behind index {counter}")]
pub struct OutOfAddresses {
    /// On this network.
    pub network: Network,
    /// The counter in the backup.
    pub counter: u32,
    /// How many were to be skipped.
    pub skipped: u32,
}

impl SkippedAddresses {
    /// Skips `skipped` addresses behind a counter, and watches the first `watched` of them.
    ///
    /// # Errors
    /// [`OutOfAddresses`].
    pub fn behind(
        network: Network,
        counter: u32,
        skipped: u32,
        watched: u32,
    ) -> Result<SkippedAddresses, OutOfAddresses> {
        let next = counter.checked_add(skipped).filter(|next| *next <= INDEX_MAX);
        let next = next.ok_or(OutOfAddresses { network, counter, skipped })?;
        Ok(SkippedAddresses {
            network,
            watched_from: counter.saturating_sub(OUT_OF_ORDER_MAX),
            watched_until: counter.saturating_add(watched.min(skipped)),
            next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_jumps_and_what_may_have_been_shown_is_watched() {
        let rows = [
            // Counter, skipped, watched; watched from, until, next.
            (0, 1_000_000, 10_000, Some((0, 10_000, 1_000_000))),
            (20_000, 1_000_000, 10_000, Some((3_616, 30_000, 1_020_000))),
            (5, 100, 10_000, Some((0, 105, 105))),
            (INDEX_MAX - 10, 10, 3, Some((INDEX_MAX - 16_394, INDEX_MAX - 7, INDEX_MAX))),
            (INDEX_MAX - 10, 11, 3, None),
            (u32::MAX, 1, 1, None),
        ];
        for (counter, skipped, watched, expected) in rows {
            let found = SkippedAddresses::behind(Network::Ltc, counter, skipped, watched);
            let found = found.ok().map(|one| (one.watched_from, one.watched_until, one.next));
            assert_eq!(found, expected, "{counter} {skipped} {watched}");
        }
    }
}
