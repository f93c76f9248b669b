//! What a simulated chain remembers: one record per change, from which the state follows.
//!
//! A version byte, then JSON. Only what cannot be computed is kept: who is paid how much, how many
//! blocks at which time. A run of blocks is one record, whatever its length.

use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;

/// One change of a simulated chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The chain began with its genesis block. Always the first record, and only the first.
    Born {
        /// The network's name.
        network: String,
        /// Makes this chain's hashes its own, in hex.
        salt: String,
        /// The time of the genesis block, Unix seconds.
        time_s: i64,
    },
    /// The faucet sent a transaction; it waits to be mined.
    Sent {
        /// What kind.
        style: PayStyle,
        /// Canonical bytes in hex and base units, in the order of outputs, transfers or logs.
        payees: Vec<(String, u128)>,
    },
    /// Blocks were mined. The first takes what waits, as far as it fits, then the next.
    Mined {
        /// How many.
        blocks: u32,
        /// Their time, Unix seconds.
        time_s: i64,
    },
    /// A waiting transaction was replaced by one that spends the same coin back to the faucet.
    DoubleSpent {
        /// The one that lost, in hex.
        txid: String,
    },
    /// A waiting transaction was forgotten by the node.
    Evicted {
        /// Which, in hex.
        txid: String,
    },
    /// A waiting transaction was replaced by one that spends the same coin on other payees.
    Replaced {
        /// The one that lost, in hex.
        txid: String,
        /// Canonical bytes in hex and base units, in the order of outputs.
        payees: Vec<(String, u128)>,
    },
    /// The last blocks were replaced.
    Reorganised {
        /// How many left.
        depth: u32,
        /// How many came.
        blocks: u32,
        /// What became of the transactions.
        style: ReorgStyle,
        /// The time of the new blocks, Unix seconds.
        time_s: i64,
    },
}

/// What kind of payment the faucet makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayStyle {
    /// An ordinary one.
    Plain,
    /// One that fails when it is executed, and is in a block all the same (account chains).
    Failed,
    /// A transfer of another token with the same name (account chains).
    LookAlike,
    /// True logs with a look-alike's before each (trc20, bep20).
    AmongLookAlikes,
}

/// What becomes of the transactions of blocks that leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReorgStyle {
    /// They wait again; the new blocks are empty.
    BackToMempool,
    /// They are in the first new block.
    MinedAgain,
    /// In the first new block others spend the same coins back to the faucet.
    DoubleSpent,
    /// They are gone, as if never sent.
    Dropped,
}

impl Record {
    /// The bytes to keep.
    ///
    /// # Errors
    /// None in practice: these shapes always have JSON.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let json = serde_json::to_vec(self)?;
        Ok([&[VERSION], json.as_slice()].concat())
    }

    /// The record behind kept bytes.
    ///
    /// # Errors
    /// A sentence that says what is wrong with them.
    pub fn decode(bytes: &[u8]) -> Result<Record, String> {
        match bytes.split_first() {
            Some((&VERSION, json)) => serde_json::from_slice(json).map_err(|e| e.to_string()),
            Some((other, _)) => Err(format!("unknown version {other}")),
            None => Err("it is empty".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes on disk are a promise to every sandbox that was ever started.
    #[test]
    fn records_keep_their_bytes() {
        let most = i128::MAX.unsigned_abs();
        let rows = [
            (
                Record::Born { network: "btc".into(), salt: "00ff".into(), time_s: 1_700_000_000 },
                r#"{"Born":{"network":"btc","salt":"00ff","time_s":1700000000}}"#,
            ),
            (
                Record::Sent { style: PayStyle::Plain, payees: vec![("0014ab".into(), most)] },
                "{\"Sent\":{\"style\":\"Plain\",\"payees\":\
                 [[\"0014ab\",170141183460469231731687303715884105727]]}}",
            ),
            (Record::Mined { blocks: 3, time_s: -1 }, r#"{"Mined":{"blocks":3,"time_s":-1}}"#),
            (Record::DoubleSpent { txid: "aa".into() }, r#"{"DoubleSpent":{"txid":"aa"}}"#),
            (Record::Evicted { txid: "bb".into() }, r#"{"Evicted":{"txid":"bb"}}"#),
            (
                Record::Replaced { txid: "cc".into(), payees: vec![("0014ab".into(), 7)] },
                r#"{"Replaced":{"txid":"cc","payees":[["0014ab",7]]}}"#,
            ),
            (
                Record::Reorganised {
                    depth: 1,
                    blocks: 2,
                    style: ReorgStyle::MinedAgain,
                    time_s: 5,
                },
                r#"{"Reorganised":{"depth":1,"blocks":2,"style":"MinedAgain","time_s":5}}"#,
            ),
        ];
        for (record, json) in rows {
            let bytes = [&[1], json.as_bytes()].concat();
            assert_eq!(record.encode().unwrap(), bytes);
            assert_eq!(Record::decode(&bytes), Ok(record));
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for bytes in [b"".as_slice(), b"\x02{}", b"\x01", b"\x01{}", b"\x01{\"Mined\":{}}"] {
            assert!(Record::decode(bytes).is_err());
        }
    }
}
