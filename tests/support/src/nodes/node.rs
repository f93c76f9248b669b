//! A node's life: started on free ports in a folder of its own, killed with its test.

use super::program::Program;
use super::rpc::Rpc;
use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::process::{Process, tied_to_this_test};
use crate::wait::{self, Look};
use std::net::{SocketAddr, TcpListener};
use tempfile::TempDir;

/// Blocks mined at the start: coinbases mature after 100, so ten of them can be spent.
const FIRST_BLOCKS: usize = 110;

/// A free port is somebody else's by the time it is used, once in a while.
const ATTEMPTS: usize = 5;

/// A regtest node with a wallet that has coins.
pub struct Node {
    /// What it runs.
    pub program: Program,
    /// Its RPC.
    pub rpc: Rpc,
    pub(super) home: String,
    process: Process,
    folder: TempDir,
    options: Vec<String>,
}

impl Node {
    /// A running node with spendable coins; `None` if the program cannot be had (said loudly).
    pub async fn start(program: Program) -> Told<Option<Self>> {
        Self::start_with(program, &[]).await
    }

    /// [`Node::start`], with more options of the program's own.
    pub async fn start_with(program: Program, options: &[String]) -> Told<Option<Self>> {
        let Some(mut node) = Self::bare_with(program, options).await? else { return Ok(None) };
        node.home = node.new_address().await?;
        node.mine(FIRST_BLOCKS).await?;
        Ok(Some(node))
    }

    /// A running node with an empty wallet and no block but the first.
    pub async fn bare(program: Program) -> Told<Option<Self>> {
        Self::bare_with(program, &[]).await
    }

    async fn bare_with(program: Program, options: &[String]) -> Told<Option<Self>> {
        let Some(path) = program.installed()? else { return Ok(None) };
        let mut last = Failure::new("never tried");
        for _ in 0..ATTEMPTS {
            let folder = tempfile::tempdir()?;
            let rpc = Rpc {
                address: free_address()?,
                user: "tests".to_owned(),
                password: format!("{:032x}", rand::random::<u128>()),
            };
            let process = launch(program, &path, &rpc, &folder, options)?;
            let options = options.to_vec();
            let mut node = Self { program, rpc, home: String::new(), process, folder, options };
            match node.answers().await {
                Ok(()) => {
                    node.rpc.call("createwallet", r#"["tests"]"#).await?;
                    return Ok(Some(node));
                }
                Err(failure) => last = failure,
            }
        }
        Err(last.while_doing(&format!("starting {}", program.name())))
    }

    async fn answers(&mut self) -> Told<()> {
        let what = format!("{} answers", self.program.name());
        let Self { rpc, process, .. } = self;
        let ended = wait::until(&what, async || {
            if let Err(failure) = process.must_run() {
                return Ok(Look::There(Some(failure)));
            }
            rpc.call("getblockcount", "[]").await.map(|_| Look::There(None))
        })
        .await?;
        ended.map_or(Ok(()), Err)
    }

    /// Stops it in order: the chain, the wallet and the mempool are on disk after.
    pub async fn stop(&mut self) -> Told<()> {
        self.rpc.call("stop", "[]").await?;
        let process = &mut self.process;
        wait::until("the node stops", async || {
            let ended = process.ended()?.is_some();
            Ok(Look::when(ended, (), || "it runs".to_owned()))
        })
        .await
    }

    /// Starts it again on the same folder and the same port.
    pub async fn start_again(&mut self) -> Told<()> {
        let path =
            self.program.installed()?.ok_or_else(|| Failure::new("uninstalled meanwhile"))?;
        self.process = launch(self.program, &path, &self.rpc, &self.folder, &self.options)?;
        self.answers().await?;
        let loaded = self.rpc.call("listwallets", "[]").await?;
        if loaded == Json::List(Vec::new()) {
            self.rpc.call("loadwallet", r#"["tests"]"#).await?;
        }
        Ok(())
    }

    /// Stop and start: an upgrade, as the gateway sees it.
    pub async fn restart(&mut self) -> Told<()> {
        self.stop().await?;
        self.start_again().await
    }

    /// Stop, and start with other options than before.
    pub async fn restart_with(&mut self, options: &[&str]) -> Told<()> {
        self.options = options.iter().map(|option| (*option).to_owned()).collect();
        self.restart().await
    }

    /// Freezes the process where it is (its port still takes connections), and lets it go on.
    pub fn pause(&self, paused: bool) -> Told<()> {
        self.process.signal(if paused { "STOP" } else { "CONT" })
    }
}

/// An address of this machine on which nobody listens yet.
pub fn free_address() -> Told<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn launch(
    program: Program,
    path: &std::path::Path,
    rpc: &Rpc,
    folder: &TempDir,
    options: &[String],
) -> Told<Process> {
    let mut command = tied_to_this_test(path);
    command
        .args(["-regtest", "-server", "-listen=0", "-connect=0", "-dnsseed=0", "-discover=0"])
        .args(["-fallbackfee=0.0002", "-walletrbf=1", "-keypool=20", "-printtoconsole=1"])
        .args(["-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", "-rpcworkqueue=256"])
        .arg(format!("-datadir={}", folder.path().display()))
        .arg(format!("-rpcport={}", rpc.address.port()))
        .arg(format!("-rpcuser={}", rpc.user))
        .arg(format!("-rpcpassword={}", rpc.password));
    if program == Program::Litecoind {
        // Litecoin's default takes no replacement; on the public network some nodes do.
        command.arg("-mempoolreplacement=1");
    }
    command.args(options);
    Process::start(program.name(), command, &folder.path().join("output.log"))
}
