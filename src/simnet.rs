//! Simulated chains kept on the store's record log: `DIR/simnet/NETWORK`.

use crate::failure::Failure;
use cryptopayment_chains::simulated::{Birth, ChainStore, SimulatedNode};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_storage::journal::{RecordLog, Replay};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The port between the two rooms that do not know each other.
struct LogStore {
    log: Mutex<RecordLog>,
    /// What the log held when it was opened; read once, by the node.
    kept: Mutex<Option<Replay>>,
}

impl ChainStore for LogStore {
    fn append(&self, record: &[u8]) -> io::Result<()> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.append(record).map(|_| ()).map_err(io::Error::other)
    }

    fn replay(&self, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        for record in kept.into_iter().flatten() {
            each(&record.map_err(io::Error::other)?)?;
        }
        Ok(())
    }
}

/// Opens all five simulated chains, or begins them.
///
/// # Errors
/// What the disk says, with the folder.
pub fn open(data_dir: &Path, now: Timestamp) -> Result<BTreeMap<Network, SimulatedNode>, Failure> {
    let mut nodes = BTreeMap::new();
    for network in Network::ALL {
        let folder = data_dir.join("simnet").join(network.name());
        let (log, kept) = RecordLog::open(&folder).map_err(|error| Failure::at(&folder, error))?;
        let store = Arc::new(LogStore { log: Mutex::new(log), kept: Mutex::new(Some(kept)) });
        let birth = Birth { now, salt: rand::random() };
        let node = SimulatedNode::open(network, store, birth)
            .map_err(|error| Failure::at(&folder, error))?;
        nodes.insert(network, node);
    }
    Ok(nodes)
}
