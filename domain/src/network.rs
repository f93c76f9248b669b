//! The five networks and what is fixed about each: names on the wire, coin, base unit.

use std::fmt;
use std::str::FromStr;

/// A blockchain on which invoices are paid. Each carries exactly one coin for us, so a network
/// also names the unit of account (`USDT` on TRON and on BSC are two coins that never mix).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// Bitcoin.
    Btc,
    /// Litecoin.
    Ltc,
    /// Ethereum, native ether.
    Eth,
    /// USDT as a TRC-20 token on TRON.
    Trc20,
    /// USDT as a BEP-20 token on BNB Smart Chain.
    Bep20,
}

impl Network {
    /// Every network, in the order of the API contract's table.
    pub const ALL: [Network; 5] =
        [Network::Btc, Network::Ltc, Network::Eth, Network::Trc20, Network::Bep20];

    /// Every network in the order in which balances are listed.
    pub const IN_BALANCE_ORDER: [Network; 5] =
        [Network::Trc20, Network::Btc, Network::Ltc, Network::Eth, Network::Bep20];

    /// The `network` value of the API: `btc`, `ltc`, `eth`, `trc20`, `bep20`.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Btc => "btc",
            Network::Ltc => "ltc",
            Network::Eth => "eth",
            Network::Trc20 => "trc20",
            Network::Bep20 => "bep20",
        }
    }

    /// The `network_label` value of the API.
    pub const fn label(self) -> &'static str {
        match self {
            Network::Btc => "Bitcoin (BTC)",
            Network::Ltc => "Litecoin (LTC)",
            Network::Eth => "Ethereum (ETH)",
            Network::Trc20 => "USDT (TRC20)",
            Network::Bep20 => "USDT (BEP20)",
        }
    }

    /// The `coin` value of an invoice: `USDT` on both token networks.
    pub const fn coin(self) -> &'static str {
        match self {
            Network::Btc => "BTC",
            Network::Ltc => "LTC",
            Network::Eth => "ETH",
            Network::Trc20 | Network::Bep20 => "USDT",
        }
    }

    /// The key under which balances and withdrawals name this network's coin.
    pub const fn balance_key(self) -> &'static str {
        match self {
            Network::Btc => "BTC",
            Network::Ltc => "LTC",
            Network::Eth => "ETH",
            Network::Trc20 => "USDT-TRC20",
            Network::Bep20 => "USDT-BEP20",
        }
    }

    /// The network whose coin has this balance key.
    pub fn of_balance_key(key: &str) -> Option<Network> {
        Network::ALL.into_iter().find(|network| network.balance_key() == key)
    }

    /// Decimals of the base unit: satoshi and litoshi 8, wei 18, USDT 6 on TRON and 18 on BSC.
    pub const fn decimals(self) -> u32 {
        match self {
            Network::Btc | Network::Ltc => 8,
            Network::Eth | Network::Bep20 => 18,
            Network::Trc20 => 6,
        }
    }

    /// Decimals of a quoted amount: few enough for a double to carry (PHP, JavaScript).
    pub const fn quote_decimals(self) -> u32 {
        match self {
            Network::Btc | Network::Ltc | Network::Eth => 8,
            Network::Trc20 | Network::Bep20 => 6,
        }
    }

    /// Whether the coin is a dollar token, quoted 1:1.
    pub const fn is_dollar(self) -> bool {
        matches!(self, Network::Trc20 | Network::Bep20)
    }

    /// Confirmations asked for by default.
    pub const fn default_confirmations(self) -> u32 {
        match self {
            Network::Btc => 2,
            Network::Ltc => 6,
            Network::Eth => 12,
            Network::Trc20 => 19,
            Network::Bep20 => 15,
        }
    }

    /// Whether payments are shown from the mempool (and may vanish from it again).
    pub const fn has_mempool(self) -> bool {
        matches!(self, Network::Btc | Network::Ltc)
    }

    /// Whether a payment is final only at or below the solidified block (TRON).
    pub const fn needs_solidity(self) -> bool {
        matches!(self, Network::Trc20)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown network; use one of btc, ltc, eth, trc20, bep20")]
pub struct UnknownNetwork;

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        Network::ALL.into_iter().find(|network| network.name() == text).ok_or(UnknownNetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::story::stage::{Stage, block, cents, payment, terms};
    use crate::invoice::{NetworkTerms, Observation, Opened};
    use crate::payment::{Hash32, Tip};

    #[test]
    fn the_networks_are_those_of_the_api_contract() {
        let rows = [
            // network, label, coin, balance key, decimals, of quotes, confirmations
            ("btc", "Bitcoin (BTC)", "BTC", "BTC", 8, 8, 2),
            ("ltc", "Litecoin (LTC)", "LTC", "LTC", 8, 8, 6),
            ("eth", "Ethereum (ETH)", "ETH", "ETH", 18, 8, 12),
            ("trc20", "USDT (TRC20)", "USDT", "USDT-TRC20", 6, 6, 19),
            ("bep20", "USDT (BEP20)", "USDT", "USDT-BEP20", 18, 6, 15),
        ];
        for (network, row) in Network::ALL.into_iter().zip(rows) {
            let (decimals, quoted) = (network.decimals(), network.quote_decimals());
            let (label, coin, key) = (network.label(), network.coin(), network.balance_key());
            let required = network.default_confirmations();
            assert_eq!((network.name(), label, coin, key, decimals, quoted, required), row);
            assert_eq!(row.0.parse(), Ok(network));
            assert_eq!(Network::of_balance_key(row.3), Some(network));
        }
        let keys = Network::IN_BALANCE_ORDER.map(Network::balance_key);
        assert_eq!(keys, ["USDT-TRC20", "BTC", "LTC", "ETH", "USDT-BEP20"]);
        for unknown in ["", "BTC", "usdt", "tron", "btc "] {
            assert_eq!(unknown.parse::<Network>(), Err(UnknownNetwork), "{unknown:?}");
        }
    }

    /// By default a payment is credited with exactly the confirmations of the table, not one less.
    #[test]
    fn each_network_credits_at_its_own_depth() {
        for network in Network::ALL {
            let confirmations_required = NetworkTerms::default_for(network).confirmations_required;
            let terms = Opened { confirmations_required, ..terms(network) };
            let mut stage = Stage::new(terms);
            let (id, amount) = (payment(network, "a", 0), cents(network, 10_000));
            let block = block(100, b'a', stage.clock);
            stage.observe(id, Observation::Mined { amount, block });
            let depth = u64::from(confirmations_required);
            for (confirmations, credited) in [(1, false), (depth - 1, false), (depth, true)] {
                let height = 100 + confirmations - 1;
                let solid_height = network.needs_solidity().then_some(100);
                stage.tip = Tip { height, hash: Hash32([0; 32]), solid_height };
                stage.deepen();
                assert_eq!(stage.net_credit(id) > 0, credited, "{network} with {confirmations}");
            }
        }
    }
}
