//! Tallies: how many invoices of a stretch of a merchant's list have each status and network, so
//! that a filtered page is found by steps over stretches instead of a walk over a million lines.

use std::collections::BTreeMap;

use cryptopayment_domain::invoice::Status;
use cryptopayment_domain::network::Network;

use super::invoices::StatusRecord;
use crate::records::parts::NetworkRecord;
use crate::records::{Malformed, Stored};

/// How many invoices of one stretch stand how.
#[derive(Debug, Default)]
pub(crate) struct TallyRow {
    pub counts: BTreeMap<(Status, Network), u64>,
}

impl TallyRow {
    /// Invoices in a stretch of each level, the widest first.
    pub const LEVELS: [u64; 2] = [32_768, 1_024];

    /// How many have this status and are on this network; what is none does not narrow.
    pub fn with(&self, status: Option<Status>, network: Option<Network>) -> u64 {
        let counted = self.counts.iter().filter(|((of_status, of_network), _)| {
            status.is_none_or(|status| status == *of_status)
                && network.is_none_or(|network| network == *of_network)
        });
        counted.map(|(_, count)| count).sum()
    }
}

impl Stored for TallyRow {
    type Record = Vec<((StatusRecord, NetworkRecord), u64)>;

    fn to_record(&self) -> Self::Record {
        let counts = self.counts.iter().filter(|(_, count)| **count > 0);
        counts
            .map(|((status, network), count)| (((*status).into(), (*network).into()), *count))
            .collect()
    }

    fn from_record(record: Self::Record) -> Result<Self, Malformed> {
        let counts = record
            .into_iter()
            .map(|((status, network), count)| ((status.into(), network.into()), count));
        Ok(Self { counts: counts.collect() })
    }
}
