//! Coins: what has a price. USDT is one coin here, whichever network it moves on.

use crate::network::Network;
use std::fmt;

/// A coin with a price in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coin {
    /// Bitcoin.
    Btc,
    /// Litecoin.
    Ltc,
    /// Ether.
    Eth,
    /// Tether's dollar token; quoted 1:1 whatever its market says.
    Usdt,
}

impl Coin {
    /// Every coin.
    pub const ALL: [Coin; 4] = [Coin::Btc, Coin::Ltc, Coin::Eth, Coin::Usdt];

    /// The coin that a network carries for us.
    pub const fn of(network: Network) -> Coin {
        match network {
            Network::Btc => Coin::Btc,
            Network::Ltc => Coin::Ltc,
            Network::Eth => Coin::Eth,
            Network::Trc20 | Network::Bep20 => Coin::Usdt,
        }
    }

    /// Its usual ticker: `BTC`, `LTC`, `ETH`, `USDT`.
    pub const fn name(self) -> &'static str {
        match self {
            Coin::Btc => "BTC",
            Coin::Ltc => "LTC",
            Coin::Eth => "ETH",
            Coin::Usdt => "USDT",
        }
    }
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_is_named_as_its_network_names_it() {
        for network in Network::ALL {
            assert_eq!(Coin::of(network).name(), network.coin());
            assert_eq!(Coin::of(network) == Coin::Usdt, network.is_dollar());
        }
    }
}
