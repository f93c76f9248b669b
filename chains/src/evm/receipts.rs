//! What became of a block's transactions.

use super::block::Header;
use super::logs::{self, Log, ToldLog};
use super::read;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldReceipt<'a> {
    #[serde(borrow)]
    transaction_hash: Cow<'a, str>,
    #[serde(borrow)]
    block_hash: Cow<'a, str>,
    #[serde(borrow)]
    transaction_index: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    /// Read only where logs are wanted: most of a block's bytes are here.
    #[serde(borrow)]
    logs: &'a RawValue,
}

/// Whether each of the block's transactions succeeded, in their order.
pub(super) fn successes(header: &Header, json: &str) -> Result<Vec<bool>, String> {
    told(header, json)?.iter().map(|(receipt, _)| success(receipt)).collect()
}

/// Every log of the block's transactions, in the block's order. A failed transaction has none.
pub(super) fn all_logs(header: &Header, json: &str) -> Result<Vec<Log>, String> {
    let mut all = Vec::new();
    for (receipt, place) in told(header, json)? {
        let logs: Vec<ToldLog<'_>> = serde_json::from_str(receipt.logs.get())
            .map_err(|error| format!("block {}: a receipt's logs: {error}", header.at.height))?;
        if !success(&receipt)? && !logs.is_empty() {
            return Err(format!("{} failed and has logs", receipt.transaction_hash));
        }
        for log in &logs {
            all.push(logs::checked(header, log, Some(place))?);
        }
    }
    logs::in_order(header, &all)?;
    Ok(all)
}

/// The receipts, one for each transaction of the block, with its place.
fn told<'a>(header: &Header, json: &'a str) -> Result<Vec<(ToldReceipt<'a>, usize)>, String> {
    let height = header.at.height;
    let receipts: Option<Vec<ToldReceipt<'a>>> = serde_json::from_str(json)
        .map_err(|error| format!("receipts of block {height}: {error}"))?;
    let receipts = receipts.ok_or_else(|| format!("it has no receipts of block {height}"))?;
    let (sent, wanted) = (receipts.len(), header.transactions.len());
    if sent != wanted {
        return Err(format!("block {height} has {wanted} transactions, it sent {sent} receipts"));
    }
    for (place, (receipt, own)) in receipts.iter().zip(&header.transactions).enumerate() {
        let is_of = read::hash(&receipt.transaction_hash)? == own.txid
            && read::hash(&receipt.block_hash)? == header.at.hash
            && read::count(&receipt.transaction_index)? == u64::try_from(place).unwrap_or(u64::MAX);
        if !is_of {
            let txid = own.txid;
            return Err(format!("block {height}: a receipt of another block or place than {txid}"));
        }
    }
    Ok(receipts.into_iter().zip(0usize..).collect())
}

fn success(receipt: &ToldReceipt<'_>) -> Result<bool, String> {
    match read::quantity(&receipt.status)? {
        0 => Ok(false),
        1 => Ok(true),
        odd => Err(format!("{} has status {odd}", receipt.transaction_hash)),
    }
}
