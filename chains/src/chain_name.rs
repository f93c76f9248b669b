//! Which chain of a network is meant: the money one, a public test one, or a private one.

use std::fmt;
use std::str::FromStr;

/// The chain of a network, by the name that `networks.btc.chain` has in the configuration.
///
/// It decides address prefixes and the coin type of the key path on Bitcoin and Litecoin. Ethereum,
/// BSC and TRON write the addresses of all their chains alike; for them it is only carried along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChainName {
    /// The chain on which coins are money.
    Main,
    /// The public test chains (Bitcoin's testnet3, testnet4 and signet; Litecoin's testnet4).
    Test,
    /// A private chain on this machine. No real coin can be sent to its addresses.
    Regtest,
}

impl ChainName {
    /// Every chain.
    pub const ALL: [ChainName; 3] = [ChainName::Main, ChainName::Test, ChainName::Regtest];

    /// The name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            ChainName::Main => "main",
            ChainName::Test => "test",
            ChainName::Regtest => "regtest",
        }
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown chain; use one of main, test, regtest")]
pub struct UnknownChain;

impl FromStr for ChainName {
    type Err = UnknownChain;

    fn from_str(text: &str) -> Result<Self, UnknownChain> {
        ChainName::ALL.into_iter().find(|chain| chain.name() == text).ok_or(UnknownChain)
    }
}
