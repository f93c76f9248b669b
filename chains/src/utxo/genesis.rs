//! The first blocks of the chains: how a node is known to be on the right one.
//!
//! From the chain parameters of Bitcoin Core and Litecoin Core. Nodes of both coins call their
//! chains `main` and `regtest`, so the name alone would take one for the other.

use crate::chain_name::ChainName;
use cryptopayment_domain::network::Network;

const BTC_MAIN: &[&str] = &["000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"];
/// testnet3, testnet4, signet.
const BTC_TEST: &[&str] = &[
    "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
    "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
    "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
];
const BTC_REGTEST: &[&str] = &["0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"];
const LTC_MAIN: &[&str] = &["12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2"];
const LTC_TEST: &[&str] = &["4966625a4b2851d9fdee139e56211a0d88575f59ed816ff5e6a63deb4e3e29a0"];
const LTC_REGTEST: &[&str] = &["530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9"];

/// The hashes of the first block, one per public chain that goes by this name. None for networks
/// that are read in another way.
pub const fn hashes(network: Network, chain: ChainName) -> &'static [&'static str] {
    match network {
        Network::Btc => match chain {
            ChainName::Main => BTC_MAIN,
            ChainName::Test => BTC_TEST,
            ChainName::Regtest => BTC_REGTEST,
        },
        Network::Ltc => match chain {
            ChainName::Main => LTC_MAIN,
            ChainName::Test => LTC_TEST,
            ChainName::Regtest => LTC_REGTEST,
        },
        Network::Eth | Network::Trc20 | Network::Bep20 => &[],
    }
}

/// Which coin and chain a first block belongs to, to be named to the operator.
pub fn name_of(hash: &str) -> Option<(Network, ChainName)> {
    let coins = [Network::Btc, Network::Ltc];
    let all = coins.iter().flat_map(|coin| ChainName::ALL.iter().map(move |chain| (*coin, *chain)));
    all.into_iter().find(|(coin, chain)| hashes(*coin, *chain).contains(&hash))
}
