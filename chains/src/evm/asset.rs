//! Which chain, and what of it is money to us.

use crate::address::Address;
use cryptopayment_domain::network::Network;

/// Bytes of an address.
pub(super) type Bytes20 = [u8; 20];

/// What is paid with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asset {
    /// The chain's own coin.
    Native,
    /// The token of this contract, by its logs; never by its name.
    Token(Address),
}

/// One network of Ethereum's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvmSettings {
    /// Whose coin it is to us.
    pub network: Network,
    /// The chain's id (EIP-155): 1 for Ethereum, 56 for BSC.
    pub chain_id: u64,
    /// What is paid with.
    pub asset: Asset,
}

impl EvmSettings {
    /// The token's contract, where a token is paid with.
    pub fn token(&self) -> Option<&Address> {
        match &self.asset {
            Asset::Native => None,
            Asset::Token(contract) => Some(contract),
        }
    }
}
