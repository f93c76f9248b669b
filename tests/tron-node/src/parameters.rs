//! The chain's parameters, which its producers vote on; values as mainnet published them.

use std::collections::BTreeMap;

/// Sun for one unit of energy.
pub const ENERGY_FEE: &str = "getEnergyFee";
/// Sun for one byte.
pub const TRANSACTION_FEE: &str = "getTransactionFee";
/// Sun for an account that is new, instead of bandwidth.
pub const CREATE_ACCOUNT_FEE: &str = "getCreateAccountFee";
/// Sun for an account that is new, on top.
pub const NEW_ACCOUNT_FEE: &str = "getCreateNewAccountFeeInSystemContract";
/// Sun for a memo.
pub const MEMO_FEE: &str = "getMemoFee";
/// The largest `fee_limit`, sun.
pub const MAX_FEE_LIMIT: &str = "getMaxFeeLimit";

const AT_FIRST: [(&str, i64); 16] = [
    ("getMaintenanceTimeInterval", 21_600_000),
    ("getAccountUpgradeCost", 9_999_000_000),
    (CREATE_ACCOUNT_FEE, 100_000),
    (TRANSACTION_FEE, 1_000),
    (NEW_ACCOUNT_FEE, 1_000_000),
    ("getCreateNewAccountBandwidthRate", 1),
    (ENERGY_FEE, 100),
    ("getTotalEnergyLimit", 180_000_000_000),
    ("getMultiSignFee", 1_000_000),
    ("getFreeNetLimit", crate::state::FREE_NET_LIMIT),
    (MAX_FEE_LIMIT, 15_000_000_000),
    (MEMO_FEE, 1_000_000),
    ("getAllowDynamicEnergy", 1),
    ("getDynamicEnergyMaxFactor", 34_000),
    // A parameter that is zero has no value in JSON.
    ("getForbidTransferToContract", 0),
    ("getConsensusLogicOptimization", 1),
];

/// What holds at present.
#[derive(Clone, Debug)]
pub struct Parameters {
    values: BTreeMap<String, i64>,
    /// Energy prices and since when (ms), as `getenergyprices` says them.
    pub energy_prices: Vec<(i64, i64)>,
}

impl Parameters {
    /// As mainnet has them.
    pub fn published() -> Self {
        let values = AT_FIRST.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
        Self { values, energy_prices: vec![(0, 100)] }
    }

    /// One value; zero when there is none.
    pub fn get(&self, key: &str) -> i64 {
        self.values.get(key).copied().unwrap_or_default()
    }

    /// A vote has passed.
    pub fn set(&mut self, key: &str, value: i64, now_ms: i64) {
        self.values.insert(key.to_owned(), value);
        if key == ENERGY_FEE {
            self.energy_prices.push((now_ms, value));
        }
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&String, &i64)> {
        self.values.iter()
    }
}
