//! The accept loop: bounded connections, slow clients let go, and a graceful stop.
//!
//! warp's own server has no bound on connections and no clock on headers, so warp's filters are
//! served from here through hyper, one task per connection.

mod connection;
mod wire;

use crate::descriptors;
use crate::dispatch::{Site, filter};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// How long the loop waits when the system has no descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `site` on these listeners until `shutdown` ends; then takes no more connections and ends
/// when every request under way is answered, or [`stop_timeout`](crate::HttpConfig::stop_timeout) has passed.
pub async fn run(
    listeners: Vec<TcpListener>,
    site: Arc<Site>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let config = site.context.config.clone();
    let (stop, stopping) = watch::channel(false);
    let connections_max = descriptors::connections_max(config.connections_max);
    let slots = Arc::new(Semaphore::new(connections_max));
    let loops: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let door = Door { site: Arc::clone(&site), slots: Arc::clone(&slots) };
            tokio::spawn(door.accept(listener, stopping.clone()))
        })
        .collect();
    shutdown.await;
    // Nobody listening any more is as good as being told.
    let _ = stop.send(true);
    for accepting in loops {
        let _ = accepting.await;
    }
    drain(&slots, connections_max, config.stop_timeout).await;
}

/// Waits until every connection has given its slot back.
async fn drain(slots: &Semaphore, connections_max: usize, time_max: Duration) {
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(time_max, slots.acquire_many(all)).await.is_err() {
        tracing::warn!("connections were still open when the time to stop was over");
    }
}

struct Door {
    site: Arc<Site>,
    slots: Arc<Semaphore>,
}

impl Door {
    /// Takes connections in as long as there are slots; the rest wait in the listener's backlog.
    async fn accept(self, listener: TcpListener, mut stopping: watch::Receiver<bool>) {
        loop {
            let next = async {
                let slot = Arc::clone(&self.slots).acquire_owned().await;
                (listener.accept().await, slot)
            };
            let (accepted, slot) = tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => return,
                next = next => next,
            };
            match (accepted, slot) {
                (Ok((stream, peer)), Ok(slot)) => {
                    self.admit(stream, peer.ip(), slot, stopping.clone());
                }
                (Err(error), _) => {
                    tracing::warn!(%error, "a connection could not be taken in");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                // The semaphore is never closed; if it were, nothing could be served.
                (_, Err(_)) => return,
            }
        }
    }

    fn admit(
        &self,
        stream: TcpStream,
        peer: std::net::IpAddr,
        slot: OwnedSemaphorePermit,
        stopping: watch::Receiver<bool>,
    ) {
        // Answers are small and whole; waiting to merge them would only delay them.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(warp::service(filter(Arc::clone(&self.site))));
        let config = &self.site.context.config;
        let connection = connection::Connection {
            peer,
            header_read_timeout: config.header_read_timeout,
            write_stall_timeout: config.write_stall_timeout,
        };
        let site = Arc::clone(&self.site);
        tokio::spawn(async move {
            metrics::gauge!("http_connections").increment(1);
            connection.serve(stream, service, stopping, &site).await;
            metrics::gauge!("http_connections").decrement(1);
            drop(slot);
        });
    }
}
