//! Moving a regtest chain: mining, and taking blocks back.

use super::node::Node;
use crate::failure::Told;
use crate::json::quoted;

impl Node {
    /// Mines `blocks`, with everything in the mempool; answers their hashes, oldest first.
    pub async fn mine(&self, blocks: usize) -> Told<Vec<String>> {
        let parameters = format!(r#"[{blocks},"{}"]"#, self.home);
        let hashes = self.rpc.call("generatetoaddress", &parameters).await?;
        hashes.list("")?.iter().map(|hash| hash.text("").map(str::to_owned)).collect()
    }

    /// Mines one block that holds exactly `transactions` (ids in the mempool, or raw hex).
    pub async fn mine_exactly(&self, transactions: &[&str]) -> Told<String> {
        let list: Vec<String> = transactions.iter().map(|text| quoted(text)).collect();
        let parameters = format!(r#"["{}",[{}]]"#, self.home, list.join(","));
        let block = self.rpc.call("generateblock", &parameters).await?;
        Ok(block.text("hash")?.to_owned())
    }

    /// Mines `blocks` with nothing in them: what is in the mempool stays there.
    pub async fn mine_empty(&self, blocks: usize) -> Told<()> {
        for _ in 0..blocks {
            self.mine_exactly(&[]).await?;
        }
        Ok(())
    }

    /// The height of the best block.
    pub async fn height(&self) -> Told<u64> {
        self.rpc.call("getblockcount", "[]").await?.count("")
    }

    /// The hash of the block at `height` on the best chain.
    pub async fn hash_at(&self, height: u64) -> Told<String> {
        self.rpc.call("getblockhash", &format!("[{height}]")).await?.text("").map(str::to_owned)
    }

    /// Takes the block called `hash`, and all that follow it, off the best chain.
    pub async fn invalidate(&self, hash: &str) -> Told<()> {
        self.rpc.call("invalidateblock", &format!(r#"["{hash}"]"#)).await.map(drop)
    }

    /// Takes back `depth` blocks, and puts `blocks` empty ones in their place: whatever the old
    /// ones held is unmined, but for what is mined again later.
    pub async fn reorganise(&self, depth: u64, blocks: usize) -> Told<()> {
        let first_gone = self.height().await? + 1 - depth;
        self.invalidate(&self.hash_at(first_gone).await?).await?;
        self.mine_empty(blocks).await
    }

    /// Hands this node's block at `height` to `other`, which has the one before it.
    pub async fn hand_block(&self, height: u64, other: &Self) -> Told<()> {
        let hash = self.hash_at(height).await?;
        let raw = self
            .rpc
            .call("getblock", &format!(r#"["{hash}",0]"#))
            .await?
            .text("")
            .map(str::to_owned)?;
        other.rpc.call("submitblock", &format!(r#"["{raw}"]"#)).await.map(drop)
    }
}
