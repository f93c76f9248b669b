//! A little chain in the node's own JSON, with whatever transactions a test puts into it.

use cryptopayment_domain::payment::Hash32;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The time of the newest block.
pub const TIME_MS: i64 = 1_760_000_000_000;
/// How far solidified blocks are behind the head.
const UNSOLID: u64 = 3;

#[derive(Clone)]
pub struct FakeChain {
    pub blocks: Vec<FakeBlock>,
    /// What `decimals()` returns.
    pub decimals: u128,
}

#[derive(Clone)]
pub struct FakeBlock {
    pub id: String,
    pub block: Value,
    pub infos: Value,
}

/// A transaction and its info; what belongs to the block is put in with it.
#[derive(Clone)]
pub struct FakeTransaction {
    pub transaction: Value,
    pub info: Value,
}

impl FakeTransaction {
    /// A contract call that was put in with this result and these logs.
    pub fn call(number: u64, result: &str, logs: Vec<Value>) -> FakeTransaction {
        let mut made = FakeTransaction::coins(number);
        made.transaction["ret"] = json!([{"contractRet": result}]);
        made.info["receipt"]["result"] = json!(result);
        made.info["contractResult"] = json!(["00".repeat(32)]);
        match result {
            "SUCCESS" => made.info["log"] = json!(logs),
            _ => made.info["result"] = json!("FAILED"),
        }
        made
    }

    /// A transfer of TRX: no contract, no result, no log.
    pub fn coins(number: u64) -> FakeTransaction {
        let raw = format!("0a02{number:016x}");
        let txid = hex::encode(Sha256::digest(hex::decode(&raw).unwrap()));
        FakeTransaction {
            transaction: json!({
                "ret": [{"contractRet": "SUCCESS"}], "signature": ["00".repeat(65)], "txID": txid,
                "raw_data": {"contract": [], "fee_limit": 30_000_000}, "raw_data_hex": raw,
            }),
            info: json!({
                "id": txid, "fee": 345_000, "contractResult": [""], "receipt": {"net_usage": 345},
            }),
        }
    }

    pub fn txid(&self) -> Hash32 {
        Hash32::from_hex(self.info["id"].as_str().unwrap()).unwrap()
    }
}

/// The id of a block at this height; `mark` makes it another one.
pub fn id_at(height: u64, mark: u8) -> String {
    format!("{height:016x}{}", format!("{mark:02x}").repeat(24))
}

impl FakeChain {
    /// A chain whose newest block, at `height`, holds these transactions; all others are empty.
    pub fn up_to(height: u64, transactions: &[FakeTransaction]) -> FakeChain {
        FakeChain::marked(height, 7, transactions)
    }

    /// The same with other ids.
    pub fn marked(height: u64, mark: u8, transactions: &[FakeTransaction]) -> FakeChain {
        let blocks = (0..=height).map(|at| {
            let inside = if at == height { transactions } else { &[] };
            FakeBlock::new(at, mark, TIME_MS - ((height - at) as i64) * 3000, inside)
        });
        FakeChain { blocks: blocks.collect(), decimals: 6 }
    }

    pub fn head(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    pub fn solid(&self) -> u64 {
        self.head().saturating_sub(UNSOLID)
    }

    /// What a node that holds this chain answers.
    pub fn answer(&self, path: &str, question: &Value) -> String {
        let newest = if path.starts_with("walletsolidity/") { self.solid() } else { self.head() };
        let by_text = question["id_or_num"].as_str().and_then(|text| text.parse().ok());
        let asked = question["num"].as_u64().or(by_text).unwrap_or(newest);
        let block = usize::try_from(asked).ok().and_then(|asked| self.blocks.get(asked));
        let block = block.filter(|_| asked <= newest);
        match path.rsplit('/').next().unwrap() {
            "getblockbynum" | "getnowblock" => block.map_or(json!({}), |block| block.block.clone()),
            "getblock" => block.map_or(
                json!({}),
                |block| json!({"blockID": block.id, "block_header": block.block["block_header"]}),
            ),
            "gettransactioninfobyblocknum" => block.map_or(json!([]), |block| block.infos.clone()),
            "triggerconstantcontract" => json!({
                "result": {"result": true}, "energy_used": 463,
                "constant_result": [super::word(self.decimals)], "transaction": {"ret": [{}]},
            }),
            _ => json!({"Error": "class java.lang.NullPointerException : null"}),
        }
        .to_string()
    }
}

impl FakeBlock {
    fn new(height: u64, mark: u8, time_ms: i64, inside: &[FakeTransaction]) -> FakeBlock {
        let id = id_at(height, if height == 0 { 7 } else { mark });
        let parent_mark = if height == 1 { 7 } else { mark };
        let mut raw = json!({
            "txTrieRoot": "00".repeat(32), "witness_address": "41".repeat(21), "version": 31,
            "parentHash": id_at(height.saturating_sub(1), parent_mark), "timestamp": time_ms,
        });
        // The zero of the genesis block is left out, as all zeros are.
        if height > 0 {
            raw["number"] = json!(height);
        }
        let mut block = json!({
            "blockID": id, "block_header": {"raw_data": raw, "witness_signature": "00".repeat(65)},
        });
        let mut infos = Vec::new();
        for FakeTransaction { transaction, info } in inside {
            let mut info = info.clone();
            (info["blockNumber"], info["blockTimeStamp"]) = (json!(height), json!(time_ms));
            infos.push(info);
            let transactions = block.as_object_mut().unwrap().entry("transactions");
            transactions.or_insert(json!([])).as_array_mut().unwrap().push(transaction.clone());
        }
        FakeBlock { id, block, infos: json!(infos) }
    }
}
