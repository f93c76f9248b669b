//! Addresses of ours that no known invoice has: those which invoices opened after a backup may have
//! shown, when that backup was put back. Whoever pays one has paid us; what for, a human must find
//! out.

use cryptopayment_chains::vault::accounts::{Accounts, AccountsError};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::SkippedAddresses;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The skipped addresses of one network that are watched. Derived at each start, about 60 µs each:
/// the price of a restore, not of a gateway that never saw one.
#[derive(Debug, Default)]
pub struct Skipped {
    addresses: HashMap<Vec<u8>, SkippedAddress>,
}

/// One of them.
#[derive(Debug)]
pub struct SkippedAddress {
    index: u32,
    text: String,
}

impl SkippedAddress {
    /// What the operator is told of a payment to it.
    pub fn reason(&self) -> String {
        let SkippedAddress { index, text } = self;
        format!(
            "it pays {text} (address {index}), which no invoice here has: it was given out after \
             the backup was made that this gateway was restored from; look for it in the \
             merchant's own records"
        )
    }
}

/// Whether an address of this index is watched although no invoice may have it.
pub fn is_watched(ranges: &[SkippedAddresses], index: u32) -> bool {
    ranges.iter().any(|range| (range.watched_from..range.watched_until).contains(&index))
}

impl Skipped {
    /// Derives the addresses of these ranges but for the `known` indexes, off the actors' threads.
    ///
    /// # Errors
    /// When one cannot be derived: it could not be watched.
    pub async fn derive(
        network: Network,
        accounts: Arc<Accounts>,
        ranges: Vec<SkippedAddresses>,
        known: HashSet<u32>,
    ) -> Result<Skipped, String> {
        if ranges.is_empty() {
            return Ok(Skipped::default());
        }
        let deriving = tokio::task::spawn_blocking(move || {
            let mut skipped = Skipped::default();
            for range in ranges {
                for index in range.watched_from..range.watched_until {
                    if !known.contains(&index) {
                        skipped.add(network, &accounts, index)?;
                    }
                }
            }
            Ok(skipped)
        });
        let skipped: Result<Skipped, String> =
            deriving.await.map_err(|error| format!("deriving skipped addresses: {error}"))?;
        if let Ok(skipped) = &skipped {
            let count = skipped.addresses.len();
            tracing::info!(%network, count, "addresses skipped by a restore are watched");
        }
        skipped
    }

    fn add(&mut self, network: Network, accounts: &Accounts, index: u32) -> Result<(), String> {
        let address = match accounts.deposit_address(network, index) {
            Ok(address) => address,
            // No key, no address: it was given to nobody.
            Err(AccountsError::NoKey) => return Ok(()),
            Err(error) => return Err(format!("{network} address {index}: {error}")),
        };
        let text = address.to_string();
        self.addresses.insert(address.into_bytes(), SkippedAddress { index, text });
        Ok(())
    }

    /// The one with these bytes.
    pub fn get(&self, bytes: &[u8]) -> Option<&SkippedAddress> {
        self.addresses.get(bytes)
    }

    /// Whether there is none: no backup was ever put back.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }
}
