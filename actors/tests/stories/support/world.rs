//! What survives an engine: its folder, the networks, the clock, the merchants' endpoints.

use super::{
    BreakingRules, Interposed, Invoice, JumpingClock, Money, Network, Running, ScriptedCourier,
    ScriptedSource, SimulatedNode, until_some,
};
use cryptopayment_actors::engine::{Engine, EngineParts, NetworkParts, SandboxParts};
use cryptopayment_actors::ports::{PriceSource, Privacy, PrivacyError};
use cryptopayment_actors::rates::RateParts;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::simulated::{Birth, MemoryStore, SimulatedChain, token};
use cryptopayment_chains::vault::{Accounts, Seed};
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::invoice::{InvoicePolicy, NetworkTerms};
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::rate::RateRules;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::RetrySchedule;
use cryptopayment_domain::withdrawal::{WithdrawalPolicy, WithdrawalTerms};
use cryptopayment_storage::backup::{BackupCut, BackupSource, RestorePlan, backup, restore};
use cryptopayment_storage::disk::{Disk, RealDisk};
use cryptopayment_storage::{AuditReport, OpenError, Store, StoreConfig, audit};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon about";

/// How often an idle chain is asked.
const POLL_INTERVAL: Span = Span::from_ms(10);
/// How long an adapter waits for its node.
const TIME_LIMIT: Duration = Duration::from_millis(300);

/// Everything outside the engine.
pub struct World {
    pub clock: Arc<JumpingClock>,
    pub nodes: BTreeMap<Network, SimulatedNode>,
    pub chains: BTreeMap<Network, Interposed>,
    pub courier: Arc<ScriptedCourier>,
    pub rules: BreakingRules,
    pub schedule: RetrySchedule,
    pub policy: InvoicePolicy,
    pub withdrawals: WithdrawalPolicy,
    /// How often an idle chain is asked.
    pub poll_interval: Span,
    /// Where the journal lies.
    pub disk: Arc<dyn Disk>,
    /// Below this much room the store takes nothing new.
    pub min_free_bytes: u64,
    /// Whether webhooks are delivered in the next life.
    pub delivers: bool,
    /// Whether there is a sandbox in the next life, and how often it mines by itself.
    pub sandbox: bool,
    pub block_time: Option<Span>,
    /// Fixed dollars for a coin.
    pub prices: HashMap<Network, rust_decimal::Decimal>,
    /// Who is asked for the prices of the others.
    pub sources: Vec<Arc<ScriptedSource>>,
    /// What is asked of them.
    pub rate_rules: RateRules,
    accounts: Arc<Accounts>,
    dir: TempDir,
}

impl World {
    /// A world of these networks; their chains have a few blocks already.
    pub fn of(networks: &[Network]) -> World {
        let nodes: BTreeMap<_, _> =
            networks.iter().map(|network| (*network, node(*network))).collect();
        let chains = nodes.iter().map(|(network, node)| (*network, Interposed::over(chain(node))));
        let seed = Seed::from_words(WORDS).unwrap();
        World {
            clock: Arc::new(JumpingClock::new()),
            chains: chains.collect(),
            nodes,
            courier: Arc::new(ScriptedCourier::new()),
            rules: BreakingRules::default(),
            schedule: RetrySchedule::default(),
            policy: InvoicePolicy::default(),
            withdrawals: WithdrawalPolicy::default(),
            poll_interval: POLL_INTERVAL,
            disk: Arc::new(RealDisk),
            min_free_bytes: 0,
            delivers: true,
            sandbox: false,
            block_time: None,
            prices: prices(),
            sources: Vec::new(),
            rate_rules: RateRules::default(),
            accounts: Arc::new(seed.accounts(ChainName::Regtest, ChainName::Regtest).unwrap()),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A world of all five.
    pub fn whole() -> World {
        World::of(&Network::ALL)
    }

    fn config(&self) -> StoreConfig {
        StoreConfig {
            segment_bytes: 2 << 20,
            min_free_bytes: self.min_free_bytes,
            cache_bytes: 8 << 20,
            disk: self.disk.clone(),
            // A disk that fails is part of some stories: the process must not end with it.
            on_fatal: Arc::new(|_| {}),
            ..StoreConfig::new(self.dir.path())
        }
    }

    /// The store, as soon as nobody has it any more.
    pub async fn open_store(&self) -> Store {
        until_some("the data folder is free", || match Store::open(self.config(), |_| {}) {
            Ok(store) => Some(store),
            Err(OpenError::Locked { .. }) => None,
            Err(error) => panic!("the store does not open: {error}"),
        })
        .await
    }

    /// The engine on this world's folder; every network is open for invoices when it returns.
    pub async fn start(&self) -> Running {
        let running = self.start_unready().await;
        for network in self.nodes.keys() {
            running.until_open(*network).await;
        }
        running
    }

    fn rates(&self) -> RateParts {
        let source = |source: &Arc<ScriptedSource>| source.clone() as Arc<dyn PriceSource>;
        RateParts {
            fixed: self.prices.clone(),
            sources: self.sources.iter().map(source).collect(),
            rules: self.rate_rules,
            poll_interval: ScriptedSource::POLL_INTERVAL,
        }
    }

    /// The engine, whether its networks can be reached or not.
    pub async fn start_unready(&self) -> Running {
        let store = self.open_store().await;
        let networks = self.nodes.iter().map(|(network, node)| NetworkParts {
            chain: Arc::new(self.chains[network].renewed(chain(node))),
            terms: NetworkTerms::default_for(*network),
            withdrawal: WithdrawalTerms::default_for(*network),
            token: token(*network).unwrap(),
            poll_interval: self.poll_interval,
        });
        let courier: Arc<dyn cryptopayment_actors::ports::Courier> = self.courier.clone();
        let parts = EngineParts {
            store: store.clone(),
            time: self.clock.clone(),
            privacy: Arc::new(OpenBook),
            courier: self.delivers.then_some(courier),
            accounts: self.accounts.clone(),
            networks: networks.collect(),
            rates: self.rates(),
            policy: self.policy.clone(),
            withdrawals: self.withdrawals,
            schedule: self.schedule.clone(),
            sandbox: self
                .sandbox
                .then(|| SandboxParts { nodes: self.nodes.clone(), block_time: self.block_time }),
            rules: self.rules.rules(),
            test_keys: true,
        };
        Running::of(Engine::start(parts).await.unwrap(), store, self.clock.clone())
    }

    /// A backup of an engine that runs.
    pub fn back_up(&self, running: &Running, file: &Path) {
        let source = BackupSource {
            disk: self.disk.clone(),
            data_dir: self.dir.path().to_owned(),
            cut: BackupCut::of(&running.views()).unwrap(),
            files: Vec::new(),
            program: "a story".to_owned(),
            now: self.clock.now(),
        };
        backup(&source, file, |_| {}).unwrap();
    }

    /// Another folder with what a backup holds; the old one is gone. The chains go on.
    pub fn restore(&mut self, file: &Path) {
        self.dir = tempfile::tempdir().unwrap();
        let plan = RestorePlan { skipped: 1_000_000, watched: 20, now: self.clock.now() };
        restore(&self.config(), file, plan, |_| {}, |_| {}).unwrap();
    }

    /// The node of a network.
    pub fn node(&self, network: Network) -> &SimulatedNode {
        &self.nodes[&network]
    }

    /// A customer pays an invoice.
    pub fn pay(&self, invoice: &Invoice, amount: Money) -> Hash32 {
        self.node(invoice.terms.network).pay(&address_of(invoice), amount).unwrap()
    }

    /// Mines blocks of this moment; answers the new height.
    pub fn mine(&self, network: Network, blocks: u32) -> u64 {
        self.node(network).mine(blocks, self.clock.now()).unwrap()
    }

    /// What the chain itself says that an invoice's address has.
    pub fn on_chain(&self, invoice: &Invoice) -> i128 {
        let balance = self.node(invoice.terms.network).balance(&address_of(invoice)).unwrap();
        i128::try_from(balance.units()).unwrap()
    }

    /// Replays everything from the first byte, when nothing runs.
    pub async fn audit(&self) -> AuditReport {
        until_some("the data folder is free", || match audit(&self.config(), |_| {}) {
            Ok(report) => Some(report),
            Err(OpenError::Locked { .. }) => None,
            Err(error) => panic!("the audit fails: {error}"),
        })
        .await
    }

    /// Ends an engine in good order, and holds everything it wrote against the journal.
    pub async fn end(&self, running: Running) {
        running.stop().await;
        let report = self.audit().await;
        assert!(report.is_clean(), "the books do not hold: {:#?}", report.findings);
    }
}

/// The address that an invoice is paid at.
pub fn address_of(invoice: &Invoice) -> Address {
    let terms = &invoice.terms;
    Address::from_bytes(terms.network, ChainName::Regtest, &terms.address_bytes).unwrap()
}

fn node(network: Network) -> SimulatedNode {
    let now = JumpingClock::BEGINNING.minus(Span::from_hours(1));
    let birth = Birth { now, salt: [network.name().len() as u8; 32] };
    let node = SimulatedNode::open(network, Arc::new(MemoryStore::default()), birth).unwrap();
    node.mine(30, now).unwrap();
    node
}

fn chain(node: &SimulatedNode) -> SimulatedChain {
    SimulatedChain::new(node, TIME_LIMIT).unwrap()
}

fn prices() -> HashMap<Network, rust_decimal::Decimal> {
    let prices = [(Network::Btc, 60_000), (Network::Ltc, 80), (Network::Eth, 3_000)];
    prices.into_iter().map(|(network, price)| (network, price.into())).collect()
}

/// Seals by turning every bit, so that a test sees when something was sealed at all.
struct OpenBook;

impl Privacy for OpenBook {
    fn create_key(&self, _: MerchantId) -> Result<(), PrivacyError> {
        Ok(())
    }

    fn seal(&self, _: MerchantId, plain: &[u8]) -> Result<Vec<u8>, PrivacyError> {
        Ok(plain.iter().map(|byte| !byte).collect())
    }

    fn open(&self, _: MerchantId, sealed: &[u8]) -> Result<Vec<u8>, PrivacyError> {
        Ok(sealed.iter().map(|byte| !byte).collect())
    }

    fn digest_salt(&self) -> [u8; 32] {
        [7; 32]
    }
}
