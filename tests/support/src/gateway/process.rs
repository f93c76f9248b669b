//! Starting, killing and restarting the gateway, and running its other commands.

use super::configuration::Configuration;
use super::merchant::Merchant;
use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::process::{Process, send_signal, tied_to_this_test};
use crate::wait::{self, Look};
use crate::wire::{Response, exchange, request};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::time::SystemTime;
use tempfile::TempDir;

const PASSPHRASE: &str = "a passphrase of the tests";

/// Which of the two gateways it is.
enum Kind {
    /// Simulated networks, everything made by itself.
    Sandbox { block_time_s: String },
    /// Real networks, by configuration.
    Serve { file: PathBuf },
}

/// A gateway: its data folder, and its process while it runs.
pub struct Gateway {
    program: PathBuf,
    kind: Kind,
    process: Option<Process>,
    address: Option<SocketAddr>,
    merchant: Option<Merchant>,
    folder: TempDir,
}

impl Gateway {
    /// A running sandbox with a block every second. `program` is the test's
    /// `env!("CARGO_BIN_EXE_cryptopayment")`.
    pub async fn sandbox(program: &str) -> Told<Self> {
        Self::sandbox_with(program, "1").await
    }

    /// A running sandbox with a block every `block_time_s` seconds; 0 leaves the chain to
    /// `/sandbox/mine`.
    pub async fn sandbox_with(program: &str, block_time_s: &str) -> Told<Self> {
        let kind = Kind::Sandbox { block_time_s: block_time_s.to_owned() };
        let mut gateway = Self::new(program, kind, tempfile::tempdir()?);
        gateway.start().await?;
        Ok(gateway)
    }

    /// A gateway on real nodes, initialised and running, with an approved merchant whose webhooks
    /// go to `webhook`.
    pub async fn serve(program: &str, wanted: &Configuration, webhook: &str) -> Told<Self> {
        let mut gateway = Self::configured(program, wanted)?;
        gateway.run(&["init"])?.must_succeed("init")?;
        gateway.start().await?;
        gateway.make_merchant("shop@example.com", webhook)?;
        Ok(gateway)
    }

    /// A gateway on real nodes that has only its configuration file.
    pub fn configured(program: &str, wanted: &Configuration) -> Told<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("cryptopayment.toml");
        std::fs::write(&file, wanted.text(&folder.path().join("data")))?;
        Ok(Self::new(program, Kind::Serve { file }, folder))
    }

    fn new(program: &str, kind: Kind, folder: TempDir) -> Self {
        let program = PathBuf::from(program);
        Self { program, kind, process: None, address: None, merchant: None, folder }
    }

    /// Where its data is.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts it on its folder, and waits until it is ready.
    pub async fn start(&mut self) -> Told<()> {
        self.launch().await?;
        self.wait_ready().await
    }

    /// Starts it, and waits only until it answers: it may not be ready.
    pub async fn launch(&mut self) -> Told<()> {
        let before = written(&self.address_file());
        self.spawn()?;
        self.learn_address(before).await
    }

    /// Starts it, and waits for nothing.
    pub fn spawn(&mut self) -> Told<()> {
        let mut command = tied_to_this_test(&self.program);
        match &self.kind {
            Kind::Sandbox { block_time_s } => {
                command.args(["sandbox", "--listen", "127.0.0.1:0", "--block-time", block_time_s]);
                command.arg("--data-dir").arg(self.data_dir());
            }
            Kind::Serve { file } => {
                command.arg("serve").arg("--config").arg(file);
            }
        }
        environment(&mut command);
        let log = self.folder.path().join("gateway.log");
        self.process = Some(Process::start("the gateway", command, &log)?);
        Ok(())
    }

    /// The file in which it says where it listens.
    fn address_file(&self) -> PathBuf {
        let name = match self.kind {
            Kind::Sandbox { .. } => "sandbox.json",
            Kind::Serve { .. } => "http.addr",
        };
        self.data_dir().join(name)
    }

    async fn learn_address(&mut self, before: Option<SystemTime>) -> Told<()> {
        let file = self.address_file();
        let is_sandbox = matches!(self.kind, Kind::Sandbox { .. });
        let Some(process) = self.process.as_mut() else { return Err(Failure::new("not started")) };
        let found = wait::until("the gateway says where it listens", async || {
            if let Err(failure) = process.must_run() {
                return Ok(Look::There(Err(failure)));
            }
            if written(&file) == before {
                return Ok(Look::NotYet(process.log_tail()));
            }
            let address = if is_sandbox {
                let said = Json::parse(&std::fs::read(&file)?)?;
                said.text("base_url")?.trim_start_matches("http://").parse()?
            } else {
                std::fs::read_to_string(&file)?.trim().parse()?
            };
            exchange(address, &request("GET", "/healthz", &[], b"")).await?;
            Ok(Look::There(Ok(address)))
        })
        .await??;
        self.address = Some(found);
        crate::contract::hold(found).await
    }

    /// Waits until `/readyz` answers 200.
    pub async fn wait_ready(&mut self) -> Told<()> {
        let address = self.address()?;
        let Some(process) = self.process.as_mut() else { return Err(Failure::new("not started")) };
        let ready = wait::until("the gateway is ready", async || {
            if let Err(failure) = process.must_run() {
                return Ok(Look::There(Err(failure)));
            }
            let answer = exchange(address, &request("GET", "/readyz", &[], b"")).await?;
            Ok(Look::when(answer.status == 200, Ok(()), || answer.text()))
        });
        ready.await?
    }

    /// Where it listens now.
    pub fn address(&self) -> Told<SocketAddr> {
        self.address.ok_or_else(|| Failure::new("the gateway was never started"))
    }

    /// SIGKILL, at whatever instant this is.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// A hand on the switch, for killing it while others still talk to it.
    pub fn killer(&self) -> Told<Killer> {
        let process = self.process.as_ref().ok_or_else(|| Failure::new("it is not running"))?;
        Ok(Killer(process.id()))
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Told<u32> {
        let process = self.process.as_ref().ok_or_else(|| Failure::new("it is not running"))?;
        Ok(process.id())
    }

    /// SIGTERM; answers how it ended.
    pub async fn stop(&mut self) -> Told<ExitStatus> {
        match self.process.take() {
            Some(mut process) => process.stop().await,
            None => Err(Failure::new("the gateway is not running")),
        }
    }

    /// kill -9, and on the same folder again.
    pub async fn kill_and_restart(&mut self) -> Told<()> {
        self.kill();
        self.start().await
    }

    /// All it has written to its outputs, over all its lives.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("gateway.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Runs another command of the binary on the same data to its end.
    pub fn run(&self, arguments: &[&str]) -> Told<Finished> {
        let mut command = tied_to_this_test(&self.program);
        command.args(arguments);
        match &self.kind {
            Kind::Sandbox { .. } => command.arg("--data-dir").arg(self.data_dir()),
            Kind::Serve { file } => command.arg("--config").arg(file),
        };
        environment(&mut command);
        Ok(Finished(command.output()?))
    }

    /// Makes an approved merchant by the command line; it becomes [`Gateway::merchant`].
    pub fn make_merchant(&mut self, email: &str, webhook: &str) -> Told<()> {
        let made = self
            .run(&["merchant", "create", email, "--webhook", webhook, "--approve", "--json"])?
            .must_succeed("merchant create")?;
        self.merchant = Some(Merchant::from_json(self.address()?, &Json::parse(made.as_bytes())?)?);
        Ok(())
    }

    /// The merchant: the sandbox's own, or the one made last.
    pub fn merchant(&self) -> Told<Merchant> {
        let address = self.address()?;
        match (&self.kind, &self.merchant) {
            (_, Some(merchant)) => Ok(Merchant { address, ..merchant.clone() }),
            (Kind::Sandbox { .. }, None) => {
                let said = Json::parse(&std::fs::read(self.address_file())?)?;
                Merchant::from_json(address, &said)
            }
            (Kind::Serve { .. }, None) => Err(Failure::new("no merchant was made")),
        }
    }

    /// A request without credentials.
    pub async fn get(&self, path: &str) -> Told<Response> {
        exchange(self.address()?, &request("GET", path, &[], b"")).await
    }

    /// `POST /sandbox/…`
    pub async fn sandbox_post(&self, verb: &str, body: &str) -> Told<Json> {
        let path = format!("/sandbox/{verb}");
        let headers = [("Content-Type", "application/json")];
        let bytes = request("POST", &path, &headers, body.as_bytes());
        let answer = exchange(self.address()?, &bytes).await?;
        if !(200..300).contains(&answer.status) {
            let said = answer.text();
            return Err(Failure::new(format!(
                "{path} {body} was answered {}: {said}",
                answer.status
            )));
        }
        answer.json()
    }

    /// Pays `address` on its simulated chain: `amount` as text, or what is due.
    pub async fn pay(&self, address: &str, amount: Option<&str>) -> Told<Json> {
        let amount = amount.map(|amount| format!(r#","amount":{amount}"#)).unwrap_or_default();
        self.sandbox_post("pay", &format!(r#"{{"address":"{address}"{amount}}}"#)).await
    }

    /// Mines `blocks` on a simulated chain.
    pub async fn mine(&self, network: &str, blocks: u64) -> Told<Json> {
        self.sandbox_post("mine", &format!(r#"{{"network":"{network}","blocks":{blocks}}}"#)).await
    }

    /// Takes `depth` blocks off a simulated chain and puts others in their place.
    pub async fn reorganise(&self, network: &str, depth: u64) -> Told<Json> {
        self.sandbox_post("reorg", &format!(r#"{{"network":"{network}","depth":{depth}}}"#)).await
    }
}

/// Kills a gateway that somebody else holds; see [`Gateway::killer`]. Its holder reaps it, so the
/// number stays its own until then.
pub struct Killer(u32);

impl Killer {
    /// SIGKILL, now.
    pub fn kill(&self) -> Told<()> {
        send_signal(self.0, "KILL")
    }
}

/// A command that has ended.
pub struct Finished(pub Output);

impl Finished {
    /// Its standard output if it exited with 0.
    pub fn must_succeed(&self, what: &str) -> Told<String> {
        if self.0.status.success() {
            return Ok(String::from_utf8_lossy(&self.0.stdout).into_owned());
        }
        let (status, said) = (self.0.status, String::from_utf8_lossy(&self.0.stderr));
        Err(Failure::new(format!("{what} ended with {status}: {said}")))
    }
}

/// Nothing of the caller's environment decides what is tested, but for where logs go.
fn environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CRYPTOPAYMENT_") {
            command.env_remove(name);
        }
    }
    command
        .env("CRYPTOPAYMENT_WALLET__PASSPHRASE", PASSPHRASE)
        .env("CRYPTOPAYMENT_ADMIN_EMAIL", "admin@example.com")
        .env("CRYPTOPAYMENT_ADMIN_PASSWORD", "an admin's password of the tests")
        .env("RUST_BACKTRACE", "1");
}

/// When a file was last written; `None` if there is none.
fn written(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|known| known.modified()).ok()
}
