//! A token's transfers: its contract's Transfer logs (ERC-20), each bound to its block.

use super::asset::Bytes20;
use super::block::Header;
use super::read;
use crate::adapter::Transfer;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{Hash32, PaymentId};
use serde::Deserialize;
use std::borrow::Cow;

/// `keccak256("Transfer(address,address,uint256)")`.
pub(super) const TRANSFER: &str =
    "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToldLog<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    topics: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow)]
    block_hash: Cow<'a, str>,
    #[serde(borrow)]
    transaction_hash: Cow<'a, str>,
    #[serde(borrow)]
    transaction_index: Cow<'a, str>,
    #[serde(borrow)]
    log_index: Cow<'a, str>,
    #[serde(default)]
    removed: bool,
}

/// A log that stands where it says in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Log {
    txid: Hash32,
    contract: Bytes20,
    /// Its number in the block: it orders the logs and means nothing else.
    number: u64,
    /// Whether it calls itself a Transfer.
    is_transfer: bool,
    /// To whom and how much, where it has the form of ERC-20.
    movement: Option<(Bytes20, Units)>,
}

/// An amount as a contract wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Units {
    Units(u128),
    /// More than there can be of anything that is worth something.
    Absurd,
}

/// The answer to `eth_getLogs` for the block of this header.
pub(super) fn told(header: &Header, json: &str) -> Result<Vec<Log>, String> {
    let height = header.at.height;
    let told: Vec<ToldLog<'_>> =
        serde_json::from_str(json).map_err(|error| format!("logs of block {height}: {error}"))?;
    let logs = told.iter().map(|log| checked(header, log, None)).collect::<Result<Vec<_>, _>>()?;
    in_order(header, &logs)?;
    Ok(logs)
}

/// The log, if it is one of this block's: of the transaction at `place` where that is known.
pub(super) fn checked(
    header: &Header,
    told: &ToldLog<'_>,
    place: Option<usize>,
) -> Result<Log, String> {
    let height = header.at.height;
    if told.removed {
        return Err(format!("block {height}: a log that has been removed"));
    }
    let block = read::hash(&told.block_hash)?;
    if block != header.at.hash {
        return Err(format!("block {height} is {}, a log is of {block}", header.at.hash));
    }
    let txid = read::hash(&told.transaction_hash)?;
    let at = usize::try_from(read::count(&told.transaction_index)?).unwrap_or(usize::MAX);
    let is_there = header.transactions.get(at).is_some_and(|own| own.txid == txid);
    if !is_there || place.is_some_and(|place| place != at) {
        return Err(format!("block {height} has no transaction {txid} at place {at}"));
    }
    let [signature, parties @ ..] = told.topics.as_slice() else { return anonymous(told, txid) };
    let is_transfer = signature.eq_ignore_ascii_case(TRANSFER);
    let movement = match parties {
        [_, to] if is_transfer => read::address_in_word(to).zip(units(&told.data)),
        _ => None,
    };
    let (contract, number) = (read::address(&told.address)?, read::count(&told.log_index)?);
    Ok(Log { txid, contract, number, is_transfer, movement })
}

/// A log without a topic is nobody's Transfer.
fn anonymous(told: &ToldLog<'_>, txid: Hash32) -> Result<Log, String> {
    let (contract, number) = (read::address(&told.address)?, read::count(&told.log_index)?);
    Ok(Log { txid, contract, number, is_transfer: false, movement: None })
}

/// A word of 32 bytes as an amount; none where the data is anything else.
fn units(data: &str) -> Option<Units> {
    let word = read::hash(data).ok()?;
    let (high, low) = word.0.split_at(16);
    let low = u128::from_be_bytes(low.try_into().ok()?);
    match high.iter().all(|byte| *byte == 0) {
        true => Some(Units::Units(low)),
        false => Some(Units::Absurd),
    }
}

/// Logs are numbered through the block: none twice, none before one that it follows.
pub(super) fn in_order(header: &Header, logs: &[Log]) -> Result<(), String> {
    if logs.is_sorted_by(|one, next| one.number < next.number) {
        return Ok(());
    }
    Err(format!("block {}: its logs are not in order, or twice", header.at.height))
}

/// What these logs say was transferred by one contract. A transfer's index counts that contract's
/// Transfer logs of its transaction, so it is the same in whichever block, and by whomever it is told.
pub(super) fn transfers(network: Network, contract: Bytes20, logs: &[Log]) -> Vec<Transfer> {
    let mut transfers = Vec::new();
    let (mut of, mut index) = (None, 0u32);
    for log in logs.iter().filter(|log| log.is_transfer && log.contract == contract) {
        index = if of == Some(log.txid) { index.saturating_add(1) } else { 0 };
        of = Some(log.txid);
        let payment = PaymentId { network, txid: log.txid, index };
        let amount = match log.movement {
            Some((_, Units::Units(0))) | None => continue,
            Some((recipient, Units::Units(units))) => {
                Money::new(network, units).ok().map(|amount| (recipient, amount))
            }
            Some((_, Units::Absurd)) => None,
        };
        match amount {
            Some((recipient, amount)) => {
                transfers.push(Transfer { payment, recipient: recipient.to_vec(), amount });
            }
            None => {
                tracing::warn!(%payment, "a transfer of more than any account holds is ignored")
            }
        }
    }
    transfers
}
