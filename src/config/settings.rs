//! The settings as the gateway uses them: every value has its meaning and its unit.

use super::tron::TronReading;
use crate::logging::Format;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::evm::EvmSettings;
use cryptopayment_chains::utxo::PushAddress;
use cryptopayment_domain::invoice::{InvoicePolicy, NetworkTerms};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::RateRules;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::RetrySchedule;
use cryptopayment_domain::withdrawal::{WithdrawalPolicy, WithdrawalTerms};
use cryptopayment_http::Cidr;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Everything that can be configured.
#[derive(Debug)]
pub struct Settings {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where HTTP listens.
    pub listen: SocketAddr,
    /// What customers' browsers see.
    pub public_url: String,
    /// Proxies whose forwarded addresses are believed.
    pub trusted_proxies: Vec<Cidr>,
    /// Requests per second that a key or an address may make for good.
    pub rate_per_second: u32,
    /// Requests that may come at once.
    pub rate_burst: u32,
    /// The rules of invoices.
    pub policy: InvoicePolicy,
    /// The rules of withdrawals.
    pub withdrawals: WithdrawalPolicy,
    /// Where prices come from.
    pub rates: RateSettings,
    /// When failed webhooks are tried again.
    pub schedule: RetrySchedule,
    /// Private networks that webhooks may reach.
    pub allow_networks: Vec<Cidr>,
    /// A file with certificate authorities that webhooks trust beside the system's.
    pub extra_ca_file: Option<PathBuf>,
    /// A file with the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// The passphrase itself, from the environment.
    pub passphrase: Option<Zeroizing<String>>,
    /// Below this much free space no new invoices are taken.
    pub minimum_free_bytes: u64,
    /// Log filter.
    pub log_level: String,
    /// Log format.
    pub log_format: Format,
    /// The networks that are on.
    pub networks: BTreeMap<Network, NetworkSettings>,
}

/// Where prices come from.
#[derive(Clone, Debug)]
pub struct RateSettings {
    /// Fixed prices in US dollars a coin.
    pub fixed: HashMap<Network, Decimal>,
    /// The names of the sources that are asked.
    pub sources: Vec<String>,
    /// Other places for some of them, by name.
    pub source_urls: BTreeMap<String, String>,
    /// What is asked of their prices.
    pub rules: RateRules,
    /// How often each source is asked.
    pub poll_interval: Span,
    /// How long a source may take.
    pub timeout: Span,
}

/// One network that is on.
#[derive(Clone)]
pub struct NetworkSettings {
    /// Its nodes; user and password stand in the URL.
    pub rpc: Vec<String>,
    /// Which chain.
    pub chain: ChainName,
    /// What is fixed into its invoices.
    pub terms: NetworkTerms,
    /// What is asked of withdrawals of its coin.
    pub withdrawal: WithdrawalTerms,
    /// How often an idle chain is asked.
    pub poll_interval: Span,
    /// Bitcoin, Litecoin: where a node publishes that there is something to see.
    pub zmq: Option<PushAddress>,
    /// Ethereum, BSC: which chain, and what is paid with.
    pub evm: Option<EvmSettings>,
    /// TRON: what is read besides, and what is paid with.
    pub tron: Option<TronReading>,
}

impl NetworkSettings {
    /// The same with this one of its nodes only.
    pub fn alone(&self, place: usize) -> NetworkSettings {
        let one = |urls: &[String]| urls.get(place).cloned().into_iter().collect();
        let tron = self.tron.clone();
        let tron = tron.map(|tron| TronReading { solidity_rpc: one(&tron.solidity_rpc), ..tron });
        NetworkSettings { rpc: one(&self.rpc), tron, ..self.clone() }
    }
}

impl std::fmt::Debug for NetworkSettings {
    /// Without the URLs, which carry passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkSettings")
            .field("chain", &self.chain)
            .field("terms", &self.terms)
            .field("poll_interval", &self.poll_interval)
            .field("zmq", &self.zmq)
            .field("evm", &self.evm)
            .field("tron", &self.tron)
            .finish_non_exhaustive()
    }
}
