//! Bitcoin and Litecoin addresses: scripts of five kinds, in base58check or bech32(m).
//!
//! P2PKH and P2SH are base58check with a version byte; P2WPKH, P2WSH (BIP173) and P2TR (BIP350)
//! are bech32 and bech32m with a prefix that names network and chain.

use super::AddressError;
use crate::chain_name::ChainName;
use bitcoin::bech32::{self, Fe32, Hrp, segwit};
use bitcoin::hashes::{Hash, hash160};
use bitcoin::secp256k1::PublicKey;
use bitcoin::{PubkeyHash, ScriptBuf, ScriptHash, WPubkeyHash, base58};
use cryptopayment_domain::network::Network;
use std::fmt;

/// How one chain writes its addresses.
struct Prefixes {
    human: &'static str,
    key_hash: u8,
    script_hash: u8,
    /// Litecoin's first form of script addresses, the same bytes as Bitcoin's: refused, because a
    /// payer who pastes his Bitcoin address would lose the coins.
    ambiguous_script_hash: Option<u8>,
}

/// Every human-readable prefix with what it stands for; Ethereum and TRON have none.
const HUMAN: [(&str, Network, ChainName); 6] = [
    ("bc", Network::Btc, ChainName::Main),
    ("tb", Network::Btc, ChainName::Test),
    ("bcrt", Network::Btc, ChainName::Regtest),
    ("ltc", Network::Ltc, ChainName::Main),
    ("tltc", Network::Ltc, ChainName::Test),
    ("rltc", Network::Ltc, ChainName::Regtest),
];

fn prefixes(network: Network, chain: ChainName) -> Prefixes {
    let human = HUMAN
        .iter()
        .find(|(_, of, on)| *of == network && *on == chain)
        .map_or("", |(human, _, _)| human);
    let (key_hash, script_hash, ambiguous_script_hash) = match (network, chain) {
        (Network::Ltc, ChainName::Main) => (0x30, 0x32, Some(0x05)),
        (Network::Ltc, ChainName::Test | ChainName::Regtest) => (0x6f, 0x3a, Some(0xc4)),
        (_, ChainName::Main) => (0x00, 0x05, None),
        (_, ChainName::Test | ChainName::Regtest) => (0x6f, 0xc4, None),
    };
    Prefixes { human, key_hash, script_hash, ambiguous_script_hash }
}

/// Whether the text is in Litecoin's MWEB form, which is longer than bech32 allows.
pub(super) fn looks_like_mweb(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["ltcmweb1", "tmweb1"].iter().any(|prefix| lower.starts_with(prefix))
}

/// The P2WPKH script that pays this key.
pub(crate) fn script_of_key(key: &PublicKey) -> Vec<u8> {
    let hash = WPubkeyHash::from_raw_hash(hash160::Hash::hash(&key.serialize()));
    ScriptBuf::new_p2wpkh(&hash).into_bytes()
}

/// The script behind an address text.
pub(super) fn script_of_text(
    network: Network,
    chain: ChainName,
    text: &str,
) -> Result<Vec<u8>, AddressError> {
    let human = text.rsplit_once('1').map(|(human, _)| human.to_ascii_lowercase());
    let named = human.and_then(|human| HUMAN.iter().find(|(prefix, _, _)| *prefix == human));
    match named {
        Some((_, of, _)) if *of != network => Err(AddressError::Foreign(network)),
        Some((_, _, on)) if *on != chain => Err(AddressError::OtherChain(chain)),
        Some(_) => script_of_segwit(text),
        None => script_of_base58(network, chain, text),
    }
}

fn script_of_segwit(text: &str) -> Result<Vec<u8>, AddressError> {
    use bech32::primitives::decode::SegwitHrpstringError as Bad;
    let checked = bech32::primitives::decode::SegwitHrpstring::new(text);
    let checked = checked.map_err(|error| match error {
        Bad::Unchecked(_) => AddressError::Character,
        Bad::Checksum(_) => AddressError::Checksum,
        Bad::InvalidWitnessVersion(_) => AddressError::UnknownWitness,
        Bad::NoData | Bad::TooLong(_) | Bad::Padding(_) | Bad::WitnessLength(_) | _ => {
            AddressError::Length
        }
    })?;
    let program: Vec<u8> = checked.byte_iter().collect();
    let opcode = match (checked.witness_version(), program.len()) {
        (Fe32::Q, 20 | 32) => 0x00,
        (Fe32::P, 32) => 0x51,
        (Fe32::Q, _) => return Err(AddressError::Length),
        _ => return Err(AddressError::UnknownWitness),
    };
    let length = u8::try_from(program.len()).map_err(|_| AddressError::Length)?;
    Ok([&[opcode, length], program.as_slice()].concat())
}

fn script_of_base58(
    network: Network,
    chain: ChainName,
    text: &str,
) -> Result<Vec<u8>, AddressError> {
    let bytes = base58::decode_check(text).map_err(|error| match error {
        base58::Error::Decode(_) => AddressError::Foreign(network),
        base58::Error::IncorrectChecksum(_) => AddressError::Checksum,
        base58::Error::TooShort(_) | _ => AddressError::Length,
    })?;
    let (version, hash) = bytes.split_first().ok_or(AddressError::Length)?;
    let hash: [u8; 20] = hash.try_into().map_err(|_| AddressError::Length)?;
    let ours = prefixes(network, chain);
    if *version == ours.key_hash {
        Ok(ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash)).into_bytes())
    } else if *version == ours.script_hash {
        Ok(ScriptBuf::new_p2sh(&ScriptHash::from_byte_array(hash)).into_bytes())
    } else if Some(*version) == ours.ambiguous_script_hash {
        Err(AddressError::AmbiguousScript)
    } else {
        Err(other_chain_or_foreign(network, chain, *version))
    }
}

fn other_chain_or_foreign(network: Network, chain: ChainName, version: u8) -> AddressError {
    let elsewhere = ChainName::ALL.iter().any(|other| {
        let theirs = prefixes(network, *other);
        version == theirs.key_hash || version == theirs.script_hash
    });
    if elsewhere { AddressError::OtherChain(chain) } else { AddressError::Foreign(network) }
}

/// What kind of script this is, with the part an address carries; `None` for all others.
enum Standard<'a> {
    KeyHash(&'a [u8]),
    ScriptHash(&'a [u8]),
    Witness(Fe32, &'a [u8]),
}

fn standard(script: &[u8]) -> Option<Standard<'_>> {
    match script {
        [0x76, 0xa9, 0x14, hash @ .., 0x88, 0xac] if hash.len() == 20 => {
            Some(Standard::KeyHash(hash))
        }
        [0xa9, 0x14, hash @ .., 0x87] if hash.len() == 20 => Some(Standard::ScriptHash(hash)),
        [0x00, 0x14, program @ ..] if program.len() == 20 => {
            Some(Standard::Witness(Fe32::Q, program))
        }
        [0x00, 0x20, program @ ..] if program.len() == 32 => {
            Some(Standard::Witness(Fe32::Q, program))
        }
        [0x51, 0x20, program @ ..] if program.len() == 32 => {
            Some(Standard::Witness(Fe32::P, program))
        }
        _ => None,
    }
}

/// Whether an address stands for this script.
pub(super) fn is_standard(script: &[u8]) -> bool {
    standard(script).is_some()
}

/// Writes the address of a script that [`is_standard`].
pub(super) fn write_text(
    f: &mut fmt::Formatter<'_>,
    network: Network,
    chain: ChainName,
    script: &[u8],
) -> fmt::Result {
    let ours = prefixes(network, chain);
    let base58 = |version: u8, hash: &[u8]| base58::encode_check(&[&[version], hash].concat());
    let text = match standard(script).ok_or(fmt::Error)? {
        Standard::KeyHash(hash) => base58(ours.key_hash, hash),
        Standard::ScriptHash(hash) => base58(ours.script_hash, hash),
        Standard::Witness(version, program) => {
            let human = Hrp::parse(ours.human).map_err(|_| fmt::Error)?;
            segwit::encode(human, version, program).map_err(|_| fmt::Error)?
        }
    };
    f.write_str(&text)
}
