//! Payment URIs: what the QR code of a checkout page says, so that a wallet fills in the form.
//!
//! BIP21 for Bitcoin and Litecoin, EIP-681 for Ethereum and BSC, the bare address for TRON, whose
//! wallets refuse URIs. Amounts are exact: decimal coins in BIP21, base units in EIP-681.

use crate::address::Address;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;

/// What a URI on an EVM network names besides the payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvmChain {
    /// The chain id (EIP-155): 1 for Ethereum, 56 for BSC.
    pub chain_id: u64,
    /// The token that is paid with; `None` for the chain's own coin.
    pub token: Option<Address>,
}

/// Why no URI could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Address and amount are of two networks.
    #[error("an amount of {amount} cannot be asked for on {address}")]
    OtherNetwork {
        /// The network of the address.
        address: Network,
        /// The network of the amount.
        amount: Network,
    },
    /// BSC is paid in a token here, and none was named.
    #[error("a payment on {0} needs the token's contract")]
    NoToken(Network),
}

/// The text of the QR code that asks for `amount` at `payee`, or only names the payee where nothing
/// is due. `evm` is used on eth and bep20 only.
///
/// # Errors
/// [`UriError`] when the parts do not belong together.
pub fn payment_uri(
    payee: &Address,
    amount: Option<Money>,
    evm: &EvmChain,
) -> Result<String, UriError> {
    let address = payee.network();
    if let Some(amount) = amount.map(Money::network).filter(|amount| *amount != address) {
        return Err(UriError::OtherNetwork { address, amount });
    }
    let coins = amount.map_or_else(String::new, |amount| format!("?amount={amount}"));
    let units =
        |name: &str| amount.map_or_else(String::new, |amount| format!("{name}={}", amount.units()));
    Ok(match address {
        Network::Btc => format!("bitcoin:{payee}{coins}"),
        Network::Ltc => format!("litecoin:{payee}{coins}"),
        Network::Eth => format!("ethereum:{payee}@{}{}", evm.chain_id, units("?value")),
        Network::Bep20 => {
            let token = evm.token.as_ref().ok_or(UriError::NoToken(Network::Bep20))?;
            let (chain, units) = (evm.chain_id, units("&uint256"));
            format!("ethereum:{token}@{chain}/transfer?address={payee}{units}")
        }
        Network::Trc20 => payee.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain_name::ChainName;

    const TO: &str = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94";

    fn address(network: Network, chain: ChainName, text: &str) -> Address {
        Address::parse(network, chain, text).unwrap()
    }

    fn evm(chain_id: u64) -> EvmChain {
        let usdt = "0x55d398326f99059fF775485246999027B3197955";
        EvmChain { chain_id, token: Some(address(Network::Bep20, ChainName::Main, usdt)) }
    }

    #[test]
    fn every_network_has_the_form_its_wallets_read() {
        let bech32 = "bcrt1q6rz28mcfaxtmd6v789l9rrlrusdprr9pz3cppk";
        let rows = [
            (
                address(Network::Btc, ChainName::Regtest, bech32),
                123_456,
                format!("bitcoin:{bech32}?amount=0.00123456"),
            ),
            (
                address(
                    Network::Ltc,
                    ChainName::Main,
                    "ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh",
                ),
                250_000_000,
                "litecoin:ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh?amount=2.50".to_owned(),
            ),
            (
                address(Network::Eth, ChainName::Main, TO),
                2_014_000_000_000_000_001,
                format!("ethereum:{TO}@1?value=2014000000000000001"),
            ),
            (
                address(Network::Bep20, ChainName::Main, TO),
                50_000_000_000_000_000_000,
                format!(
                    "ethereum:0x55d398326f99059fF775485246999027B3197955@56/transfer\
                     ?address={TO}&uint256=50000000000000000000"
                ),
            ),
            (
                address(Network::Trc20, ChainName::Main, "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"),
                50_000_000,
                "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".to_owned(),
            ),
        ];
        for (payee, units, expected) in rows {
            let amount = Money::new(payee.network(), units).unwrap();
            let chain_id = if payee.network() == Network::Eth { 1 } else { 56 };
            let bare = expected.split(['?', '&']).next().map(str::to_owned);
            let bare = match payee.network() {
                Network::Bep20 => bare.map(|bare| format!("{bare}?address={payee}")),
                Network::Btc | Network::Ltc | Network::Eth | Network::Trc20 => bare,
            };
            assert_eq!(payment_uri(&payee, None, &evm(chain_id)).ok(), bare, "nothing is due");
            assert_eq!(payment_uri(&payee, Some(amount), &evm(chain_id)), Ok(expected));
        }
    }

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        let payee = address(Network::Bep20, ChainName::Main, TO);
        let ether = Money::new(Network::Eth, 1).unwrap();
        let refused = UriError::OtherNetwork { address: Network::Bep20, amount: Network::Eth };
        assert_eq!(payment_uri(&payee, Some(ether), &evm(56)), Err(refused));
        let dollars = Money::new(Network::Bep20, 1).unwrap();
        let nameless = EvmChain { chain_id: 56, token: None };
        let refused = UriError::NoToken(Network::Bep20);
        assert_eq!(payment_uri(&payee, Some(dollars), &nameless), Err(refused));
    }
}
