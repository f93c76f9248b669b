//! A whole gateway in this process, on a thread of its own, with bounds short enough to meet.

use async_trait::async_trait;
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::engine::{Engine, EngineParts, NetworkParts, SandboxParts};
use cryptopayment_actors::gateway::{Gateway, NewMerchant};
use cryptopayment_actors::ports::{Courier, Parcel, Privacy, PrivacyError, Receipt, TimeSource};
use cryptopayment_actors::rates::RateParts;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::simulated::{
    Birth, Fault, MemoryStore, SimulatedChain, SimulatedNode, token,
};
use cryptopayment_chains::vault::Seed;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::invoice::{InvoicePolicy, NetworkTerms};
use cryptopayment_domain::merchant::{Scope, Scopes};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::{Outcome, RetrySchedule};
use cryptopayment_domain::withdrawal::{WithdrawalPolicy, WithdrawalTerms};
use cryptopayment_http::{Cidr, HttpConfig, HttpContext, RateLimit};
use cryptopayment_storage::{Store, StoreConfig};
use cryptopayment_test_support::gateway::Merchant;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::wire::{Response, exchange, request};
use cryptopayment_test_support::{Failure, Told};
use metrics_exporter_prometheus::PrometheusBuilder;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Twelve words that every wallet's tests know.
const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon about";
/// The networks of these tests: one with a mempool, one without.
const NETWORKS: [Network; 2] = [Network::Ltc, Network::Trc20];

/// The order id of an invoice at which a handler panics.
pub const PANICS: &str = "PANIC";

/// A running site; stopped when dropped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// An approved merchant.
    pub merchant: Merchant,
    /// The same merchant with a key of one scope each.
    pub limited_to: Vec<(Scope, Merchant)>,
    /// Another approved merchant.
    pub stranger: Merchant,
    /// A merchant who waits for approval.
    pub waiting: Merchant,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the site's thread says once it listens.
struct Ready {
    address: SocketAddr,
    merchants: [NewMerchant; 3],
    limited_keys: Vec<(Scope, String, String)>,
}

impl Running {
    /// A site with these bounds.
    pub async fn with(bounds: impl FnOnce(&mut HttpConfig)) -> Told<Running> {
        let site = Running::begin(bounds, None, fixed()).await?;
        wait::until("every network is scanned", async || {
            let ready = site.ask("GET", "/readyz", &[], b"").await?;
            Ok(Look::when(ready.status == 200, (), || ready.text()))
        })
        .await?;
        Ok(site)
    }

    /// A site of which one network has never been reached.
    pub async fn without(network: Network) -> Told<Running> {
        let site = Running::begin(|_| {}, Some(network), fixed()).await?;
        wait::until("the network is missed", async || {
            let ready = site.ask("GET", "/readyz", &[], b"").await?.text();
            let missed =
                ready.contains(&format!("{network}: ")) && !ready.contains("not been reached");
            Ok(Look::when(missed, (), || ready))
        })
        .await?;
        Ok(site)
    }

    /// A site that has its prices from there. It may not be ready yet.
    pub async fn priced_by(rates: RateParts) -> Told<Running> {
        Running::begin(|_| {}, None, rates).await
    }

    /// A site that nobody has asked anything yet but its document, with this limit. It may not be
    /// ready: asking would count.
    pub async fn limited(limit: RateLimit) -> Told<Running> {
        Running::begin(|config| config.rate_limit = Some(limit), None, fixed()).await
    }

    async fn begin(
        bounds: impl FnOnce(&mut HttpConfig),
        broken: Option<Network>,
        rates: RateParts,
    ) -> Told<Running> {
        let mut config = HttpConfig::at("https://pay.example.com/");
        config.rate_limit = None;
        config.allow_networks = Cidr::loopback().to_vec();
        bounds(&mut config);
        let (stop, stopped) = oneshot::channel();
        let (say, ready) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                run(config, (broken, rates), say, stopped).await.expect("the site runs");
            });
        });
        let Ready { address, merchants, limited_keys } = ready.await?;
        cryptopayment_test_support::contract::hold(address).await?;
        let [merchant, stranger, waiting] = merchants.map(|new| Merchant {
            address,
            key: new.api_key,
            secret: new.api_secret,
            app_secret: new.app_secret,
        });
        let with = |(scope, key, secret)| (scope, Merchant { key, secret, ..merchant.clone() });
        let limited_to = limited_keys.into_iter().map(with).collect();
        let (stop, thread) = (Some(stop), Some(thread));
        Ok(Running { address, merchant, limited_to, stranger, waiting, stop, thread })
    }

    /// A site with the usual bounds.
    pub async fn start() -> Told<Running> {
        Running::with(|_| {}).await
    }

    /// Tells the site to stop; it goes on with what is under way.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the site has stopped.
    pub async fn stopped(mut self) -> Told<()> {
        self.stop();
        let thread = self.thread.take();
        let joined = tokio::task::spawn_blocking(move || thread.map(JoinHandle::join)).await?;
        joined.transpose().map(drop).map_err(|_| Failure::new("the site's thread panicked"))
    }

    /// A request without credentials.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Told<Response> {
        let mut all = vec![("Connection", "close")];
        all.extend_from_slice(headers);
        exchange(self.address, &request(method, path, &all, body)).await
    }

    /// Pulls one of the sandbox's levers.
    pub async fn lever(&self, verb: &str, body: &str) -> Told<()> {
        let json = [("Content-Type", "application/json")];
        let path = format!("/sandbox/{verb}");
        self.ask("POST", &path, &json, body.as_bytes()).await?.expect(200).map(drop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

async fn run(
    config: HttpConfig,
    (broken, rates): (Option<Network>, RateParts),
    say: oneshot::Sender<Ready>,
    stopped: oneshot::Receiver<()>,
) -> Ended {
    let folder = tempfile::tempdir()?;
    let (store, engine) = engine(folder.path(), broken, rates).await?;
    let gateway = engine.gateway.clone();
    let first = gateway.register_merchant("a@example.com", None, None, true).await?;
    let second = gateway.register_merchant("b@example.com", None, None, true).await?;
    let third = gateway.register_merchant("c@example.com", None, None, false).await?;
    let mut limited_keys = Vec::new();
    for scope in Scope::ALL {
        let (key, secret) = gateway.issue_key(first.merchant_id, Scopes::of([scope])).await?;
        limited_keys.push((scope, key, secret));
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    // Whoever asked for this site may be gone already.
    let _ = say.send(Ready { address, merchants: [first, second, third], limited_keys });
    cryptopayment_http::serve(vec![listener], context(gateway, &store, config), async {
        let _ = stopped.await;
    })
    .await;
    drop(store);
    engine.stop().await;
    Ok(())
}

fn context(gateway: Gateway, store: &Store, config: HttpConfig) -> HttpContext {
    HttpContext {
        gateway,
        views: store.views(),
        feed: store.feed(),
        config: Arc::new(config),
        payment_uri: Arc::new(|terms, asked| {
            assert_ne!(terms.order_id.as_deref(), Some(PANICS), "asked for by a test");
            asked.map_or_else(
                || format!("pay:{}", terms.address),
                |asked| format!("pay:{}?amount={asked}", terms.address),
            )
        }),
        prometheus: PrometheusBuilder::new().build_recorder().handle(),
        probes: Vec::new(),
    }
}

type Parts = (Store, Engine);

/// The price that most tests reckon with.
fn fixed() -> RateParts {
    RateParts::fixed(HashMap::from([(Network::Ltc, Decimal::from(80))]))
}

async fn engine(
    folder: &Path,
    broken: Option<Network>,
    rates: RateParts,
) -> Result<Parts, Box<dyn std::error::Error + Send + Sync>> {
    let mut store_config = StoreConfig::new(folder);
    store_config.min_free_bytes = 0;
    let store = Store::open(store_config, |_| {})?;
    let birth = || Birth { now: SystemClock.now(), salt: [7; 32] };
    let mut nodes = BTreeMap::new();
    for network in NETWORKS {
        let memory = Arc::new(MemoryStore::default());
        let node = SimulatedNode::open(network, memory, birth())?;
        if broken == Some(network) {
            node.set_faults(&[Fault::Unreachable]);
        }
        nodes.insert(network, node);
    }
    let mut networks = Vec::new();
    for (network, node) in &nodes {
        networks.push(NetworkParts {
            chain: Arc::new(SimulatedChain::new(node, Duration::from_secs(5))?),
            terms: NetworkTerms::default_for(*network),
            withdrawal: WithdrawalTerms::default_for(*network),
            token: token(*network)?,
            poll_interval: Span::from_ms(50),
        });
    }
    let regtest = ChainName::Regtest;
    let parts = EngineParts {
        store: store.clone(),
        time: Arc::new(SystemClock),
        privacy: Arc::new(Plain),
        courier: Some(Arc::new(Nobody)),
        accounts: Arc::new(Seed::from_words(WORDS)?.accounts(regtest, regtest)?),
        networks,
        rates,
        policy: InvoicePolicy::default(),
        withdrawals: WithdrawalPolicy::default(),
        schedule: RetrySchedule::default(),
        sandbox: Some(SandboxParts { nodes, block_time: None }),
        rules: Arc::new(cryptopayment_domain::invoice::decide),
        test_keys: true,
    };
    Ok((store, Engine::start(parts).await?))
}

/// Seals nothing: what is sealed how is the vault's own test.
struct Plain;

impl Privacy for Plain {
    fn create_key(&self, _: MerchantId) -> Result<(), PrivacyError> {
        Ok(())
    }

    fn seal(&self, _: MerchantId, plain: &[u8]) -> Result<Vec<u8>, PrivacyError> {
        Ok(plain.iter().map(|byte| byte ^ 0x55).collect())
    }

    fn open(&self, _: MerchantId, sealed: &[u8]) -> Result<Vec<u8>, PrivacyError> {
        Ok(sealed.iter().map(|byte| byte ^ 0x55).collect())
    }

    fn digest_salt(&self) -> [u8; 32] {
        [0; 32]
    }
}

/// Carries nothing anywhere.
struct Nobody;

#[async_trait]
impl Courier for Nobody {
    async fn deliver(&self, _: Parcel) -> Receipt {
        Receipt { outcome: Outcome::TimedOut, retry_after: None, took_ms: 0, answer: String::new() }
    }
}
