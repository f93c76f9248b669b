//! What `[networks.trc20]` says besides what every network says.

use super::file;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_domain::network::Network;
use zeroize::Zeroizing;

/// USDT on TRON's main chain.
const USDT: &str = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";

/// How TRON is read, besides its nodes' URLs.
#[derive(Clone)]
pub struct TronReading {
    /// The solidified views, one for each node; empty where the same servers show them.
    pub solidity_rpc: Vec<String>,
    /// The key of a hosted node.
    pub api_key: Option<Zeroizing<String>>,
    /// The token's contract.
    pub token: Address,
}

impl std::fmt::Debug for TronReading {
    /// Without the URLs and the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TronReading").field("token", &self.token).finish_non_exhaustive()
    }
}

/// What is said of TRON; none on other networks.
///
/// # Errors
/// A key that has no meaning on this network, or a token that is none.
pub(super) fn settings(
    network: Network,
    section: &file::Network,
) -> Result<Option<TronReading>, String> {
    let key = |name: &str| format!("networks.{network}.{name}");
    if network != Network::Trc20 {
        let foreign = [
            ("solidity_rpc", !section.solidity_rpc.is_empty()),
            ("api_key", section.api_key.is_some()),
        ];
        return match foreign.into_iter().find(|(_, is_said)| *is_said) {
            Some((name, _)) => Err(format!("`{}`: only TRON has it; remove it", key(name))),
            None => Ok(None),
        };
    }
    let is_main = section.chain.as_deref().is_none_or(|chain| chain == ChainName::Main.name());
    let text = match (&section.token, is_main) {
        (Some(text), _) => text,
        (None, true) => USDT,
        (None, false) => {
            let key = key("token");
            return Err(format!(
                "`{key}` must name the token's contract: no test chain has USDT's"
            ));
        }
    };
    let token = Address::parse(network, ChainName::Main, text)
        .map_err(|error| format!("`{}`: {text:?}: {error}", key("token")))?;
    if section.api_key.as_ref().is_some_and(|key| !is_header_text(key)) {
        return Err(format!("`{}` has characters that no key has", key("api_key")));
    }
    Ok(Some(TronReading {
        solidity_rpc: section.solidity_rpc.clone(),
        api_key: section.api_key.clone().map(Zeroizing::new),
        token,
    }))
}

/// Whether it can stand in a header as it is.
fn is_header_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::USDT;
    use crate::config::read;
    use cryptopayment_domain::network::Network;

    const RPC: &str = "rpc = ['http://x']";

    #[test]
    fn the_token_is_known_on_the_main_chain_and_named_elsewhere() {
        let read = |text: &str| read::settings(text, std::iter::empty());
        let other = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
        let rows = [
            (String::new(), USDT),
            ("chain = 'main'".to_owned(), USDT),
            (format!("chain = 'test'\ntoken = '{other}'"), other),
            (format!("token = '{other}'"), other),
        ];
        for (more, token) in rows {
            let text = format!("[networks.trc20]\n{RPC}\nsolidity_rpc = ['http://y']\n{more}");
            let settings = read(&text).unwrap();
            let tron = settings.networks[&Network::Trc20].tron.clone().unwrap();
            assert_eq!((tron.token.to_string(), tron.solidity_rpc.len()), (token.to_owned(), 1));
        }
    }

    #[test]
    fn what_means_nothing_is_refused_by_name_and_a_key_is_never_repeated() {
        let read = |text: &str| read::settings(text, std::iter::empty());
        let rows = [
            ("trc20", "chain = 'test'", "networks.trc20.token"),
            ("trc20", "token = 'T'", "networks.trc20.token"),
            (
                "trc20",
                "token = '0x55d398326f99059fF775485246999027B3197955'",
                "networks.trc20.token",
            ),
            ("trc20", "api_key = 'sec ret'", "networks.trc20.api_key"),
            ("trc20", "api_key = ''", "networks.trc20.api_key"),
            ("trc20", "chain_id = 1", "networks.trc20.chain_id"),
            ("btc", "api_key = 'sec ret'", "networks.btc.api_key"),
            ("eth", "solidity_rpc = ['http://y']", "networks.eth.solidity_rpc"),
        ];
        for (network, key, expected) in rows {
            let said = read(&format!("[networks.{network}]\n{RPC}\n{key}")).unwrap_err();
            assert!(said.contains(expected) && !said.contains("sec"), "{network} {key} → {said}");
        }
        let settings = read(&format!("[networks.trc20]\n{RPC}\napi_key = 'secret'")).unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
