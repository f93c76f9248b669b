//! What became of a block's transactions: the receipts and the logs, of which only the configured
//! contract's `Transfer` logs of transactions that succeeded move money.
//!
//! Neither what a transaction asks for (its calldata) nor `contractRet` alone nor a log of another
//! contract is ever taken for a payment: a failed transfer looks like a true one in all of them.

use crate::adapter::Transfer;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use serde::Deserialize;
use std::borrow::Cow;

/// What a receipt says of a contract call that did what it was asked.
pub(super) const SUCCESS: &str = "SUCCESS";
/// `keccak256("Transfer(address,address,uint256)")` (ERC-20, which TRC-20 follows).
const TRANSFER: [u8; 32] = [
    0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, 0x37, 0x8d, 0xaa,
    0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef,
];
/// The byte that begins every TRON address.
const PREFIX: u8 = 0x41;

/// A transaction's info as `gettransactioninfobyblocknum` tells it. Zeros, false and empty lists
/// are absent.
#[derive(Deserialize)]
pub(super) struct ToldInfo<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(default, rename = "blockNumber")]
    block_number: u64,
    #[serde(default, rename = "blockTimeStamp")]
    block_time_ms: i64,
    /// `FAILED`; absent when all is well.
    #[serde(borrow)]
    result: Option<Cow<'a, str>>,
    #[serde(borrow)]
    receipt: Option<ToldReceipt<'a>>,
    #[serde(borrow)]
    log: Option<Vec<ToldLog<'a>>>,
}

#[derive(Deserialize)]
struct ToldReceipt<'a> {
    /// Absent where no contract was called.
    #[serde(borrow)]
    result: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ToldLog<'a> {
    /// 20 bytes; some hosts put TRON's 0x41 in front.
    #[serde(borrow)]
    address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    topics: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

/// The list of an answer; `{}` is what a node says of the genesis block.
#[derive(Deserialize)]
#[serde(untagged)]
enum ToldList<'a> {
    #[serde(borrow)]
    Infos(Vec<ToldInfo<'a>>),
    Nothing(Empty),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

/// The infos of an answer, in their order.
pub(super) fn list(json: &[u8]) -> Result<Vec<ToldInfo<'_>>, String> {
    let is_list = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_list {
        return serde_json::from_slice(json).map_err(|error| error.to_string());
    }
    match serde_json::from_slice(json).map_err(|error| error.to_string())? {
        ToldList::Infos(infos) => Ok(infos),
        ToldList::Nothing(Empty {}) => Ok(Vec::new()),
    }
}

impl ToldInfo<'_> {
    /// Whether this is the info of that transaction in that block.
    pub(super) fn must_belong(&self, txid: Hash32, at: &BlockRef) -> Result<(), String> {
        let id = self.id.as_deref().unwrap_or_default();
        if Hash32::from_hex(id) != Some(txid) {
            let height = at.height;
            return Err(format!("where block {height} has {txid}, it sent the info of {id:?}"));
        }
        if self.block_number != at.height {
            return Err(format!(
                "the info of {txid} is of block {}, not of {}",
                self.block_number, at.height
            ));
        }
        // Two blocks of one height are of two instants: each slot has one producer.
        if self.block_time_ms != at.time.unix_ms() {
            return Err(format!(
                "the info of {txid} is of another block {}: of {} ms, not of {} ms",
                at.height,
                self.block_time_ms,
                at.time.unix_ms()
            ));
        }
        Ok(())
    }

    /// Whether a contract was called and did what it was asked. `SUCESS`, as nodes spell it, is the
    /// zero of its enum and left out.
    fn succeeded(&self) -> bool {
        let result = self.receipt.as_ref().and_then(|receipt| receipt.result.as_deref());
        let well = self.result.as_deref().is_none_or(|result| matches!(result, "SUCESS" | SUCCESS));
        well && result == Some(SUCCESS)
    }

    /// The payments of `contract` in it, none where it failed or called nothing. The place of a
    /// payment is counted over all that contract's `Transfer` logs, before anything is left out.
    pub(super) fn transfers(
        &self,
        txid: Hash32,
        contract: &[u8; 20],
    ) -> Result<Vec<Transfer>, String> {
        if !self.succeeded() {
            return Ok(Vec::new());
        }
        let logs = self.log.iter().flatten();
        let ours = logs.filter(|log| log.is_transfer_of(contract));
        let mut transfers = Vec::new();
        for (index, log) in (0u32..).zip(ours) {
            let payment = PaymentId { network: Network::Trc20, txid, index };
            let moved = log.moved().map_err(|why| format!("{payment}: {why}"))?;
            if let Some((recipient, amount)) = moved.filter(|(_, amount)| !amount.is_zero()) {
                transfers.push(Transfer { payment, recipient, amount });
            }
        }
        Ok(transfers)
    }
}

impl ToldLog<'_> {
    fn is_transfer_of(&self, contract: &[u8; 20]) -> bool {
        let address = self.address.as_deref().map(bytes_of).unwrap_or_default();
        let by = match address.as_slice() {
            [PREFIX, rest @ ..] if rest.len() == contract.len() => rest,
            bare => bare,
        };
        let topic = self.topics.iter().flatten().next().map(|topic| bytes_of(topic));
        by == contract && topic.is_some_and(|topic| topic == TRANSFER)
    }

    /// Whom it pays and how much; none where it is a `Transfer` of another shape (of a single thing,
    /// with its number as a topic), which moves no coins.
    fn moved(&self) -> Result<Option<(Vec<u8>, Money)>, String> {
        let [_, _, to] = self.topics.as_deref().unwrap_or_default() else { return Ok(None) };
        let data = bytes_of(self.data.as_deref().unwrap_or_default());
        let (Ok(to), Ok(data)) = (<[u8; 32]>::try_from(bytes_of(to)), <[u8; 32]>::try_from(data))
        else {
            return Ok(None);
        };
        let units = units_of(&data).ok_or("its amount is larger than any there can be")?;
        let amount = Money::new(Network::Trc20, units).map_err(|error| error.to_string())?;
        // An address is the last 20 bytes of its word; inside the VM it has no 0x41.
        let (_, to) = to.split_at(12);
        Ok(Some(([&[PREFIX], to].concat(), amount)))
    }
}

/// A 256-bit number, where it fits.
fn units_of(word: &[u8; 32]) -> Option<u128> {
    let (high, low) = word.split_first_chunk::<16>()?;
    let low: [u8; 16] = low.try_into().ok()?;
    (*high == [0; 16]).then(|| u128::from_be_bytes(low))
}

/// The bytes of hexadecimal text, with or without `0x`; none where it is no such text, so that it
/// is like nothing that is looked for.
fn bytes_of(text: &str) -> Vec<u8> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap_or_default()
}

/// The number that a call like `decimals()` returned.
pub(super) fn number(word: &str) -> Option<u128> {
    units_of(&bytes_of(word).try_into().ok()?)
}
