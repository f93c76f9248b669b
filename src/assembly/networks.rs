//! Networks: real ones by their adapters, simulated ones by their nodes.

use crate::config::{NetworkSettings, Settings};
use crate::failure::Failure;
use cryptopayment_actors::clock::SystemClock;
use cryptopayment_actors::engine::NetworkParts;
use cryptopayment_actors::ports::TimeSource;
use cryptopayment_chains::adapter::Chain;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::evm::{EvmAdapter, EvmSettings};
use cryptopayment_chains::payment_uri::{self, EvmChain};
use cryptopayment_chains::simulated::{self, SimulatedChain, SimulatedNode};
use cryptopayment_chains::tron::{TronChain, TronSettings};
use cryptopayment_chains::utxo::UtxoChain;
use cryptopayment_domain::invoice::{NetworkTerms, Opened};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Span;
use cryptopayment_domain::withdrawal::WithdrawalTerms;
use cryptopayment_http::PaymentUri;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long one call to a node may take.
const NODE_TIME_LIMIT: Duration = Duration::from_secs(20);
/// How often a simulated chain is asked.
const SIMULATED_POLL: Span = Span::from_ms(250);

/// The adapters of all configured networks.
///
/// # Errors
/// Settings that make no adapter.
pub fn real_networks(settings: &Settings) -> Result<Vec<NetworkParts>, Failure> {
    let parts = settings.networks.iter().map(|(network, settings)| real(*network, settings));
    parts.collect()
}

fn real(network: Network, settings: &NetworkSettings) -> Result<NetworkParts, Failure> {
    let chain = real_chain(network, settings)?;
    let NetworkSettings { terms, withdrawal, poll_interval, .. } = *settings;
    let token = settings.evm.as_ref().and_then(EvmSettings::token);
    let token = token.or(settings.tron.as_ref().map(|tron| &tron.token)).cloned();
    Ok(NetworkParts { chain, terms, withdrawal, token, poll_interval })
}

/// The adapter of one network. Nothing is asked yet.
///
/// # Errors
/// As [`real_networks`].
pub fn real_chain(network: Network, settings: &NetworkSettings) -> Result<Arc<dyn Chain>, Failure> {
    let chain: Arc<dyn Chain> = match network {
        Network::Btc | Network::Ltc => Arc::new(
            UtxoChain::new(network, settings.chain, &settings.rpc, NODE_TIME_LIMIT)
                .map_err(|error| Failure::usage(format!("networks.{network}.rpc: {error}")))?
                .with_push(settings.zmq.clone()),
        ),
        Network::Trc20 => Arc::new(tron(settings)?),
        Network::Eth | Network::Bep20 => {
            let Some(evm) = &settings.evm else { return Err(incomplete(network)) };
            let adapter = EvmAdapter::new(evm.clone(), &settings.rpc, NODE_TIME_LIMIT);
            Arc::new(
                adapter
                    .map_err(|error| Failure::usage(format!("networks.{network}.rpc: {error}")))?,
            )
        }
    };
    Ok(chain)
}

fn tron(settings: &NetworkSettings) -> Result<TronChain, Failure> {
    let reading = settings.tron.clone().ok_or_else(|| incomplete(Network::Trc20))?;
    TronChain::new(TronSettings {
        chain: settings.chain,
        rpc: settings.rpc.clone(),
        solidity_rpc: reading.solidity_rpc,
        api_key: reading.api_key,
        token: reading.token,
        time_limit: NODE_TIME_LIMIT,
        now: Arc::new(|| SystemClock.now()),
    })
    .map_err(|error| Failure::usage(format!("networks.trc20.{error}")))
}

fn incomplete(network: Network) -> Failure {
    Failure::usage(format!("networks.{network}: the settings of its kind are missing"))
}

/// The adapters of the simulated networks.
///
/// # Errors
/// When a node cannot be read.
pub fn simulated_networks(
    nodes: &BTreeMap<Network, SimulatedNode>,
) -> Result<Vec<NetworkParts>, Failure> {
    let parts = nodes.iter().map(|(network, node)| {
        let chain = SimulatedChain::new(node, NODE_TIME_LIMIT).map_err(Failure::new)?;
        let terms = NetworkTerms::default_for(*network);
        Ok(NetworkParts {
            chain: Arc::new(chain),
            terms,
            withdrawal: WithdrawalTerms::default_for(*network),
            token: simulated::token(*network).map_err(Failure::new)?,
            poll_interval: SIMULATED_POLL,
        })
    });
    parts.collect()
}

/// What a wallet reads from an invoice's QR code: on which chain an invoice is paid, and what else
/// its URI names there. Where none can be made the bare address serves.
pub fn payment_uri(
    places: impl Fn(Network) -> Option<(ChainName, EvmChain)> + Send + Sync + 'static,
) -> PaymentUri {
    Arc::new(move |terms: &Opened, asked: Option<Money>| {
        let uri = places(terms.network).and_then(|(chain, evm)| uri(chain, &evm, terms, asked));
        uri.unwrap_or_else(|| terms.address.clone())
    })
}

fn uri(chain: ChainName, evm: &EvmChain, terms: &Opened, asked: Option<Money>) -> Option<String> {
    let payee = Address::from_bytes(terms.network, chain, &terms.address_bytes).ok()?;
    payment_uri::payment_uri(&payee, asked, evm).ok()
}

/// What a simulated network's URI names: a chain that holds nothing of value.
pub fn simulated_place(network: Network) -> Option<(ChainName, EvmChain)> {
    let token = simulated::token(network).ok().flatten();
    Some((ChainName::Regtest, EvmChain { chain_id: simulated::CHAIN_ID, token }))
}

/// What a real network's URI names.
pub fn real_place(settings: &NetworkSettings) -> (ChainName, EvmChain) {
    let evm = settings.evm.as_ref();
    let chain_id = evm.map_or(simulated::CHAIN_ID, |evm| evm.chain_id);
    (settings.chain, EvmChain { chain_id, token: evm.and_then(EvmSettings::token).cloned() })
}
