//! What `[networks.eth]` and `[networks.bep20]` say besides what every network says.

use super::file;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::evm::{Asset, EvmSettings};
use cryptopayment_domain::network::Network;

/// The chain of Ethereum itself.
const ETHEREUM: u64 = 1;
/// BNB Smart Chain.
const BSC: u64 = 56;
/// USDT on BNB Smart Chain.
const BSC_USDT: &str = "0x55d398326f99059fF775485246999027B3197955";

/// Which chain, and what is paid with; none on networks of another kind.
///
/// # Errors
/// A key that has no meaning on this network, or a token that is none.
pub(super) fn settings(
    network: Network,
    section: &file::Network,
) -> Result<Option<EvmSettings>, String> {
    let key = |name: &str| format!("networks.{network}.{name}");
    let default_id = match network {
        Network::Eth => ETHEREUM,
        Network::Bep20 => BSC,
        Network::Btc | Network::Ltc | Network::Trc20 => {
            let is_coin = network != Network::Trc20;
            return match (section.chain_id, &section.token) {
                (Some(_), _) => {
                    Err(format!("`{}`: this network has none; remove it", key("chain_id")))
                }
                (None, Some(_)) if is_coin => Err(nothing_but_the_coin(&key("token"))),
                (None, _) => Ok(None),
            };
        }
    };
    if section.chain.is_some() {
        let (chain, id) = (key("chain"), key("chain_id"));
        return Err(format!("`{chain}`: this network's chain is told by `{id}`; remove it"));
    }
    let asset = match (network, section.token.as_deref()) {
        (Network::Bep20, text) => {
            let text = text.unwrap_or(BSC_USDT);
            let token = Address::parse(network, ChainName::Main, text);
            Asset::Token(token.map_err(|error| format!("`{}`: {text:?}: {error}", key("token")))?)
        }
        (_, Some(_)) => return Err(nothing_but_the_coin(&key("token"))),
        (_, None) => Asset::Native,
    };
    let chain_id = section.chain_id.unwrap_or(default_id);
    Ok(Some(EvmSettings { network, chain_id, asset }))
}

fn nothing_but_the_coin(key: &str) -> String {
    format!("`{key}`: the network's own coin is paid here; remove it")
}

#[cfg(test)]
mod tests {
    use crate::config::read;
    use cryptopayment_chains::evm::Asset;
    use cryptopayment_domain::network::Network;

    const RPC: &str = "rpc = ['http://x']";

    #[test]
    fn the_chains_and_the_token_are_known_and_can_be_others() {
        let read = |text: &str| read::settings(text, std::iter::empty());
        let token = |text: &str| {
            Asset::Token(
                cryptopayment_chains::address::Address::parse(
                    Network::Bep20,
                    cryptopayment_chains::chain_name::ChainName::Main,
                    text,
                )
                .unwrap(),
            )
        };
        let other = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94";
        let rows = [
            (Network::Eth, String::new(), 1, Asset::Native),
            (Network::Eth, "chain_id = 17000".to_owned(), 17_000, Asset::Native),
            (Network::Bep20, String::new(), 56, token(super::BSC_USDT)),
            (Network::Bep20, format!("chain_id = 97\ntoken = '{other}'"), 97, token(other)),
        ];
        for (network, more, chain_id, asset) in rows {
            let settings = read(&format!("[networks.{network}]\n{RPC}\n{more}")).unwrap();
            let evm = settings.networks[&network].evm.clone().unwrap();
            assert_eq!(
                (evm.network, evm.chain_id, evm.asset),
                (network, chain_id, asset),
                "{more}"
            );
        }
    }

    #[test]
    fn what_means_nothing_on_a_network_is_refused_by_name() {
        let read = |text: &str| read::settings(text, std::iter::empty());
        let rows = [
            ("eth", "token = '0x55d398326f99059fF775485246999027B3197955'", "networks.eth.token"),
            ("eth", "chain = 'main'", "networks.eth.chain_id"),
            ("bep20", "token = '0x55d398326f99059ff775485246999027B3197955'", "checksum"),
            ("bep20", "token = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t'", "networks.bep20.token"),
            ("btc", "chain_id = 1", "networks.btc.chain_id"),
            ("ltc", "token = '0x55d398326f99059fF775485246999027B3197955'", "networks.ltc.token"),
        ];
        for (network, key, expected) in rows {
            let said = read(&format!("[networks.{network}]\n{RPC}\n{key}")).unwrap_err();
            assert!(said.contains(expected), "{network} {key} → {said}");
        }
    }
}
