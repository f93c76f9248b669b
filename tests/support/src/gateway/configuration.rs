//! The configuration file of a `serve` under test.

use crate::evm::{Anvil, Coin};
use crate::nodes::{Program, Rpc};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

/// Nobody is asked for prices: no test speaks to anyone outside this machine.
const FIXED_RATES: &str = r#"fixed = { BTC = "60000", LTC = "80", ETH = "3000" }
sources = []"#;

/// What a test wants otherwise than by default; the rest is quick and loopback.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    networks: String,
    invoices: String,
    webhooks: String,
    poll_interval: Option<String>,
    zmq: Option<SocketAddr>,
    rates: Option<String>,
    chain_id: Option<u64>,
    api_key: Option<String>,
}

impl Configuration {
    /// Watches the network of `program` through `rpc`, with `confirmations` required.
    #[must_use]
    pub fn network(mut self, program: Program, rpc: &[Rpc], confirmations: u32) -> Self {
        let urls: Vec<String> = rpc.iter().map(|rpc| format!("\"{}\"", rpc.url())).collect();
        let name = program.network();
        // Writing to a String cannot fail.
        let _ = write!(
            self.networks,
            "[networks.{name}]\nrpc = [{}]\nchain = \"regtest\"\nconfirmations = {confirmations}\n\
             poll_interval = \"{}\"\n",
            urls.join(", "),
            self.poll_interval.as_deref().unwrap_or("200ms")
        );
        if let Some(zmq) = self.zmq {
            let _ = writeln!(self.networks, "zmq = \"tcp://{zmq}\"");
        }
        self.networks.push('\n');
        self
    }

    /// Watches what `node` is for through the nodes at `urls`, with `confirmations` required.
    #[must_use]
    pub fn evm(mut self, node: &Anvil, urls: &[String], confirmations: u32) -> Self {
        let urls: Vec<String> = urls.iter().map(|url| format!("\"{url}\"")).collect();
        let (name, coin) = (node.coin.network(), node.coin);
        let token = match coin {
            Coin::Ether => String::new(),
            Coin::Dollars => format!("token = \"{}\"\n", node.token),
        };
        let chain_id = self.chain_id.unwrap_or(coin.chain_id());
        // Writing to a String cannot fail.
        let _ = write!(
            self.networks,
            "[networks.{name}]\nrpc = [{}]\nchain_id = {chain_id}\n{token}\
             confirmations = {confirmations}\npoll_interval = \"{}\"\n\n",
            urls.join(", "),
            self.poll_interval.as_deref().unwrap_or("200ms")
        );
        self
    }

    /// Watches `token` on TRON through the nodes at `rpc` with their solidified views.
    #[must_use]
    pub fn tron(
        mut self,
        rpc: &[String],
        solid: &[String],
        token: &str,
        confirmations: u64,
    ) -> Self {
        let list = |urls: &[String]| {
            urls.iter().map(|url| format!("\"{url}\"")).collect::<Vec<_>>().join(", ")
        };
        let key = self.api_key.as_ref().map(|key| format!("api_key = \"{key}\"\n"));
        // Writing to a String cannot fail.
        let _ = write!(
            self.networks,
            "[networks.trc20]\nrpc = [{}]\nsolidity_rpc = [{}]\nchain = \"regtest\"\n\
             token = \"{token}\"\n{}confirmations = {confirmations}\npoll_interval = \"{}\"\n\n",
            list(rpc),
            list(solid),
            key.unwrap_or_default(),
            self.poll_interval.as_deref().unwrap_or("200ms")
        );
        self
    }

    /// The key of the next network's hosted nodes.
    #[must_use]
    pub fn api_key(mut self, key: &str) -> Self {
        self.api_key = Some(key.to_owned());
        self
    }

    /// Which chain the next network of Ethereum's kind is said to be.
    #[must_use]
    pub fn chain_id(mut self, id: u64) -> Self {
        self.chain_id = Some(id);
        self
    }

    /// How often the next network is asked: `"30s"`.
    #[must_use]
    pub fn poll_interval(mut self, interval: &str) -> Self {
        self.poll_interval = Some(interval.to_owned());
        self
    }

    /// Where the node of the next network publishes.
    #[must_use]
    pub fn zmq(mut self, address: SocketAddr) -> Self {
        self.zmq = Some(address);
        self
    }

    /// How long invoices are open: `"30m"`.
    #[must_use]
    pub fn expiry(mut self, expiry: &str) -> Self {
        self.invoices = format!("expiry = \"{expiry}\"\n");
        self
    }

    /// The schedule of a webhook's retries: `["1s", "2s"]`.
    #[must_use]
    pub fn retry_after(mut self, schedule: &str) -> Self {
        let _ = writeln!(self.webhooks, "retry_after = {schedule}");
        self
    }

    /// Whose certificates webhooks trust beside the system's.
    #[must_use]
    pub fn extra_ca_file(mut self, file: &Path) -> Self {
        let _ = writeln!(self.webhooks, "extra_ca_file = \"{}\"", file.display());
        self
    }

    /// The keys of `[rates]`; fixed prices and no source unless given.
    #[must_use]
    pub fn rates(mut self, keys: &str) -> Self {
        self.rates = Some(keys.to_owned());
        self
    }

    /// The file's text, for a gateway on `data_dir`.
    #[must_use]
    pub fn text(&self, data_dir: &Path) -> String {
        format!(
            "data_dir = \"{}\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n\
             public_url = \"https://pay.example.com\"

\
             {}[invoices]\n{}\n[rates]\n{}\n\n\
             [webhooks]\nallow_networks = [\"127.0.0.0/8\"]\n{}",
            data_dir.display(),
            self.networks,
            self.invoices,
            self.rates.as_deref().unwrap_or(FIXED_RATES),
            self.webhooks,
        )
    }
}
