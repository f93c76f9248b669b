//! Addresses against the vectors and against what nobody should accept.

use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn rows(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn parse(network: Network, text: &str) -> Result<Address, AddressError> {
    Address::parse(network, ChainName::Main, text)
}

#[test]
fn eip55_checksums_are_those_of_the_proposal() {
    let table = &vectors("evm-btc-ltc.json")["eip55"];
    let (valid, one_case) = (rows(&table["valid"]), rows(&table["accepted_without_checksum"]));
    assert_eq!((valid.len(), one_case.len()), (8, 2));
    for row in valid.iter().chain(one_case) {
        for network in [Network::Eth, Network::Bep20] {
            let address = parse(network, row["address"].as_str().unwrap()).unwrap();
            assert_eq!(address.to_string(), row["checksummed"].as_str().unwrap());
        }
    }
}

#[test]
fn what_is_no_ethereum_address_is_refused() {
    let table = &vectors("evm-btc-ltc.json")["eip55"];
    assert_eq!(rows(&table["invalid"]).len(), 8);
    for row in rows(&table["invalid"]).iter().chain([&table["no_0x_prefix"]]) {
        let text = row["address"].as_str().unwrap();
        assert!(parse(Network::Eth, text).is_err(), "{row}");
    }
}

#[test]
fn tron_addresses_are_taken_and_refused_as_the_vectors_say() {
    let table = &vectors("tron.json")["addresses"];
    assert_eq!((rows(&table["valid"]).len(), rows(&table["invalid"]).len()), (7, 19));
    for row in rows(&table["valid"]) {
        let text = row["address"].as_str().unwrap();
        let address = parse(Network::Trc20, text).unwrap();
        assert_eq!(hex::encode(address.bytes()), row["hex41"].as_str().unwrap());
        assert_eq!(address.to_string(), text);
    }
    for row in rows(&table["invalid"]) {
        assert!(parse(Network::Trc20, row["address"].as_str().unwrap()).is_err(), "{row}");
    }
}

#[test]
fn every_kind_of_script_has_its_address() {
    // Bitcoin's: the genesis payee; BIP16; BIP173; BIP350. Litecoin's: the same hashes.
    let rows = [
        (
            Network::Btc,
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
        ),
        (
            Network::Btc,
            "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
            "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87",
        ),
        (
            Network::Btc,
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        ),
        (
            Network::Btc,
            "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
            "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
        ),
        (
            Network::Btc,
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        ),
        (
            Network::Ltc,
            "LUEweDxDA4WhvWiNXXSxjM9CYzHPJv4QQF",
            "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
        ),
        (
            Network::Ltc,
            "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        ),
    ];
    for (network, text, script) in rows {
        let address = parse(network, text).unwrap();
        assert_eq!(hex::encode(address.bytes()), script, "{text}");
        assert_eq!(address.to_string(), text);
    }
    let loud = parse(Network::Btc, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4").unwrap();
    assert_eq!(loud.to_string(), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
}

#[test]
fn a_wrong_bitcoin_or_litecoin_address_is_refused_with_its_reason() {
    use AddressError::*;
    let rows = [
        (Network::Btc, "", Empty),
        (Network::Btc, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", Checksum),
        (Network::Btc, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 ", Character),
        (Network::Btc, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", Character),
        (Network::Btc, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", OtherChain(ChainName::Main)),
        (Network::Btc, "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", Foreign(Network::Btc)),
        (Network::Ltc, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Foreign(Network::Ltc)),
        (Network::Ltc, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Foreign(Network::Ltc)),
        (Network::Ltc, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", AmbiguousScript),
        (Network::Ltc, "ltcmweb1qqthebookof", Mweb),
        (Network::Btc, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", Checksum),
        (Network::Btc, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", OtherChain(ChainName::Main)),
        (Network::Btc, "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", Foreign(Network::Btc)),
        (Network::Btc, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94", Foreign(Network::Btc)),
        // BIP350: bech32 on a version-1 program, bech32m on a version-0 one, version 2, P2A.
        (Network::Btc, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", Checksum),
        (Network::Btc, "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut", Checksum),
        (Network::Btc, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", UnknownWitness),
        (Network::Btc, "bc1pfeessrawgf", UnknownWitness),
        (Network::Btc, "bc1", Length),
    ];
    for (network, text, refusal) in rows {
        assert_eq!(parse(network, text), Err(refusal), "{text}");
    }
    assert_eq!(parse(Network::Btc, &"1".repeat(1_000_000)), Err(Length));
}

/// Well-formed bech32m, and no rule yet says who may spend such coins.
#[test]
fn a_witness_program_of_a_length_without_meaning_is_refused() {
    use bitcoin::bech32::{Fe32, Hrp, segwit};
    for (version, length) in [(Fe32::P, 20), (Fe32::P, 33), (Fe32::P, 40), (Fe32::Z, 32)] {
        let text = segwit::encode(Hrp::parse("bc").unwrap(), version, &vec![7; length]).unwrap();
        assert_eq!(parse(Network::Btc, &text), Err(AddressError::UnknownWitness), "{text}");
    }
}

#[test]
fn bytes_without_an_address_are_refused() {
    let rows: [(Network, &[u8]); 6] = [
        (Network::Btc, &[]),
        (Network::Btc, &[0x6a, 0x01, 0x00]),
        (Network::Ltc, &[0x00, 0x14, 0x01]),
        (Network::Eth, &[0; 21]),
        (Network::Trc20, &[0; 21]),
        (Network::Trc20, &[0x41; 20]),
    ];
    for (network, bytes) in rows {
        let refused = Address::from_bytes(network, ChainName::Main, bytes);
        assert_eq!(refused, Err(AddressError::NotCanonical));
    }
}

fn any_address() -> impl Strategy<Value = Address> {
    let chain = prop::sample::select(ChainName::ALL.to_vec());
    let network = prop::sample::select(Network::ALL.to_vec());
    (network, chain, any::<[u8; 32]>(), 0..5usize).prop_map(|(network, chain, random, kind)| {
        let short = &random[..20];
        let bytes = match network {
            Network::Btc | Network::Ltc => match kind {
                0 => [&[0x76, 0xa9, 0x14], short, &[0x88, 0xac]].concat(),
                1 => [&[0xa9, 0x14], short, &[0x87]].concat(),
                2 => [&[0x00, 0x14], short].concat(),
                3 => [&[0x00, 0x20], random.as_slice()].concat(),
                _ => [&[0x51, 0x20], random.as_slice()].concat(),
            },
            Network::Eth | Network::Bep20 => short.to_vec(),
            Network::Trc20 => [&[0x41], short].concat(),
        };
        Address::from_bytes(network, chain, &bytes).unwrap()
    })
}

proptest! {
    #[test]
    fn every_address_reads_back_from_its_text(address in any_address()) {
        let text = address.to_string();
        prop_assert_eq!(Address::parse(address.network(), address.chain(), &text), Ok(address));
    }

    #[test]
    fn an_address_with_one_character_changed_is_never_another_one(
        address in any_address(),
        place in any::<prop::sample::Index>(),
        character in "[0-9a-zA-Z]",
    ) {
        let text = address.to_string();
        let place = place.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(place..=place, &character);
        // EVM addresses in one case carry no checksum: there a slip can go unseen.
        let checked = !matches!(address.network(), Network::Eth | Network::Bep20);
        if checked && changed != text {
            let read = Address::parse(address.network(), address.chain(), &changed);
            prop_assert!(read.is_err() || read == Ok(address));
        }
    }

    #[test]
    fn no_text_whatever_brings_the_parser_down(text in "\\PC{0,120}", which in 0usize..5) {
        let network = Network::ALL[which];
        if let Ok(address) = parse(network, &text) {
            let again = parse(network, &address.to_string());
            prop_assert_eq!(again, Ok(address));
        }
    }
}
