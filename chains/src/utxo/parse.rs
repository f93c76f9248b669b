//! The node's JSON → blocks and transfers, exactly: numbers from their text, every field checked.
//!
//! Unknown fields are ignored (nodes add some with every version); a missing or odd one that is
//! needed refuses the whole answer.

use super::seal::Seal;
use crate::adapter::{Block, Coin, Transfer, WaitingTransaction};
use cryptopayment_domain::money::{Money, MoneyError};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use cryptopayment_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A block as `getblock HASH 2` tells it.
#[derive(Deserialize)]
struct ToldBlock<'a> {
    #[serde(borrow)]
    hash: Cow<'a, str>,
    /// −1 when the block is not, or no longer, in the best chain.
    confirmations: i64,
    height: u64,
    time: i64,
    /// Absent from the genesis block only.
    #[serde(borrow)]
    previousblockhash: Option<Cow<'a, str>>,
    #[serde(rename = "nTx")]
    transaction_count: usize,
    version: i32,
    #[serde(borrow)]
    merkleroot: Cow<'a, str>,
    #[serde(borrow)]
    bits: Cow<'a, str>,
    nonce: u32,
    #[serde(borrow)]
    tx: Vec<ToldTransaction<'a>>,
}

/// A transaction as `getblock` and `getrawtransaction` tell it.
#[derive(Deserialize)]
struct ToldTransaction<'a> {
    #[serde(borrow)]
    txid: Cow<'a, str>,
    #[serde(borrow)]
    vin: Vec<ToldInput<'a>>,
    #[serde(borrow)]
    vout: Vec<ToldOutput<'a>>,
}

/// What a transaction spends. A coinbase spends nothing, and what comes from inside Litecoin's MWEB
/// names no coin.
#[derive(Deserialize)]
struct ToldInput<'a> {
    #[serde(borrow)]
    txid: Option<Cow<'a, str>>,
    vout: Option<u32>,
}

#[derive(Deserialize)]
struct ToldOutput<'a> {
    /// Litecoin: an output inside MWEB, which has neither amount nor script to be seen.
    #[serde(default)]
    ismweb: bool,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    n: Option<u32>,
    #[serde(borrow, rename = "scriptPubKey")]
    script: Option<ToldScript<'a>>,
}

#[derive(Deserialize)]
struct ToldScript<'a> {
    #[serde(borrow)]
    hex: Cow<'a, str>,
}

/// What came of a block's JSON.
#[derive(Debug)]
pub(super) enum Parsed {
    /// The block, whole.
    Block(Block),
    /// A reorganisation has taken it out of the best chain meanwhile.
    Stale,
}

/// The block with this height and hash from the `result` of `getblock HASH 2`.
pub(super) fn block(
    network: Network,
    height: u64,
    hash: Hash32,
    json: &str,
) -> Result<Parsed, String> {
    let told: ToldBlock<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if told.height != height || hash_of(&told.hash)? != hash {
        return Err(format!(
            "asked for block {height} {hash}, it sent block {} {}",
            told.height, told.hash
        ));
    }
    if told.transaction_count != told.tx.len() {
        let (said, sent) = (told.transaction_count, told.tx.len());
        return Err(format!("block {height} has {said} transactions, it sent {sent}"));
    }
    if told.confirmations < 0 {
        return Ok(Parsed::Stale);
    }
    let parent = match &told.previousblockhash {
        Some(parent) => hash_of(parent)?,
        None if height == 0 => Hash32([0; 32]),
        None => return Err(format!("block {height} names no parent")),
    };
    let (mut txids, mut spent) = (Vec::with_capacity(told.tx.len()), Vec::new());
    let mut transfers = Vec::new();
    for transaction in &told.tx {
        let read = read_transaction(network, transaction)?;
        txids.push(read.txid);
        spent.extend(read.spends);
        transfers.extend(read.transfers);
    }
    seal_of(&told, parent)?
        .must_hold(hash, &txids)
        .map_err(|why| format!("block {height}: {why}"))?;
    let at = BlockRef { height, hash, time: Timestamp::from_unix_s(told.time) };
    Ok(Parsed::Block(Block { at, parent, transfers, spent }))
}

/// The header, by which the block's hash speaks for its transactions.
fn seal_of(told: &ToldBlock<'_>, parent: Hash32) -> Result<Seal, String> {
    Ok(Seal {
        version: told.version,
        parent,
        merkle_root: hash_of(&told.merkleroot)?,
        time_s: u32::try_from(told.time).map_err(|_| format!("{} is no time", told.time))?,
        bits: u32::from_str_radix(&told.bits, 16)
            .map_err(|_| format!("{:?} is no target", told.bits))?,
        nonce: told.nonce,
    })
}

/// The transfers of the transaction with this id from the `result` of `getrawtransaction TXID true`.
pub(super) fn transaction(
    network: Network,
    txid: Hash32,
    json: &str,
) -> Result<WaitingTransaction, String> {
    let told: ToldTransaction<'_> = serde_json::from_str(json).map_err(|e| e.to_string())?;
    if hash_of(&told.txid)? != txid {
        return Err(format!("asked for transaction {txid}, it sent {}", told.txid));
    }
    read_transaction(network, &told)
}

fn read_transaction(
    network: Network,
    told: &ToldTransaction<'_>,
) -> Result<WaitingTransaction, String> {
    let coin = |input: &ToldInput<'_>| {
        let made_by = input.txid.as_deref().zip(input.vout);
        made_by.map(|(txid, index)| Ok(Coin { txid: hash_of(txid)?, index }))
    };
    let spends = told.vin.iter().filter_map(coin).collect::<Result<_, String>>()?;
    let transfers = transfers_of(network, told)?;
    Ok(WaitingTransaction { txid: hash_of(&told.txid)?, spends, transfers })
}

/// One transfer per output of value. Money that leaves MWEB shows here only when mined, in the
/// block's integrating transaction: the waiting one has another id and no outputs to see.
fn transfers_of(network: Network, told: &ToldTransaction<'_>) -> Result<Vec<Transfer>, String> {
    let txid = hash_of(&told.txid)?;
    let mut transfers: Vec<Transfer> = Vec::new();
    let mut last_index = None;
    for output in told.vout.iter().filter(|output| !output.ismweb) {
        let of = |what: &str| format!("an output of transaction {txid} has no {what}");
        let index = output.n.ok_or_else(|| of("number"))?;
        if last_index >= Some(index) {
            return Err(format!("outputs of transaction {txid} are not in order"));
        }
        last_index = Some(index);
        let payment = PaymentId { network, txid, index };
        let value = output.value.ok_or_else(|| of("value"))?.get();
        let amount = exact(network, value).map_err(|error| format!("{payment}: {error}"))?;
        let script = output.script.as_ref().ok_or_else(|| of("script"))?;
        let recipient = hex::decode(script.hex.as_bytes()).map_err(|_| of("readable script"))?;
        if !amount.is_zero() {
            transfers.push(Transfer { payment, recipient, amount });
        }
    }
    Ok(transfers)
}

/// The `result` of `getrawmempool`: a list of hashes.
pub(super) fn hashes(json: &str) -> Result<Vec<Hash32>, String> {
    let texts: Vec<&str> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    texts.into_iter().map(hash_of).collect()
}

/// Reads a hash of 64 hexadecimal digits.
pub(super) fn hash_of(text: &str) -> Result<Hash32, String> {
    Hash32::from_hex(text).ok_or_else(|| format!("{text:?} is no hash"))
}

/// A JSON number token as an amount, exactly. Some nodes write small amounts as `1e-8`.
fn exact(network: Network, token: &str) -> Result<Money, MoneyError> {
    let Some((mantissa, exponent)) = token.split_once(['e', 'E']) else {
        return Money::parse(network, token);
    };
    let exponent: i32 = exponent.parse().map_err(|_| MoneyError::NotAnAmount)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len())
        .ok()
        .and_then(|places| places.checked_add(exponent))
        .filter(|point| point.unsigned_abs() <= EXPONENT_MAX && !whole.is_empty())
        .ok_or(MoneyError::NotAnAmount)?;
    let zeros = |count: u32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let missing = zeros(point.unsigned_abs());
    let places = usize::try_from(point).unwrap_or(0);
    let plain = match digits.split_at_checked(places) {
        _ if point < 0 => format!("0.{missing}{digits}"),
        Some((whole, fraction)) => format!("0{whole}.{fraction}0"),
        None => {
            let short = places.saturating_sub(digits.len());
            format!("{digits}{}", "0".repeat(short))
        }
    };
    Money::parse(network, &plain)
}

/// Places by which an exponent may move the point; no amount of a coin needs more.
const EXPONENT_MAX: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_from_their_text_exactly() {
        let rows = [
            ("0.00000001", 1),
            ("1e-8", 1),
            ("1E-08", 1),
            ("1.0e-8", 1),
            ("12.50007160", 1_250_007_160),
            // As a float this is 20.999999990000003.
            ("20.99999999", 2_099_999_999),
            ("2.099999999e1", 2_099_999_999),
            ("2099999999e-8", 2_099_999_999),
            ("0.1e1", 100_000_000),
            ("21e6", 2_100_000_000_000_000),
            ("0.0", 0),
            ("0", 0),
            ("0e5", 0),
        ];
        for (text, units) in rows {
            assert_eq!(exact(Network::Btc, text).map(Money::units), Ok(units), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let rows = [
            "-0.1",
            "0.000000001",
            "1e-9",
            "1e999999999999",
            "1e60",
            "1e-61",
            "\"0.1\"",
            "null",
            "true",
            "[]",
            "",
            "e1",
            "1e",
            "1.5.5e1",
            "-1e1",
        ];
        for text in rows {
            assert!(exact(Network::Ltc, text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn moving_the_point_and_taking_it_back_changes_nothing(
            units in 0u64..2_100_000_000_000_000,
            shift in 0u32..20,
        ) {
            let money = Money::new(Network::Btc, units.into()).unwrap();
            let shifted = format!("{}{}e-{}", units, "0".repeat(shift as usize), 8 + shift);
            prop_assert_eq!(exact(Network::Btc, &shifted), Ok(money));
            prop_assert_eq!(exact(Network::Btc, &money.to_string()), Ok(money));
        }

        #[test]
        fn no_answer_whatever_brings_the_parser_down(text in "\\PC{0,200}") {
            let hash = Hash32([0; 32]);
            prop_assert!(block(Network::Btc, 0, hash, &text).is_err());
            prop_assert!(transaction(Network::Ltc, hash, &text).is_err());
            let _ = exact(Network::Btc, &text);
        }
    }
}
