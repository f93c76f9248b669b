//! Seeds against the vectors of independent libraries.

use super::super::accounts::AccountsError;
use super::super::branches::{self, Branch};
use super::*;
use serde_json::Value;
use std::str::FromStr;

/// The published vectors, made with other people's libraries.
fn vectors(name: &str) -> Value {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn sample() -> Seed {
    Seed::from_words(vectors("branches.json")["mnemonic"].as_str().unwrap()).unwrap()
}

fn on(chain: ChainName) -> Accounts {
    sample().accounts(chain, chain).unwrap()
}

/// Branch and index from a path such as `m/84'/0'/0'/1/7`.
fn last_steps(path: &str) -> (Branch, u32) {
    let steps: Vec<&str> = path.split('/').collect();
    let branch = if steps[4] == "0" { Branch::Deposit } else { Branch::Treasury };
    (branch, steps[5].parse().unwrap())
}

fn derived(accounts: &Accounts, network: Network, path: &str) -> crate::address::Address {
    let (branch, index) = last_steps(path);
    let chain = accounts.account(network).unwrap().chain();
    assert_eq!(branches::address_path(network, chain, branch, index), path);
    match branch {
        Branch::Deposit => accounts.deposit_address(network, index).unwrap(),
        Branch::Treasury => accounts.treasury_address(network, index).unwrap(),
    }
}

#[test]
fn bitcoin_and_litecoin_addresses_are_those_of_other_wallets_on_every_chain() {
    let all = vectors("evm-btc-ltc.json");
    let rows = [
        ("btc_mainnet", Network::Btc, ChainName::Main),
        ("btc_testnet", Network::Btc, ChainName::Test),
        ("btc_regtest", Network::Btc, ChainName::Regtest),
        ("ltc_mainnet", Network::Ltc, ChainName::Main),
        ("ltc_testnet", Network::Ltc, ChainName::Test),
        ("ltc_regtest", Network::Ltc, ChainName::Regtest),
    ];
    for (name, network, chain) in rows {
        let accounts = on(chain);
        let table = &all[name];
        let key = accounts.account(network).unwrap().key().to_string();
        assert_eq!(key, table["account_xpub_bip32"].as_str().unwrap(), "{name}");
        let addresses = ["external", "change"].iter().flat_map(|k| table[k].as_array().unwrap());
        let mut seen = 0;
        for row in addresses {
            let address = derived(&accounts, network, row["path"].as_str().unwrap());
            assert_eq!(address.to_string(), row["address"].as_str().unwrap(), "{name}");
            let script = hex::encode(address.bytes());
            assert_eq!(script, row["script_pubkey"].as_str().unwrap(), "{name}");
            seen += 1;
        }
        assert_eq!(seen, 13, "{name}");
    }
}

#[test]
fn ethereum_addresses_are_those_of_other_wallets() {
    let all = vectors("evm-btc-ltc.json");
    let accounts = on(ChainName::Main);
    let key = accounts.account(Network::Eth).unwrap().key().to_string();
    assert_eq!(key, all["eth"]["account_xpub"].as_str().unwrap());
    let rows = all["eth"]["external"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let address = derived(&accounts, Network::Eth, row["path"].as_str().unwrap());
        assert_eq!(address.to_string(), row["address"].as_str().unwrap());
    }
}

#[test]
fn tron_addresses_are_those_of_other_wallets() {
    let all = vectors("tron.json");
    let accounts = on(ChainName::Main);
    let key = accounts.account(Network::Trc20).unwrap().key().to_string();
    assert_eq!(key, all["account_xpub_m_44_195_0"].as_str().unwrap());
    let rows = all["keys"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let address = derived(&accounts, Network::Trc20, row["path"].as_str().unwrap());
        assert_eq!(address.to_string(), row["address_base58"].as_str().unwrap());
        assert_eq!(hex::encode(address.bytes()), row["address_hex41"].as_str().unwrap());
    }
}

#[test]
fn every_branch_of_every_network_is_that_of_other_wallets() {
    let all = vectors("branches.json");
    let (main, regtest) = (on(ChainName::Main), on(ChainName::Regtest));
    let rows = all["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 22);
    for row in rows {
        let name = row["network"].as_str().unwrap();
        let (name, accounts) = match name.strip_suffix("-regtest") {
            Some(name) => (name, &regtest),
            None => (name, &main),
        };
        let network = Network::from_str(name).unwrap();
        let address = derived(accounts, network, row["path"].as_str().unwrap());
        assert_eq!(address.to_string(), row["address"].as_str().unwrap(), "{row}");
    }
}

#[test]
fn account_keys_as_text_derive_the_same_addresses_without_the_seed() {
    for chain in ChainName::ALL {
        let accounts = on(chain);
        let watch_only = Accounts::from_str(&accounts.to_string()).unwrap();
        for network in Network::ALL {
            for index in [0, 1, 999_999, 0x7fff_ffff] {
                let with_seed = accounts.deposit_address(network, index).unwrap();
                assert_eq!(watch_only.deposit_address(network, index).unwrap(), with_seed);
            }
        }
        assert_eq!(watch_only.to_string(), accounts.to_string());
    }
}

#[test]
fn account_keys_that_are_not_ours_are_refused_by_name() {
    let text = on(ChainName::Main).to_string();
    let without_ltc: String = text
        .lines()
        .filter(|line| !line.starts_with("ltc"))
        .fold(String::new(), |text, line| text + line + "\n");
    let key = |network| on(ChainName::Main).account(network).unwrap().key().to_string();
    let swapped = text.replace(&key(Network::Bep20), &key(Network::Eth));
    let test_key = on(ChainName::Test).account(Network::Btc).unwrap().key().to_string();
    let path = AccountsError::Path { network: Network::Btc, expected: "m/84'/0'/0'".to_owned() };
    let rows = [
        (String::new(), AccountsError::Title),
        (text.replace("accounts 1", "accounts 2"), AccountsError::Title),
        (text.replace("btc main", "btc moon"), AccountsError::Line(2)),
        (text.replace("btc main", "doge main"), AccountsError::Line(2)),
        (text.replace("btc main m/84'/0'", "btc main m/49'/0'"), path),
        (text.replace(&key(Network::Btc), "xpub1"), AccountsError::Key(2)),
        (text.replace(&key(Network::Btc), &test_key), AccountsError::OtherKey(Network::Btc)),
        (swapped, AccountsError::OtherKey(Network::Bep20)),
        (without_ltc, AccountsError::Count(Network::Ltc)),
        (format!("{text}{}", text.lines().last().unwrap()), AccountsError::Count(Network::Bep20)),
    ];
    for (text, refusal) in rows {
        assert_eq!(Accounts::from_str(&text).unwrap_err(), refusal, "{text}");
    }
}

#[test]
fn an_index_beyond_bip32_is_refused() {
    let accounts = on(ChainName::Main);
    let refused = accounts.deposit_address(Network::Btc, 0x8000_0000);
    assert_eq!(refused, Err(AccountsError::Index));
}

#[test]
fn a_new_seed_has_24_words_that_bring_it_back() {
    let seed = Seed::generate().unwrap();
    let words = seed.words().unwrap();
    assert_eq!(words.split(' ').count(), 24);
    let again = Seed::from_words(&format!("  {}\n", words.replace(' ', "   "))).unwrap();
    assert_eq!(again.entropy(), seed.entropy());
    assert_ne!(Seed::generate().unwrap().entropy(), seed.entropy());
}

#[test]
fn words_with_a_mistake_are_refused() {
    let good = "abandon ".repeat(11) + "about";
    let rows = [
        String::new(),
        "abandon ".repeat(12),
        good.replace("about", "above"),
        good.replace("about", "abuot"),
        "abandon ".repeat(10) + "about",
    ];
    for words in rows {
        let refused = Seed::from_words(&words).map(|_| ());
        assert!(matches!(refused, Err(SeedError::NotWords(_))), "{words:?}");
    }
}
