//! The node's life: started on a free port, killed with its test, its chain moved by hand.

use super::contracts::{Contracts, number};
use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::nodes::free_address;
use crate::nodes::program::find;
use crate::process::{Process, tied_to_this_test};
use crate::wait::{self, Look};
use crate::wire::{exchange, request};
use std::net::SocketAddr;
use tempfile::TempDir;

/// A free port is somebody else's by the time it is used, once in a while.
const ATTEMPTS: usize = 5;

/// What is paid with, and so which chain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coin {
    /// Ether, on a chain with Ethereum's id.
    Ether,
    /// A dollar token, on a chain with BSC's id.
    Dollars,
}

impl Coin {
    /// The gateway's name for the network.
    #[must_use]
    pub fn network(self) -> &'static str {
        match self {
            Self::Ether => "eth",
            Self::Dollars => "bep20",
        }
    }

    /// The key of its balance.
    #[must_use]
    pub fn balance(self) -> &'static str {
        match self {
            Self::Ether => "ETH",
            Self::Dollars => "USDT-BEP20",
        }
    }

    /// The chain's id.
    #[must_use]
    pub fn chain_id(self) -> u64 {
        match self {
            Self::Ether => 1,
            Self::Dollars => 56,
        }
    }
}

/// A running anvil on which nothing is mined unless it is told to.
pub struct Anvil {
    /// What is paid with on it.
    pub coin: Coin,
    /// Where it listens.
    pub address: SocketAddr,
    /// The token.
    pub token: String,
    /// A token that looks the same, and is another.
    pub look_alike: String,
    /// The contract that pays ether.
    pub forwarder: String,
    pub(super) contracts: Contracts,
    /// Accounts with ether.
    pub(super) accounts: Vec<String>,
    process: Process,
    _folder: TempDir,
}

impl Anvil {
    /// A running node with the contracts; `None` if it cannot be had on this machine (said loudly).
    pub async fn start(coin: Coin) -> Told<Option<Self>> {
        let Some(program) = find("anvil", "CRYPTOPAYMENT_TEST_ANVIL")? else { return Ok(None) };
        let Some(contracts) = Contracts::compiled()? else { return Ok(None) };
        let mut last = Failure::new("never tried");
        for _ in 0..ATTEMPTS {
            let folder = tempfile::tempdir()?;
            let address = free_address()?;
            let mut command = tied_to_this_test(&program);
            command.args(["--host", "127.0.0.1", "--no-mining", "--order", "fifo"]);
            command.args(["--accounts", "3", "--port", &address.port().to_string()]);
            command.args(["--chain-id", &coin.chain_id().to_string()]);
            let process = Process::start("anvil", command, &folder.path().join("output.log"))?;
            let (token, look_alike, forwarder) = Default::default();
            let contracts = contracts.clone();
            let accounts = Vec::new();
            let mut node = Self {
                coin,
                address,
                token,
                look_alike,
                forwarder,
                contracts,
                accounts,
                process,
                _folder: folder,
            };
            match node.answers().await {
                Ok(()) => return node.furnished().await.map(Some),
                Err(failure) => last = failure,
            }
        }
        Err(last.while_doing("starting anvil"))
    }

    async fn answers(&mut self) -> Told<()> {
        let Self { address, process, .. } = self;
        let ended = wait::until("anvil answers", async || {
            if let Err(failure) = process.must_run() {
                return Ok(Look::There(Some(failure)));
            }
            call_at(*address, "eth_chainId", "[]").await.map(|_| Look::There(None))
        })
        .await?;
        ended.map_or(Ok(()), Err)
    }

    async fn furnished(mut self) -> Told<Self> {
        let accounts = self.call("eth_accounts", "[]").await?;
        for account in accounts.list("")? {
            self.accounts.push(account.text("")?.to_owned());
        }
        self.token = self.deploy("Dollar", &[number(18)]).await?;
        self.look_alike = self.deploy("Dollar", &[number(18)]).await?;
        self.forwarder = self.deploy("Forwarder", &[]).await?;
        Ok(self)
    }

    /// Puts a contract on the chain; answers its address.
    pub async fn deploy(&self, contract: &str, words: &[String]) -> Told<String> {
        let txid = self.transact(None, 0, &self.contracts.code(contract, words)?).await?;
        self.mine(1).await?;
        let receipt = self.call("eth_getTransactionReceipt", &format!(r#"["{txid}"]"#)).await?;
        Ok(receipt.text("contractAddress")?.to_owned())
    }

    /// What the gateway's configuration says of it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls a method; `parameters` is a JSON list as text.
    pub async fn call(&self, method: &str, parameters: &str) -> Told<Json> {
        call_at(self.address, method, parameters).await
    }

    /// Mines `blocks`, the first of them now, and with everything that waits.
    pub async fn mine(&self, blocks: u64) -> Told<()> {
        self.call("evm_mine", "[]").await?;
        match blocks - 1 {
            0 => Ok(()),
            more => self.call("anvil_mine", &format!(r#"["{more:#x}"]"#)).await.map(drop),
        }
    }

    /// The next block comes so much later, by the chain's own clock: it knows whole seconds only.
    pub async fn let_pass(&self, seconds: u64) -> Told<()> {
        self.call("evm_increaseTime", &format!("[{seconds}]")).await.map(drop)
    }

    /// The height of the best block.
    pub async fn height(&self) -> Told<u64> {
        let height = self.call("eth_blockNumber", "[]").await?;
        let digits = height.text("")?.trim_start_matches("0x").to_owned();
        Ok(u64::from_str_radix(&digits, 16)?)
    }

    /// Puts others in the place of the last `depth` blocks, in which none of their transactions is,
    /// but for `kept` (raw): they stand in the last one.
    pub async fn reorganise(&self, depth: u64, kept: &[&str]) -> Told<()> {
        let pairs: Vec<String> =
            kept.iter().map(|raw| format!(r#"["{raw}",{}]"#, depth - 1)).collect();
        self.call("anvil_reorg", &format!("[{depth},[{}]]", pairs.join(","))).await.map(drop)
    }

    /// A transaction as it was signed.
    pub async fn raw(&self, txid: &str) -> Told<String> {
        let raw = self.call("eth_getRawTransactionByHash", &format!(r#"["{txid}"]"#)).await?;
        Ok(raw.text("")?.to_owned())
    }

    /// Freezes the process where it is (its port still takes connections), and lets it go on.
    pub fn pause(&self, paused: bool) -> Told<()> {
        self.process.signal(if paused { "STOP" } else { "CONT" })
    }
}

async fn call_at(address: SocketAddr, method: &str, parameters: &str) -> Told<Json> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{parameters}}}"#);
    let headers = [("Content-Type", "application/json"), ("Connection", "close")];
    let answer =
        exchange(address, &request("POST", "/", &headers, body.as_bytes())).await?.json()?;
    match answer.at("error") {
        Ok(error) if *error != Json::Null => {
            Err(Failure::new(format!("{method} {parameters} was refused: {error}")))
        }
        Ok(_) | Err(_) => answer.at("result").cloned(),
    }
}
