//! The shape of the configuration file, as TOML has it. Meaning comes in `settings`.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct File {
    pub data_dir: String,
    pub http: Http,
    pub invoices: Invoices,
    pub rates: Rates,
    pub webhooks: Webhooks,
    pub withdrawals: Withdrawals,
    pub wallet: Wallet,
    pub storage: Storage,
    pub log: Log,
    pub networks: BTreeMap<String, Network>,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Http {
    pub listen: String,
    pub public_url: Option<String>,
    pub trusted_proxies: Vec<String>,
    pub rate_per_second: u32,
    pub rate_burst: u32,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Invoices {
    pub expiry: String,
    pub minimum_usd: String,
    pub maximum_usd: String,
    pub underpaid_tolerance_percent: String,
    pub underpaid_tolerance_max_usd: String,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Rates {
    pub fixed: BTreeMap<String, String>,
    pub sources: Vec<String>,
    pub source_urls: BTreeMap<String, String>,
    pub poll_interval: String,
    pub timeout: String,
    pub max_age: String,
    pub minimum_sources: usize,
    pub outlier_percent: String,
    pub max_jump_percent: String,
    pub spread_percent: String,
    pub depeg_percent: String,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Webhooks {
    pub retry_after: Vec<String>,
    pub allow_networks: Vec<String>,
    pub extra_ca_file: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Withdrawals {
    pub review_above_usd: String,
    pub review_rolling_24h: bool,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default)]
pub(super) struct Wallet {
    pub passphrase_file: Option<String>,
    pub passphrase: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Storage {
    pub minimum_free: String,
}

#[derive(Deserialize, Debug)]
#[serde(default)]
pub(super) struct Log {
    pub level: String,
    pub format: String,
}

#[derive(Deserialize, Debug, Default, Clone)]
#[serde(default)]
pub(super) struct Network {
    pub enabled: Option<bool>,
    pub rpc: Vec<String>,
    pub chain: Option<String>,
    pub confirmations: Option<u32>,
    pub poll_interval: Option<String>,
    pub dust_usd: Option<String>,
    pub withdrawal_minimum: Option<String>,
    pub withdrawal_fee: Option<String>,
    pub zmq: Option<String>,
    pub chain_id: Option<u64>,
    pub token: Option<String>,
    pub solidity_rpc: Vec<String>,
    pub api_key: Option<String>,
}

impl Default for File {
    fn default() -> Self {
        File {
            data_dir: "data".into(),
            http: Http::default(),
            invoices: Invoices::default(),
            rates: Rates::default(),
            webhooks: Webhooks::default(),
            withdrawals: Withdrawals::default(),
            wallet: Wallet::default(),
            storage: Storage::default(),
            log: Log::default(),
            networks: BTreeMap::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Http {
            listen: "127.0.0.1:8080".into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            rate_per_second: 100,
            rate_burst: 200,
        }
    }
}

impl Default for Invoices {
    fn default() -> Self {
        Invoices {
            expiry: "30m".into(),
            minimum_usd: "1.00".into(),
            maximum_usd: "1000000".into(),
            underpaid_tolerance_percent: "0.5".into(),
            underpaid_tolerance_max_usd: "1.00".into(),
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            fixed: BTreeMap::new(),
            sources: cryptopayment_http::PRICE_SOURCES.map(String::from).to_vec(),
            source_urls: BTreeMap::new(),
            poll_interval: "30s".into(),
            timeout: "10s".into(),
            max_age: "5m".into(),
            minimum_sources: 3,
            outlier_percent: "3".into(),
            max_jump_percent: "10".into(),
            spread_percent: "0".into(),
            depeg_percent: "2".into(),
        }
    }
}

impl Default for Webhooks {
    fn default() -> Self {
        let retry_after = ["1m", "5m", "15m", "1h", "6h"].map(String::from).to_vec();
        Webhooks { retry_after, allow_networks: Vec::new(), extra_ca_file: None }
    }
}

impl Default for Withdrawals {
    fn default() -> Self {
        Withdrawals { review_above_usd: "500".into(), review_rolling_24h: false }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Storage { minimum_free: "1GiB".into() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { level: "info".into(), format: "text".into() }
    }
}
