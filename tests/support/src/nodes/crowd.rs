//! A crowd in the mempool: many transactions that are nobody's, made without any signature.

use super::node::Node;
use crate::failure::Told;
use crate::json::quoted;

/// The script that pays whoever says so: P2WSH of OP_TRUE (BIP141), `0x20` long with its length.
const ANYBODYS: &str = "2200204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260";
/// Base units in each of the crowd's coins, and what passing it on costs.
const COIN_UNITS: u64 = 20_000;
const FEE_UNITS: u64 = 5_000;

impl Node {
    /// Makes `count` coins that anybody may spend, and mines them; answers the transaction that
    /// made them. They are its outputs from 0 on.
    pub async fn crowd_coins(&self, count: usize) -> Told<String> {
        let outputs = output(COIN_UNITS).repeat(count);
        let raw = format!("0200000000{}{outputs}00000000", compact(count));
        // An unfunded transaction may look like a witness one: it is said to be none.
        let asked = format!(r#"["{raw}",{{"changePosition":{count}}},false]"#);
        let funded = self.rpc.wallet("fundrawtransaction", &asked).await?;
        let asked = format!("[{}]", quoted(funded.text("hex")?));
        let signed = self.rpc.wallet("signrawtransactionwithwallet", &asked).await?;
        let txid = self.broadcast(signed.text("hex")?).await?;
        self.mine(1).await?;
        Ok(txid)
    }

    /// Spends those of the coins: as many transactions, which wait.
    pub async fn crowd(&self, made_by: &str, coins: std::ops::Range<u32>) -> Told<()> {
        let bytes: Vec<&str> =
            (0..32).rev().map(|place| &made_by[place * 2..place * 2 + 2]).collect();
        for index in coins {
            let index: String = index.to_le_bytes().iter().map(|b| format!("{b:02x}")).collect();
            let raw = format!(
                "02000000000101{}{index}00fdffffff01{}01015100000000",
                bytes.concat(),
                output(COIN_UNITS - FEE_UNITS)
            );
            self.broadcast(&raw).await?;
        }
        Ok(())
    }
}

fn output(units: u64) -> String {
    let units: String = units.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{units}{ANYBODYS}")
}

/// A count as transactions write it, up to 65,535.
fn compact(count: usize) -> String {
    match count {
        0..253 => format!("{count:02x}"),
        _ => format!("fd{:02x}{:02x}", count % 256, count / 256),
    }
}
