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
