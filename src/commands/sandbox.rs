//! `sandbox`: the whole gateway on embedded simulated networks, with a demo merchant.

mod demo;

use crate::assembly::{self, Site};
use crate::cli::SandboxArgs;
use crate::control::{self, Hands};
use crate::failure::Failure;
use crate::keys::{self, Passphrase, Secrets};
use crate::{logging, simnet};
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::engine::{Engine, EngineParts, SandboxParts};
use cryptopayment_actors::ports::TimeSource;
use cryptopayment_actors::rates::RateParts;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::vault::Seed;
use cryptopayment_domain::invoice::InvoicePolicy;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::RetrySchedule;
use cryptopayment_domain::withdrawal::WithdrawalPolicy;
use cryptopayment_http::{Authorities, Cidr, Guard, HttpConfig, HttpCourier};
use cryptopayment_storage::Store;
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// Prices of the sandbox, in US dollars a coin.
const RATES: [(Network, u32); 3] =
    [(Network::Btc, 60_000), (Network::Ltc, 80), (Network::Eth, 3_000)];
/// Pauses between blocks are at most a day.
const BLOCK_TIME_S_MAX: u32 = 86_400;

/// Runs until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(args: &SandboxArgs) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() && !args.yes_expose {
        return Err(Failure::usage(format!(
            "{} can be reached by others, and anybody can pay with play money here; \
             add --yes-expose if that is meant",
            args.listen
        )));
    }
    if args.block_time > BLOCK_TIME_S_MAX {
        return Err(Failure::usage("--block-time is at most 86400 seconds"));
    }
    logging::start("info", logging::Format::Text);
    actix::System::new().block_on(serve(args))
}

async fn serve(args: &SandboxArgs) -> Result<(), Failure> {
    let data_dir = args.data_dir.as_path();
    let listener = TcpListener::bind(args.listen).await;
    let listener =
        listener.map_err(|error| Failure::new(format!("--listen {}: {error}", args.listen)))?;
    let base_url = format!("http://{}", listener.local_addr().map_err(Failure::new)?);
    let Some(store) = assembly::open_store(data_dir, 0, args.accept_loss)? else {
        return Err(Failure::at(data_dir, "a gateway runs on this folder already"));
    };
    let (secrets, seed) = unlock(data_dir)?;
    let engine = start_engine(args, store.clone(), secrets, &seed).await?;
    let hands = Hands {
        gateway: engine.gateway.clone(),
        views: store.views(),
        guard: Guard::new(Cidr::loopback().to_vec()),
    };
    control::listen(data_dir, hands)?;
    let mut config = HttpConfig::at(&base_url);
    config.rate_limit = None;
    config.allow_networks = Cidr::loopback().to_vec();
    let payment_uri = assembly::payment_uri(assembly::simulated_place);
    let site = assembly::site(&engine.gateway, &store, config, payment_uri)?;
    let file = demo::introduce(&engine.gateway, data_dir, &base_url).await?;
    demo::wait_until_open(&engine.gateway).await;
    demo::print_welcome(&file, data_dir);
    Site::serve(site, listener).await;
    engine.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// The sandbox makes its own passphrase and keys, and finds them again.
fn unlock(data_dir: &Path) -> Result<(Secrets, Seed), Failure> {
    let path = assembly::sandbox_passphrase_path(data_dir);
    // Both files are written once and whole; a kill between them is mended by making the rest.
    let passphrase = match path.exists() {
        true => keys::passphrase_in(&path)?,
        false => make_passphrase(&path)?,
    };
    if keys::seed_path(data_dir).exists() && keys::data_keys_exist(data_dir) {
        keys::open(data_dir, &passphrase)
    } else {
        keys::create_missing(data_dir, &passphrase)
    }
}

fn make_passphrase(path: &Path) -> Result<Passphrase, Failure> {
    let bytes: [u8; 32] = rand::random();
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let passphrase = Zeroizing::new(text);
    let written = cryptopayment_chains::vault::sealed_file::write_new(path, passphrase.as_bytes());
    written.map_err(|error| Failure::at(path, error))?;
    Ok(passphrase)
}

async fn start_engine(
    args: &SandboxArgs,
    store: Store,
    secrets: Secrets,
    seed: &Seed,
) -> Result<Engine, Failure> {
    let time = SystemClock;
    let nodes = simnet::open(&args.data_dir, time.now())?;
    let regtest = ChainName::Regtest;
    let accounts = seed.accounts(regtest, regtest).map_err(Failure::new)?;
    let guard = Guard::new(Cidr::loopback().to_vec());
    let courier = HttpCourier::new(guard, Authorities::default());
    let rates = RATES.map(|(network, price)| (network, Decimal::from(price)));
    let block_time = (args.block_time > 0).then(|| Span::from_s(u64::from(args.block_time)));
    let parts = EngineParts {
        store,
        time: Arc::new(time),
        privacy: Arc::new(secrets),
        courier: Some(Arc::new(courier)),
        accounts: Arc::new(accounts),
        networks: assembly::simulated_networks(&nodes)?,
        rates: RateParts::fixed(HashMap::from(rates)),
        policy: InvoicePolicy::default(),
        withdrawals: WithdrawalPolicy::default(),
        schedule: RetrySchedule::default(),
        sandbox: Some(SandboxParts { nodes, block_time }),
        rules: Arc::new(cryptopayment_domain::invoice::decide),
        test_keys: true,
    };
    Engine::start(parts).await.map_err(Failure::new)
}
