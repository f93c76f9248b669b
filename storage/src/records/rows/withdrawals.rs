//! Rows of withdrawals: each by its id, a merchant's in the order of request, and their counts.

use std::collections::BTreeMap;

use crate::records::parts::NetworkRecord;
use crate::records::withdrawal::{WithdrawalRecord, WithdrawalStatusRecord};
use crate::records::{Malformed, Stored};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{Status, Withdrawal};

/// A withdrawal.
pub(crate) struct WithdrawalRow {
    pub withdrawal: Withdrawal,
    pub last_seq: u64,
    /// Its place among the merchant's, counted from 1.
    pub ordinal: u64,
}

/// How many withdrawals a merchant has, and what is held for them by their own facts.
#[derive(Debug, Default)]
pub(crate) struct WithdrawalCountsRow {
    pub withdrawals: u64,
    pub by_standing: BTreeMap<(Status, Network), u64>,
    /// What open ones hold, in base units.
    pub open_units: BTreeMap<Network, u128>,
}

impl Stored for WithdrawalRow {
    type Record = (u64, u64, WithdrawalRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, self.ordinal, (&self.withdrawal).into())
    }

    fn from_record((last_seq, ordinal, withdrawal): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { withdrawal: withdrawal.try_into()?, last_seq, ordinal })
    }
}

impl Stored for WithdrawalCountsRow {
    type Record =
        (u64, Vec<((WithdrawalStatusRecord, NetworkRecord), u64)>, Vec<(NetworkRecord, u128)>);

    fn to_record(&self) -> Self::Record {
        let counts = self.by_standing.iter().filter(|(_, count)| **count > 0);
        let counts = counts
            .map(|((status, network), count)| (((*status).into(), (*network).into()), *count));
        let open = self.open_units.iter().filter(|(_, units)| **units > 0);
        let open = open.map(|(network, units)| ((*network).into(), *units));
        (self.withdrawals, counts.collect(), open.collect())
    }

    fn from_record((withdrawals, counts, open): Self::Record) -> Result<Self, Malformed> {
        let counts = counts
            .into_iter()
            .map(|((status, network), count)| ((status.into(), network.into()), count));
        let open = open.into_iter().map(|(network, units)| (network.into(), units));
        Ok(Self { withdrawals, by_standing: counts.collect(), open_units: open.collect() })
    }
}
