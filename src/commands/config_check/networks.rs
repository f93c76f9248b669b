//! The nodes: whether each answers, is on the right chain, and keeps up with the others.

use super::Finding;
use crate::assembly;
use crate::config::{NetworkSettings, Settings};
use cryptopayment_chains::adapter::Chain;
use cryptopayment_domain::network::Network;
use std::sync::Arc;

/// Blocks that a node may be behind another one without anybody having to look.
const LAG_BLOCKS_MAX: u64 = 2;

/// Every node of every network that is on.
pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    if settings.networks.is_empty() {
        let said = "no network is enabled; set `rpc` in a section such as [networks.btc]";
        return vec![Finding::wrong("networks", said)];
    }
    let mut findings = Vec::new();
    for (network, on) in &settings.networks {
        findings.extend(nodes(*network, on).await);
    }
    findings
}

async fn nodes(network: Network, settings: &NetworkSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut heights = Vec::new();
    for place in 0..settings.rpc.len() {
        let subject = format!("networks.{network}.rpc[{place}]");
        let chain = match assembly::real_chain(network, &settings.alone(place)) {
            Ok(chain) => chain,
            Err(failure) => {
                findings.push(Finding::wrong(&subject, failure.to_string()));
                continue;
            }
        };
        let name = node_name(&chain);
        let asked = match chain.identify().await {
            Ok(()) => chain.head().await,
            Err(error) => Err(error),
        };
        match asked {
            Ok(head) => heights.push((subject, name, head.height)),
            Err(error) => findings.push(Finding::wrong(&subject, error.to_string())),
        }
    }
    let newest = heights.iter().map(|(_, _, height)| *height).max().unwrap_or(0);
    for (subject, name, height) in heights {
        let lag = newest.saturating_sub(height);
        let chain = match &settings.evm {
            Some(evm) => format!("chain id {}", evm.chain_id),
            None => settings.chain.to_string(),
        };
        let said = format!("{name}: {network} {chain}, height {height}");
        findings.push(match lag {
            0..=LAG_BLOCKS_MAX => Finding::well(&subject, said),
            lag => Finding::look(&subject, format!("{said}, {lag} blocks behind another node")),
        });
    }
    findings
}

/// Host and port.
fn node_name(chain: &Arc<dyn Chain>) -> String {
    let nodes = chain.providers().into_iter();
    nodes.map(|provider| provider.node).collect::<Vec<_>>().join(", ")
}
