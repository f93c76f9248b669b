//! Networks: real ones by their adapters, simulated ones by their nodes.

use crate::config::{NetworkSettings, Settings};
use crate::failure::Failure;
use cryptopayment_actors::engine::NetworkParts;
use cryptopayment_chains::adapter::Chain;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::payment_uri::{self, EvmChain};
use cryptopayment_chains::simulated::{self, SimulatedChain, SimulatedNode};
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
/// A network whose adapter is not built yet, or settings that make none.
pub fn real_networks(settings: &Settings) -> Result<Vec<NetworkParts>, Failure> {
    let parts = settings.networks.iter().map(|(network, settings)| real(*network, settings));
    parts.collect()
}

fn real(network: Network, settings: &NetworkSettings) -> Result<NetworkParts, Failure> {
    let chain = real_chain(network, settings)?;
    let NetworkSettings { terms, withdrawal, poll_interval, .. } = *settings;
    Ok(NetworkParts { chain, terms, withdrawal, token: None, poll_interval })
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
        Network::Eth | Network::Trc20 | Network::Bep20 => {
            return Err(Failure::usage(format!(
                "networks.{network}: the adapter for {} is not built yet; remove this section \
                 (the sandbox simulates it)",
                network.label()
            )));
        }
    };
    Ok(chain)
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

/// What a wallet reads from an invoice's QR code. Where none can be made the bare address serves.
pub fn payment_uri(chains: impl Fn(Network) -> ChainName + Send + Sync + 'static) -> PaymentUri {
    Arc::new(move |terms: &Opened, asked: Option<Money>| {
        uri(chains(terms.network), terms, asked).unwrap_or_else(|| terms.address.clone())
    })
}

fn uri(chain: ChainName, terms: &Opened, asked: Option<Money>) -> Option<String> {
    let payee = Address::from_bytes(terms.network, chain, &terms.address_bytes).ok()?;
    let token = simulated::token(terms.network).ok()?;
    let evm = EvmChain { chain_id: simulated::CHAIN_ID, token };
    payment_uri::payment_uri(&payee, asked, &evm).ok()
}
