//! A block as the node's JSON tells it, and everything about it that can be checked.
//!
//! Unknown fields are ignored (nodes add some with every version) and absent ones mean zero, as in
//! proto3, whose JSON this is. Numbers are read as integers: amounts and times pass 2^53.

use super::info::{self, ToldInfo};
use crate::adapter::{Block, Transfer};
use cryptopayment_domain::payment::{BlockRef, Hash32};
use cryptopayment_domain::time::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// A block as `getblockbynum` and `getnowblock` tell it, or its header as `getblock` does. A block
/// that the node does not have is `{}`.
#[derive(Deserialize)]
struct ToldBlock<'a> {
    #[serde(borrow, rename = "blockID")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    block_header: Option<ToldHeader<'a>>,
    /// Absent from an empty block.
    #[serde(borrow)]
    transactions: Option<Vec<ToldTransaction<'a>>>,
}

#[derive(Deserialize)]
struct ToldHeader<'a> {
    #[serde(borrow)]
    raw_data: ToldRaw<'a>,
}

#[derive(Deserialize)]
struct ToldRaw<'a> {
    #[serde(default)]
    number: u64,
    #[serde(borrow, rename = "parentHash")]
    parent: Option<Cow<'a, str>>,
    #[serde(default)]
    timestamp: i64,
}

/// A transaction of a block. What it asks for is of no interest: only its receipt says what
/// happened.
#[derive(Deserialize)]
struct ToldTransaction<'a> {
    #[serde(borrow, rename = "txID")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    raw_data_hex: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ret: Option<Vec<ToldResult<'a>>>,
}

#[derive(Deserialize)]
struct ToldResult<'a> {
    #[serde(borrow, rename = "contractRet")]
    contract: Option<Cow<'a, str>>,
}

/// A block's header, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) at: BlockRef,
    pub(super) parent: Hash32,
}

/// What came of a block and the infos of its transactions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// The block, whole.
    Block(Block),
    /// The node has no block at this height.
    Absent,
    /// The infos are not those of this block, for this reason: it was replaced between the two
    /// answers, or the node does not have them.
    Apart(String),
}

/// The header in an answer; none where the node has no such block.
pub(super) fn header(json: &[u8]) -> Result<Option<Header>, String> {
    let told: ToldBlock<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    read_header(&told)
}

fn read_header(told: &ToldBlock<'_>) -> Result<Option<Header>, String> {
    let (id, raw) = match (&told.id, &told.block_header) {
        (None, None) if told.transactions.is_none() => return Ok(None),
        (Some(id), Some(header)) => (id, &header.raw_data),
        (_, _) => return Err("a block without id or header".to_owned()),
    };
    let (height, hash) = (raw.number, hash_of(id)?);
    // The first 8 bytes of a block's id are its number.
    if number_in(hash) != Some(height) {
        return Err(format!("block {height} is called {hash}, which is the id of another height"));
    }
    let parent = match (&raw.parent, height.checked_sub(1)) {
        (_, None) => Hash32([0; 32]),
        (Some(parent), Some(below)) => {
            let parent = hash_of(parent)?;
            if number_in(parent) != Some(below) {
                return Err(format!("block {height} names {parent} as its parent"));
            }
            parent
        }
        (None, Some(_)) => return Err(format!("block {height} names no parent")),
    };
    let at = BlockRef { height, hash, time: Timestamp::from_unix_ms(raw.timestamp) };
    Ok(Some(Header { at, parent }))
}

/// The block at `height` from the answers to `getblockbynum` and `gettransactioninfobyblocknum`,
/// with the transfers of the token of `contract` (20 bytes).
pub(super) fn block(
    height: u64,
    contract: &[u8; 20],
    block: &[u8],
    infos: &[u8],
) -> Result<Parsed, String> {
    let told: ToldBlock<'_> = serde_json::from_slice(block)
        .map_err(|error| format!("block {height} cannot be read: {error}"))?;
    let Some(Header { at, parent }) = read_header(&told)? else { return Ok(Parsed::Absent) };
    if at.height != height {
        return Err(format!("asked for block {height}, it sent block {} {}", at.height, at.hash));
    }
    let transactions = told.transactions.unwrap_or_default();
    let infos = info::list(infos).map_err(|why| format!("the infos of block {height}: {why}"))?;
    // The genesis block's transactions made the first accounts; they have no infos.
    if height == 0 || transactions.is_empty() && infos.is_empty() {
        return Ok(Parsed::Block(Block { at, parent, transfers: Vec::new(), spent: Vec::new() }));
    }
    if transactions.len() != infos.len() {
        let (said, sent) = (transactions.len(), infos.len());
        let why = format!("block {height} has {said} transactions, it sent infos of {sent}");
        return Ok(Parsed::Apart(why));
    }
    let mut transfers = Vec::new();
    for (transaction, info) in transactions.iter().zip(&infos) {
        let txid = hash_of(&transaction.id)?;
        must_be_its_hash(txid, transaction.raw_data_hex.as_deref())?;
        if let Err(why) = info.must_belong(txid, &at) {
            return Ok(Parsed::Apart(why));
        }
        transfers.extend(read_transfers(transaction, info, txid, contract)?);
    }
    Ok(Parsed::Block(Block { at, parent, transfers, spent: Vec::new() }))
}

/// The transfers that the receipt shows; the block itself must not call the transaction failed.
fn read_transfers(
    transaction: &ToldTransaction<'_>,
    info: &ToldInfo<'_>,
    txid: Hash32,
    contract: &[u8; 20],
) -> Result<Vec<Transfer>, String> {
    let transfers = info.transfers(txid, contract)?;
    let result = transaction.ret.iter().flatten().next().and_then(|ret| ret.contract.as_deref());
    match result {
        Some(result) if !transfers.is_empty() && result != info::SUCCESS => Err(format!(
            "transaction {txid} succeeded by its receipt, and is {result} by its block"
        )),
        Some(_) | None => Ok(transfers),
    }
}

/// A transaction's id is the SHA-256 of its raw data; some answers leave the raw data out.
fn must_be_its_hash(txid: Hash32, raw_data_hex: Option<&str>) -> Result<(), String> {
    let Some(raw) = raw_data_hex else { return Ok(()) };
    let raw =
        hex::decode(raw).map_err(|_| format!("transaction {txid} has unreadable raw data"))?;
    let hash = Hash32(Sha256::digest(&raw).into());
    if hash != txid {
        return Err(format!("transaction {txid} hashes to {hash}"));
    }
    Ok(())
}

/// The height that a block's id begins with.
pub(super) fn number_in(Hash32(id): Hash32) -> Option<u64> {
    id.first_chunk().map(|number| u64::from_be_bytes(*number))
}

/// Reads a hash of 64 hexadecimal digits.
pub(super) fn hash_of(text: &str) -> Result<Hash32, String> {
    Hash32::from_hex(text).ok_or_else(|| format!("{text:?} is no hash"))
}
