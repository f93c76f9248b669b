//! The node's own wallet: the customer who pays, and the one who pays twice.

use super::amount::{coins, units};
use super::node::Node;
use crate::failure::{Failure, Told};
use crate::json::Json;
use std::collections::HashMap;
use std::sync::LazyLock;
use tokio::sync::Mutex;

/// Above the relay minimum, and below what a replacement pays.
const CHILD_FEE_UNITS: u64 = 50_000;
/// Far above any relay minimum, so that what pays it besides is always taken.
const REPLACEMENT_FEE_UNITS: u64 = 1_000_000;
/// The highest fee that was paid for each coin.
static PAID: LazyLock<Mutex<HashMap<(String, u64), u64>>> = LazyLock::new(Mutex::default);

impl Node {
    /// A new address of the node's wallet.
    pub async fn new_address(&self) -> Told<String> {
        self.rpc.wallet("getnewaddress", r#"["","bech32"]"#).await?.text("").map(str::to_owned)
    }

    /// Pays `amount` coins to `address`, replaceably; answers the transaction's id.
    pub async fn send(&self, address: &str, amount: &str) -> Told<String> {
        let parameters = format!(r#"["{address}","{amount}","","",false,true]"#);
        self.rpc.wallet("sendtoaddress", &parameters).await?.text("").map(str::to_owned)
    }

    /// [`Node::send`], not signalling that it may be replaced (BIP125).
    pub async fn send_final(&self, address: &str, amount: &str) -> Told<String> {
        let parameters = format!(r#"["{address}","{amount}","","",false,false]"#);
        self.rpc.wallet("sendtoaddress", &parameters).await?.text("").map(str::to_owned)
    }

    /// One transaction that pays all of `outputs` (address, amount); the same address may come
    /// several times. That is legal on the chain, but the RPC refuses it, so each output is first
    /// made out to an address of this wallet and then rewritten.
    pub async fn send_outputs(&self, outputs: &[(&str, &str)]) -> Told<String> {
        let mut listed = Vec::new();
        let mut scripts = Vec::new();
        for (address, amount) in outputs {
            let stand_in = self.new_address().await?;
            listed.push(format!(r#"{{"{stand_in}":"{amount}"}}"#));
            scripts.push((self.script_of(&stand_in).await?, self.script_of(address).await?));
        }
        let parameters = format!("[[],[{}]]", listed.join(","));
        let mut raw = self
            .rpc
            .call("createrawtransaction", &parameters)
            .await?
            .text("")
            .map(str::to_owned)?;
        for (stand_in, meant) in scripts {
            raw = raw.replace(&stand_in, &meant);
        }
        let funded = self.rpc.wallet("fundrawtransaction", &format!(r#"["{raw}"]"#)).await?;
        let signed = self.signed(funded.text("hex")?, &[]).await?;
        self.rpc
            .call("sendrawtransaction", &format!(r#"["{signed}"]"#))
            .await?
            .text("")
            .map(str::to_owned)
    }

    /// An address' script with its length before it, as it stands in a raw transaction.
    async fn script_of(&self, address: &str) -> Told<String> {
        let known = self.rpc.call("validateaddress", &format!(r#"["{address}"]"#)).await?;
        let script = known.text("scriptPubKey")?;
        Ok(format!("{:02x}{script}", script.len() / 2))
    }

    /// The same payment again with a higher fee; answers the replacement's id.
    pub async fn bump_fee(&self, txid: &str) -> Told<String> {
        let bumped = self.rpc.wallet("bumpfee", &format!(r#"["{txid}"]"#)).await?;
        Ok(bumped.text("txid")?.to_owned())
    }

    /// Spends the coins of the unmined `txid` back to this wallet with a higher fee, so that it
    /// can never be mined; answers the id of what took its place.
    pub async fn double_spend(&self, txid: &str) -> Told<String> {
        let raw = self.spend_instead(txid).await?;
        self.broadcast(&raw).await
    }

    /// The double spend of `txid`, signed and not sent: for a block made by hand. It doesn't matter
    /// whether `txid` is mined by now: what it spends is told to the signer.
    pub async fn spend_instead(&self, txid: &str) -> Told<String> {
        self.spend_instead_on(txid, &[]).await
    }

    /// [`Node::spend_instead`], and what `outputs` (address, amount) leave comes back.
    pub async fn spend_instead_on(&self, txid: &str, outputs: &[(&str, &str)]) -> Told<String> {
        let replaced = self.transaction(txid).await?;
        let (mut coins, mut fee) = (Vec::new(), 0);
        let mut paid = PAID.lock().await;
        for input in replaced.list("vin")? {
            let (id, index) = (input.text("txid")?.to_owned(), input.count("vout")?);
            let spent = self.transaction(&id).await?;
            fee += units(spent.number(&format!("vout.{index}.value"))?)?;
            coins.push((id, index));
        }
        for output in replaced.list("vout")? {
            fee -= units(output.number("value")?)?;
        }
        // What was replaced may be replaced once more, by what pays more than its replacement.
        let before = coins.iter().filter_map(|coin| paid.get(coin)).max().copied().unwrap_or(0);
        // By weight too it must pay more, and it may have an output more.
        let fee = 2 * fee.max(before) + REPLACEMENT_FEE_UNITS;
        paid.extend(coins.iter().map(|coin| (coin.clone(), fee)));
        drop(paid);
        self.spend(&coins, outputs, fee).await
    }

    /// Replaces the waiting `txid` by a transaction that spends the same coins on `outputs`; what
    /// they leave comes back. Answers the replacement's id.
    pub async fn replace(&self, txid: &str, outputs: &[(&str, &str)]) -> Told<String> {
        let raw = self.spend_instead_on(txid, outputs).await?;
        self.broadcast(&raw).await
    }

    /// Spends output `index` of `txid`, which may be unmined, on `outputs`; what they leave is the
    /// last output and comes back. Answers the transaction's id.
    pub async fn spend_output(
        &self,
        txid: &str,
        index: u64,
        outputs: &[(&str, &str)],
    ) -> Told<String> {
        let raw = self.spend(&[(txid.to_owned(), index)], outputs, CHILD_FEE_UNITS).await?;
        self.broadcast(&raw).await
    }

    /// Hands a raw transaction to the node, whatever its fee; answers its id.
    pub async fn broadcast(&self, raw: &str) -> Told<String> {
        let sent = self.rpc.call("sendrawtransaction", &format!(r#"["{raw}",0]"#)).await?;
        sent.text("").map(str::to_owned)
    }

    /// A transaction of this wallet, raw.
    pub async fn raw(&self, txid: &str) -> Told<String> {
        let known = self.rpc.wallet("gettransaction", &format!(r#"["{txid}"]"#)).await?;
        known.text("hex").map(str::to_owned)
    }

    /// What waits in this node's mempool.
    pub async fn waiting(&self) -> Told<Vec<String>> {
        let pool = self.rpc.call("getrawmempool", "[]").await?;
        pool.list("")?.iter().map(|txid| txid.text("").map(str::to_owned)).collect()
    }

    async fn spend(
        &self,
        from: &[(String, u64)],
        outputs: &[(&str, &str)],
        fee: u64,
    ) -> Told<String> {
        let mut sum = 0;
        let (mut inputs, mut known) = (Vec::new(), Vec::new());
        for (id, index) in from {
            let spent = self.transaction(id).await?;
            let value = spent.number(&format!("vout.{index}.value"))?;
            let script = spent.text(&format!("vout.{index}.scriptPubKey.hex"))?;
            sum += units(value)?;
            inputs.push(format!(r#"{{"txid":"{id}","vout":{index},"sequence":4294967293}}"#));
            known.push(format!(
                r#"{{"txid":"{id}","vout":{index},"scriptPubKey":"{script}","amount":{value}}}"#
            ));
        }
        let home = self.new_address().await?;
        let mut listed = Vec::new();
        for (address, amount) in outputs {
            sum -= units(amount)?;
            listed.push(format!(r#"{{"{address}":"{amount}"}}"#));
        }
        listed.push(format!(r#"{{"{home}":"{}"}}"#, coins(sum - fee)));
        let parameters = format!("[[{}],[{}]]", inputs.join(","), listed.join(","));
        let raw = self.rpc.call("createrawtransaction", &parameters).await?.text("")?.to_owned();
        self.signed(&raw, &known).await
    }

    /// A transaction of this wallet, decoded.
    async fn transaction(&self, txid: &str) -> Told<Json> {
        let raw = self.raw(txid).await?;
        self.rpc.call("decoderawtransaction", &format!(r#"["{raw}"]"#)).await
    }

    async fn signed(&self, raw: &str, known: &[String]) -> Told<String> {
        let parameters = format!(r#"["{raw}",[{}]]"#, known.join(","));
        let signed = self.rpc.wallet("signrawtransactionwithwallet", &parameters).await?;
        if *signed.at("complete")? == Json::Bool(true) {
            return Ok(signed.text("hex")?.to_owned());
        }
        Err(Failure::new(format!("not signed: {signed}")))
    }
}
