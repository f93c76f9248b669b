//! A block's header, and what its transactions themselves pay.
//!
//! Unknown fields are ignored (nodes add some with every fork); a missing or odd one that is needed
//! refuses the whole answer.

use super::asset::Bytes20;
use super::bloom::Bloom;
use super::read;
use cryptopayment_domain::payment::{BlockRef, Hash32};
use cryptopayment_domain::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

/// A block as `eth_getBlockByNumber` tells it, with what it lists of its transactions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldBlock<'a, T> {
    #[serde(borrow)]
    number: Cow<'a, str>,
    #[serde(borrow)]
    hash: Cow<'a, str>,
    #[serde(borrow)]
    parent_hash: Cow<'a, str>,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    logs_bloom: Cow<'a, str>,
    transactions: Vec<T>,
}

#[derive(Deserialize)]
struct ToldTransaction<'a> {
    #[serde(borrow)]
    hash: Cow<'a, str>,
    /// Absent or null where a contract is made.
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// What everything else that is told of a block must agree with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) at: BlockRef,
    pub(super) parent: Hash32,
    pub(super) bloom: Bloom,
    /// Its transactions, in order.
    pub(super) transactions: Vec<Own>,
}

/// A transaction, and what it itself pays to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) txid: Hash32,
    /// Whom it calls; none where it makes a contract, or where only ids were asked for.
    pub(super) to: Option<Bytes20>,
    pub(super) units: u128,
}

/// The block at this height, with its transactions' own transfers.
pub(super) fn whole(height: u64, json: &str) -> Result<Header, String> {
    header(height, json, |told: &ToldTransaction<'_>| {
        let to = told.to.as_deref().map(read::address).transpose()?;
        Ok(Own { txid: read::hash(&told.hash)?, to, units: read::quantity(&told.value)? })
    })
}

/// The block at this height, with its transactions' ids.
pub(super) fn ids_only(height: u64, json: &str) -> Result<Header, String> {
    header(height, json, |told: &Cow<'_, str>| {
        Ok(Own { txid: read::hash(told)?, to: None, units: 0 })
    })
}

fn header<'a, T: Deserialize<'a>>(
    height: u64,
    json: &'a str,
    own: impl Fn(&T) -> Result<Own, String>,
) -> Result<Header, String> {
    let told: ToldBlock<'a, T> =
        serde_json::from_str(json).map_err(|error| format!("block {height}: {error}"))?;
    let said = read::count(&told.number)?;
    if said != height {
        return Err(format!("asked for block {height}, it sent block {said}"));
    }
    let time_s = i64::try_from(read::count(&told.timestamp)?);
    let time_s = time_s.map_err(|_| format!("{:?} is no time", told.timestamp))?;
    let hash = read::hash(&told.hash)?;
    let transactions = told.transactions.iter().map(own).collect::<Result<Vec<_>, _>>();
    Ok(Header {
        at: BlockRef { height, hash, time: Timestamp::from_unix_s(time_s) },
        parent: read::hash(&told.parent_hash)?,
        bloom: Bloom::read(&told.logs_bloom).map_err(|why| format!("block {height}: {why}"))?,
        transactions: transactions.map_err(|why| format!("block {height}: {why}"))?,
    })
}

#[derive(Deserialize)]
struct ToldTip<'a> {
    #[serde(borrow)]
    number: Cow<'a, str>,
    #[serde(borrow)]
    hash: Cow<'a, str>,
}

/// Height and hash of a block that was asked for by height or by name (`latest`).
pub(super) fn tip(json: &str) -> Result<(u64, Hash32), String> {
    let told: ToldTip<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok((read::count(&told.number)?, read::hash(&told.hash)?))
}
