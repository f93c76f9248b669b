//! HTTP: given the engine's door, the views and the feed; served until the process is told to stop.

use crate::failure::Failure;
use cryptopayment_actors::gateway::Gateway;
use cryptopayment_http::{HttpConfig, HttpContext, PaymentUri, Probe};
use cryptopayment_storage::Store;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Everything HTTP needs, put together.
pub struct Site(HttpContext);

/// Puts it together.
///
/// # Errors
/// When the metrics have a recorder already.
pub fn site(
    gateway: &Gateway,
    store: &Store,
    config: HttpConfig,
    payment_uri: PaymentUri,
) -> Result<Site, Failure> {
    let builder = metrics_exporter_prometheus::PrometheusBuilder::new();
    let prometheus = builder.install_recorder().map_err(Failure::new)?;
    Ok(Site(HttpContext {
        gateway: gateway.clone(),
        views: store.views(),
        feed: store.feed(),
        config: Arc::new(config),
        payment_uri,
        prometheus,
        probes: vec![store_probe(store), super::verifying::start(store)],
    }))
}

/// What keeps the store from being ready.
fn store_probe(store: &Store) -> Probe {
    let store = store.clone();
    Arc::new(move || {
        let ails = match (store.is_healthy(), store.has_room()) {
            (false, _) => Some("it has failed; restart the gateway and look at the disk"),
            (true, false) => Some("too little free space, or more than the disk can take"),
            (true, true) => None,
        };
        ails.map(|ails| format!("store: {ails}"))
    })
}

impl Site {
    /// Serves until SIGINT or SIGTERM.
    pub async fn serve(self, listener: TcpListener) {
        cryptopayment_http::serve(vec![listener], self.0, told_to_stop()).await;
    }
}

async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be listened for; stop with SIGKILL");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!(
        "stopping: requests under way are answered, then the journal is closed; a second signal ends \
         the process at once"
    );
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        // What was acknowledged is in the journal; the next start makes up for the rest.
        eprintln!("cryptopayment: told twice to stop; ending at once");
        std::process::exit(1);
    });
}
