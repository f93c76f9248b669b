//! Which key path belongs to which network and use.
//!
//! BIP84 for Bitcoin and Litecoin, BIP44 for the account chains; coin types by SLIP-44. BEP20 has
//! the second account of Ethereum's coin type, so a deposit address is never shared by two
//! networks. On test and regtest chains Bitcoin and Litecoin both use coin type 1.

use crate::chain_name::ChainName;
use bitcoin::bip32::ChildNumber;
use cryptopayment_domain::network::Network;

/// What an address under an account is for: the step after the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branch {
    /// `/0/i`: shown to payers, one per invoice.
    Deposit,
    /// `/1/i`: the treasury's own, change included.
    Treasury,
}

impl Branch {
    /// The number of the step.
    pub const fn number(self) -> u32 {
        match self {
            Branch::Deposit => 0,
            Branch::Treasury => 1,
        }
    }
}

/// The three hardened numbers of a network's account: purpose, coin type, account.
pub const fn account_numbers(network: Network, chain: ChainName) -> [u32; 3] {
    let real = matches!(chain, ChainName::Main);
    match network {
        Network::Btc => [84, if real { 0 } else { 1 }, 0],
        Network::Ltc => [84, if real { 2 } else { 1 }, 0],
        Network::Eth => [44, 60, 0],
        Network::Bep20 => [44, 60, 1],
        Network::Trc20 => [44, 195, 0],
    }
}

/// The account's path as wallets write it: `m/84'/0'/0'`.
pub fn account_path(network: Network, chain: ChainName) -> String {
    let [purpose, coin, account] = account_numbers(network, chain);
    format!("m/{purpose}'/{coin}'/{account}'")
}

/// The path of one address as wallets write it: `m/84'/0'/0'/0/17`.
pub fn address_path(network: Network, chain: ChainName, branch: Branch, index: u32) -> String {
    format!("{}/{}/{index}", account_path(network, chain), branch.number())
}

/// The steps from the master key to the account.
///
/// # Errors
/// None for the numbers above; the type of BIP32 demands the check that each is below 2^31.
pub(super) fn account_steps(
    network: Network,
    chain: ChainName,
) -> Result<[ChildNumber; 3], bitcoin::bip32::Error> {
    let [purpose, coin, account] = account_numbers(network, chain);
    Ok([
        ChildNumber::from_hardened_idx(purpose)?,
        ChildNumber::from_hardened_idx(coin)?,
        ChildNumber::from_hardened_idx(account)?,
    ])
}
