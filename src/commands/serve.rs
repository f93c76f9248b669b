//! `serve`: the gateway on real networks.

use crate::assembly::{self, Site};
use crate::cli::ServeArgs;
use crate::config::{self, Settings};
use crate::control::{self, Hands};
use crate::failure::Failure;
use crate::{keys, logging};
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::engine::{Engine, EngineParts};
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::payment_uri::EvmChain;
use cryptopayment_domain::network::Network;
use cryptopayment_http::{Guard, HttpConfig, HttpCourier, RateLimit};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(args: &ServeArgs) -> Result<(), Failure> {
    let settings = config::settings(args.place.config.as_deref())?;
    logging::start(&settings.log_level, settings.log_format);
    actix::System::new().block_on(serve(settings, args.accept_loss))
}

async fn serve(settings: Settings, accept_loss: bool) -> Result<(), Failure> {
    let data_dir = settings.data_dir.clone();
    let networks = assembly::real_networks(&settings)?;
    if networks.is_empty() {
        return Err(Failure::usage(
            "no network is enabled: set `rpc` in a section such as [networks.btc], without `enabled = false`",
        ));
    }
    let rates = assembly::rates(&settings)?;
    let authorities = assembly::authorities(settings.extra_ca_file.as_deref())?;
    if !keys::seed_path(&data_dir).exists() {
        return Err(Failure::at(&data_dir, "no wallet here; run `cryptopayment init` first"));
    }
    let passphrase = keys::passphrase(&settings)?;
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener
        .map_err(|error| Failure::new(format!("http.listen {}: {error}", settings.listen)))?;
    let Some(store) = assembly::open_store(&data_dir, settings.minimum_free_bytes, accept_loss)?
    else {
        return Err(Failure::at(&data_dir, "a gateway runs on this folder already"));
    };
    let (secrets, seed) = keys::open(&data_dir, &passphrase)?;
    let chain_of = chains(&settings);
    let accounts = seed.accounts(chain_of(Network::Btc), chain_of(Network::Ltc));
    drop((seed, passphrase));
    let guard = Guard::new(settings.allow_networks.clone());
    let courier = HttpCourier::new(guard.clone(), authorities);
    let engine = Engine::start(EngineParts {
        store: store.clone(),
        time: Arc::new(SystemClock),
        privacy: Arc::new(secrets),
        courier: Some(Arc::new(courier)),
        accounts: Arc::new(accounts.map_err(Failure::new)?),
        networks,
        rates,
        policy: settings.policy.clone(),
        withdrawals: settings.withdrawals,
        schedule: settings.schedule.clone(),
        sandbox: None,
        rules: Arc::new(cryptopayment_domain::invoice::decide),
        test_keys: false,
    });
    let engine = engine.await.map_err(Failure::new)?;
    let (gateway, views) = (engine.gateway.clone(), store.views());
    control::listen(&data_dir, Hands { gateway, views, guard })?;
    let payment_uri = assembly::payment_uri(places(&settings));
    let site = assembly::site(&engine.gateway, &store, http_config(&settings), payment_uri)?;
    announce(&data_dir, &listener)?;
    Site::serve(site, listener).await;
    engine.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Which chain each network is on; what is off counts as the money chain.
fn chains(settings: &Settings) -> impl Fn(Network) -> ChainName + Send + Sync + 'static {
    let of = |network| settings.networks.get(&network).map_or(ChainName::Main, |on| on.chain);
    let chains = Network::ALL.map(of);
    move |network| {
        let place = Network::ALL.iter().position(|known| *known == network);
        place.and_then(|place| chains.get(place).copied()).unwrap_or(ChainName::Main)
    }
}

/// What the payment URIs of each network name. Invoices of a network that is off show its address.
fn places(
    settings: &Settings,
) -> impl Fn(Network) -> Option<(ChainName, EvmChain)> + Send + Sync + 'static {
    let networks = settings.networks.iter();
    let places: HashMap<Network, (ChainName, EvmChain)> =
        networks.map(|(network, on)| (*network, assembly::real_place(on))).collect();
    move |network| places.get(&network).cloned()
}

fn http_config(settings: &Settings) -> HttpConfig {
    let mut config = HttpConfig::at(&settings.public_url);
    config.trusted_proxies.clone_from(&settings.trusted_proxies);
    config.allow_networks.clone_from(&settings.allow_networks);
    let (per_second, burst) = (settings.rate_per_second, settings.rate_burst);
    config.rate_limit = Some(RateLimit { per_second, burst });
    config
}

/// Says where it listens, in the log and for scripts in `DATA_DIR/http.addr`.
fn announce(data_dir: &std::path::Path, listener: &TcpListener) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(Failure::new)?;
    let path = data_dir.join("http.addr");
    std::fs::write(&path, format!("{address}\n")).map_err(|error| Failure::at(&path, error))?;
    tracing::info!(%address, "the gateway listens");
    Ok(())
}
