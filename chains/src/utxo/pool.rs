//! The mempool as one node tells it, and what of it has been told already.
//!
//! The list is read whole at each look (67 bytes a transaction); what is in a transaction is read
//! once. List, transactions and head come from one node: two nodes never have the same mempool, and
//! what one of them lacks has not left the other.

use super::provider::{PoolList, Provider, Read};
use crate::adapter::{ChainError, Mempool, WaitingTransaction, Witness};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Transactions asked for in one request.
const BATCH_TRANSACTIONS_MAX: usize = 100;
/// Transactions told in one answer; the rest of a mempool that is new to us comes with the next.
const NEW_TRANSACTIONS_MAX: usize = 2_000;
/// Transfers told in one answer, give or take those of one request.
const NEW_TRANSFERS_MAX: usize = 100_000;
/// How often a transaction that the node cannot tell holds up the word that all are told. It is
/// asked for as long as it waits, and is seen in its block at the latest.
const REFUSALS_MAX: u32 = 3;
/// How far the start of a node, as reckoned from its uptime in whole seconds, may seem to move.
const UPTIME_SLACK_S: u64 = 2;

/// What is remembered of the nodes' mempools between two looks.
pub(super) struct Pool {
    network: Network,
    opened: Instant,
    told: Mutex<Told>,
    /// By the node's place in the list of nodes.
    views: Mutex<Views>,
}

/// What of the waiting transactions has been told; never more than the last list was long.
#[derive(Default)]
struct Told {
    whole: HashSet<Hash32>,
    /// Those that the node could not tell, and how often.
    refused: HashMap<Hash32, u32>,
}

#[derive(Default)]
struct Views {
    newest: u64,
    of_nodes: HashMap<usize, View>,
}

/// How a node was known when it told its list.
#[derive(Clone, Copy)]
struct View {
    number: u64,
    /// When the node started, in seconds after this adapter.
    started_s: i64,
    /// How often it had not answered by then: after each time it may have been restarted.
    outages: u64,
}

/// What one look has brought.
#[derive(Default)]
struct Look {
    new: Vec<WaitingTransaction>,
    transfers: usize,
    refused: Vec<(Hash32, String)>,
    /// More is new than one answer tells.
    more: bool,
}

impl Pool {
    pub(super) fn new(network: Network) -> Pool {
        Pool { network, opened: Instant::now(), told: Mutex::default(), views: Mutex::default() }
    }

    /// Forgets what was told.
    pub(super) fn tell_anew(&self) {
        self.told.lock().whole.clear();
    }

    /// The mempool of the node at this place in the list of nodes.
    pub(super) async fn of(
        &self,
        place: usize,
        provider: &Provider,
        is_alone: bool,
    ) -> Result<Mempool, ChainError> {
        let list = provider.pool().await?;
        let look = self.look(provider, &list).await?;
        let view = self.view(place, provider.outages(), list.uptime);
        let txids: HashSet<Hash32> = list.txids.into_iter().collect();
        let all_told = self.remember(&txids, &look) && !look.more;
        let alone_for = list.uptime.filter(|_| is_alone);
        let witness = Witness { view, alone_for };
        let (head, is_whole, new) = (list.head, list.is_whole, look.new);
        Ok(Mempool { txids, head, new, is_whole, all_told, witness })
    }

    /// Reads what has not been told; those that were refused before come last.
    async fn look(&self, provider: &Provider, list: &PoolList) -> Result<Look, ChainError> {
        let untold: (Vec<Hash32>, Vec<Hash32>) = {
            let told = self.told.lock();
            let untold = list.txids.iter().filter(|txid| !told.whole.contains(*txid));
            untold.partition(|txid| !told.refused.contains_key(*txid))
        };
        let (fresh, refused_before) = untold;
        let all: Vec<Hash32> = fresh.into_iter().chain(refused_before).collect();
        let mut look = Look::default();
        let mut asked = 0usize;
        for batch in all.chunks(BATCH_TRANSACTIONS_MAX) {
            if asked >= NEW_TRANSACTIONS_MAX || look.transfers >= NEW_TRANSFERS_MAX {
                look.more = true;
                break;
            }
            asked = asked.saturating_add(batch.len());
            for (txid, read) in batch.iter().zip(provider.transactions(batch).await?) {
                match read {
                    Read::Told(waiting) => {
                        look.transfers = look.transfers.saturating_add(waiting.transfers.len());
                        look.new.push(waiting);
                    }
                    // It was in the list, which stands; the next one will not have it.
                    Read::Gone => {}
                    Read::Refused(why) => look.refused.push((*txid, why)),
                }
            }
        }
        Ok(look)
    }

    /// Notes what was told, and forgets what waits no longer. False while a transaction is left
    /// that the node may yet tell.
    fn remember(&self, txids: &HashSet<Hash32>, look: &Look) -> bool {
        let mut told = self.told.lock();
        told.whole.retain(|txid| txids.contains(txid));
        told.whole.extend(look.new.iter().map(|waiting| waiting.txid));
        told.refused.retain(|txid, _| txids.contains(txid));
        for waiting in &look.new {
            told.refused.remove(&waiting.txid);
        }
        for (txid, why) in &look.refused {
            let times = told.refused.entry(*txid).or_default();
            *times = times.saturating_add(1);
            if *times == 1 || *times == REFUSALS_MAX {
                let network = self.network;
                tracing::warn!(%network, %txid, times, why, "a waiting transaction is not told");
            }
        }
        told.refused.values().all(|times| *times >= REFUSALS_MAX)
    }

    /// A node keeps its view until it restarts. One whose uptime jumps, or that does not tell it, may
    /// be another one behind the same address each time.
    fn view(&self, place: usize, outages: u64, uptime: Option<Duration>) -> u64 {
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let started_s =
            uptime.map(|uptime| seconds(self.opened.elapsed()).saturating_sub(seconds(uptime)));
        let mut views = self.views.lock();
        let before = views.of_nodes.get(&place).copied().filter(|view| view.outages == outages);
        // Whole seconds on both sides: a node that ran for a moment only may hide in the slack.
        let moved_s = before.zip(started_s).map(|(view, now_s)| view.started_s.abs_diff(now_s));
        let number = match before {
            Some(view) if moved_s.is_some_and(|moved_s| moved_s <= UPTIME_SLACK_S) => view.number,
            Some(_) | None => {
                views.newest = views.newest.saturating_add(1);
                views.newest
            }
        };
        let started_s = started_s.unwrap_or(i64::MIN);
        views.of_nodes.insert(place, View { number, started_s, outages });
        number
    }
}
