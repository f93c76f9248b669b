//! The node of a simulated network: a faucet to pay from, a hand to mine and reorganise with.

use super::chain::{ChainState, Impossible};
use super::faults::{Fault, Faults};
use super::record::{PayStyle, Record, ReorgStyle};
use super::rpc::NodeRpc;
use super::store::ChainStore;
use crate::address::Address;
use cryptopayment_domain::money::{Money, MoneyError};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;
use parking_lot::{Mutex, RwLock};
use std::io;
use std::sync::Arc;
use tokio::sync::watch;

/// What a chain that does not exist yet begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// The genesis block's time.
    pub now: Timestamp,
    /// Chance, so that two sandboxes have two chains.
    pub salt: [u8; 32],
}

/// A simulated network's node. Clones are the same node; all of it may be used from any thread.
///
/// Everything that changes it returns when the change is durable, and blocks its thread so long.
#[derive(Clone)]
pub struct SimulatedNode {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    network: Network,
    store: Arc<dyn ChainStore>,
    /// One writer at a time, across the disk; readers never wait for it. True once a write failed:
    /// whether that record is kept is unknown, so nothing may follow it.
    stopped: Mutex<bool>,
    pub(super) state: RwLock<ChainState>,
    pub(super) faults: RwLock<Faults>,
    changes: watch::Sender<u64>,
}

/// Why the node does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// It cannot be done; nothing has changed.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// Address or amount belong to another network.
    #[error("{0} does not belong to {1}")]
    OtherNetwork(String, Network),
    /// The store failed, now or earlier; the node must be opened anew.
    #[error("the simulated chain's store failed: {0}")]
    Store(String),
    /// The records kept make no chain.
    #[error("record {number} of the simulated chain is damaged: {reason}")]
    Damaged {
        /// Which, counted from 1.
        number: u64,
        /// Why.
        reason: String,
    },
    /// The records kept are another network's.
    #[error("the simulated chain kept here is {0}, not {1}")]
    OtherChain(Network, Network),
}

impl SimulatedNode {
    /// Opens the chain kept in a store, or begins it there.
    ///
    /// # Errors
    /// [`NodeError::Store`], [`NodeError::Damaged`], [`NodeError::OtherChain`].
    pub fn open(
        network: Network,
        store: Arc<dyn ChainStore>,
        birth: Birth,
    ) -> Result<SimulatedNode, NodeError> {
        let state = match replay(store.as_ref())? {
            Some(state) if state.identity().network == network => state,
            Some(state) => return Err(NodeError::OtherChain(state.identity().network, network)),
            None => begin(network, store.as_ref(), birth)?,
        };
        let inner = Inner {
            network,
            store,
            stopped: Mutex::new(false),
            state: RwLock::new(state),
            faults: RwLock::default(),
            changes: watch::Sender::new(0),
        };
        Ok(SimulatedNode { inner: Arc::new(inner) })
    }

    /// Sends a payment from the faucet; it waits in the mempool. Returns its txid.
    ///
    /// # Errors
    /// [`NodeError::Impossible`] (zero, more than the faucet gives), [`NodeError::OtherNetwork`],
    /// [`NodeError::Store`].
    pub fn pay(&self, payee: &Address, amount: Money) -> Result<Hash32, NodeError> {
        self.pay_many(&[(payee.clone(), amount)], PayStyle::Plain)
    }

    /// Sends one transaction that pays several, as outputs, inner transfers or logs in this order.
    ///
    /// # Errors
    /// As [`SimulatedNode::pay`].
    pub fn pay_many(
        &self,
        payees: &[(Address, Money)],
        style: PayStyle,
    ) -> Result<Hash32, NodeError> {
        let payees = self.encoded(payees)?;
        let made = self.commit(&Record::Sent { style, payees })?;
        made.ok_or(NodeError::Store("no transaction was made".to_owned()))
    }

    /// Replaces a waiting transaction by one that spends the same coin on these payees.
    ///
    /// # Errors
    /// As [`SimulatedNode::pay`], and [`NodeError::Impossible`] when it does not wait.
    pub fn replace(&self, txid: Hash32, payees: &[(Address, Money)]) -> Result<Hash32, NodeError> {
        let record = Record::Replaced { txid: txid.to_string(), payees: self.encoded(payees)? };
        self.commit(&record)?.ok_or(NodeError::Store("no transaction was made".to_owned()))
    }

    fn encoded(&self, payees: &[(Address, Money)]) -> Result<Vec<(String, u128)>, NodeError> {
        let network = self.inner.network;
        let other = |what: String| NodeError::OtherNetwork(what, network);
        let payees = payees.iter().map(|(payee, amount)| {
            if payee.network() != network {
                return Err(other(payee.to_string()));
            }
            if amount.network() != network {
                return Err(other(format!("an amount of {}", amount.network())));
            }
            Ok((hex::encode(payee.bytes()), amount.units()))
        });
        payees.collect()
    }

    /// Mines blocks; the first takes what waits. Returns the new height.
    ///
    /// # Errors
    /// [`NodeError::Impossible`] for none or too many, [`NodeError::Store`].
    pub fn mine(&self, blocks: u32, now: Timestamp) -> Result<u64, NodeError> {
        self.commit(&Record::Mined { blocks, time_s: now.unix_s() })?;
        Ok(self.height())
    }

    /// Replaces the last `depth` blocks by as many and one more. Returns the new height.
    ///
    /// # Errors
    /// [`NodeError::Impossible`] for more than there are or than TRON allows, [`NodeError::Store`].
    pub fn reorganise(
        &self,
        depth: u32,
        style: ReorgStyle,
        now: Timestamp,
    ) -> Result<u64, NodeError> {
        self.reorganise_to(depth, depth.saturating_add(1), style, now)
    }

    /// Replaces the last `depth` blocks by `blocks` others; fewer make the chain shorter.
    ///
    /// # Errors
    /// As [`SimulatedNode::reorganise`].
    pub fn reorganise_to(
        &self,
        depth: u32,
        blocks: u32,
        style: ReorgStyle,
        now: Timestamp,
    ) -> Result<u64, NodeError> {
        self.commit(&Record::Reorganised { depth, blocks, style, time_s: now.unix_s() })?;
        Ok(self.height())
    }

    /// Replaces a waiting transaction by one that spends the same coin back to the faucet, and
    /// returns that one's txid.
    ///
    /// # Errors
    /// [`NodeError::Impossible`] when it does not wait, [`NodeError::Store`].
    pub fn double_spend(&self, txid: Hash32) -> Result<Hash32, NodeError> {
        let made = self.commit(&Record::DoubleSpent { txid: txid.to_string() })?;
        made.ok_or(NodeError::Store("no transaction was made".to_owned()))
    }

    /// Forgets a waiting transaction.
    ///
    /// # Errors
    /// As [`SimulatedNode::double_spend`].
    pub fn evict(&self, txid: Hash32) -> Result<(), NodeError> {
        self.commit(&Record::Evicted { txid: txid.to_string() }).map(|_| ())
    }

    /// Decides, keeps, then shows: what a reader can see is on disk.
    fn commit(&self, record: &Record) -> Result<Option<Hash32>, NodeError> {
        let mut stopped = self.inner.stopped.lock();
        if *stopped {
            return Err(NodeError::Store("an earlier write failed".to_owned()));
        }
        self.inner.state.read().check(record)?;
        let bytes = record.encode().map_err(|error| NodeError::Store(error.to_string()))?;
        // Until the change is shown, whatever goes wrong leaves disk and memory unequal.
        *stopped = true;
        self.inner.store.append(&bytes).map_err(|error| NodeError::Store(error.to_string()))?;
        let made = self.inner.state.write().apply(record)?;
        *stopped = false;
        self.inner.changes.send_modify(|changes| *changes = changes.saturating_add(1));
        Ok(made)
    }

    /// Switches faults on, and all others off.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.inner.faults.write().set(faults);
    }

    /// What a client may ask.
    pub fn rpc(&self) -> NodeRpc {
        NodeRpc::new(self.clone())
    }

    /// Counts the changes; whoever waits on it hears of each new block and transaction.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// The network.
    pub fn network(&self) -> Network {
        self.inner.network
    }

    /// The newest block's height.
    pub fn height(&self) -> u64 {
        self.inner.state.read().height()
    }

    /// The genesis block's hash: which chain this is.
    pub fn genesis(&self) -> Hash32 {
        let state = self.inner.state.read();
        state.block(0).map_or(Hash32([0; 32]), |genesis| genesis.hash)
    }

    /// What an address has by the chain's blocks.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] never happens: the supply is less than money can be.
    pub fn balance(&self, address: &Address) -> Result<Money, MoneyError> {
        Money::new(self.inner.network, self.inner.state.read().balance(address.bytes()))
    }
}

fn begin(network: Network, store: &dyn ChainStore, birth: Birth) -> Result<ChainState, NodeError> {
    let record = Record::Born {
        network: network.name().to_owned(),
        salt: hex::encode(birth.salt),
        time_s: birth.now.unix_s(),
    };
    let state = ChainState::born(&record)?;
    let bytes = record.encode().map_err(|error| NodeError::Store(error.to_string()))?;
    store.append(&bytes).map_err(|error| NodeError::Store(error.to_string()))?;
    Ok(state)
}

fn replay(store: &dyn ChainStore) -> Result<Option<ChainState>, NodeError> {
    let mut state: Option<ChainState> = None;
    let mut number = 0u64;
    let mut damage = None;
    let replayed = store.replay(&mut |bytes| {
        number = number.saturating_add(1);
        replay_one(&mut state, bytes).map_err(|reason| {
            damage = Some(NodeError::Damaged { number, reason });
            io::Error::from(io::ErrorKind::InvalidData)
        })
    });
    match (damage, replayed) {
        (Some(damage), _) => Err(damage),
        (None, Err(error)) => Err(NodeError::Store(error.to_string())),
        (None, Ok(())) => Ok(state),
    }
}

fn replay_one(state: &mut Option<ChainState>, bytes: &[u8]) -> Result<(), String> {
    let record = Record::decode(bytes)?;
    match state {
        Some(state) => state.apply(&record).map(|_| ()).map_err(|error| error.to_string()),
        None => {
            *state = Some(ChainState::born(&record).map_err(|error| error.to_string())?);
            Ok(())
        }
    }
}
