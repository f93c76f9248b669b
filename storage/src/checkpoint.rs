//! How far a network was scanned: what its watcher goes on from after a restart.

use cryptopayment_domain::payment::Hash32;

/// Where a watcher stands. It is no fact: without it the watcher starts further back and scans
/// again, which changes nothing. It is saved behind the facts of its block and never ahead of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Height of the last block whose facts are all in the journal.
    pub height: u64,
    /// Hashes of the last blocks up to that one, oldest first: where a fork is looked for.
    pub hashes: Vec<Hash32>,
    /// TRON: the newest solidified height that was known then.
    pub solid_height: Option<u64>,
}
