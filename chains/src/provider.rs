//! What nodes of every kind have in common: a server that is asked over HTTP within a time limit,
//! how it was last seen, and several of them behind one network.
//!
//! What is asked, and what an answer means, is each family's own (`utxo`, `evm`, `tron`).
//!
//! | part | for |
//! |---|---|
//! | `transport` | HTTP to one server: limits, credentials, and what its failures mean |
//! | `rpc` | JSON-RPC 2.0 over it: one call, several calls in one request |
//! | `health` | how a node was last seen, and until when it wants to be left alone |
//! | `nodes` | several nodes: the next one when one fails or lags |

mod health;
mod nodes;
mod rpc;
#[cfg(test)]
pub(crate) mod stub;
mod transport;

pub use health::Health;
pub use nodes::{Node, Nodes, Question};
pub use rpc::{Answer, Meaning, NO_SUCH_METHOD, NodeError, Reply, Rpc};
pub use transport::{Sentences, Transport};

use cryptopayment_domain::network::Network;

/// Why the configured nodes cannot be used. Never shows the URL: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No node is named.
    #[error("no node is named; give at least one URL in rpc")]
    None,
    /// Not a URL of the form `http://user:password@host:port`.
    #[error("an entry of rpc is no URL like http://user:password@127.0.0.1:8332")]
    NotAUrl,
    /// The network is not read this way.
    #[error("{0} is not a network of this kind")]
    OtherNetwork(Network),
    /// The HTTP client could not be made.
    #[error("no HTTP client: {0}")]
    Client(String),
}
