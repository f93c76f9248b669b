//! HTTP: the API, the pages, the webhooks that go out. `domain`, `actors` and the read-only views of
//! `storage` are the rooms below; the binary is the only caller.
//!
//! A request comes in through [`server`], is taken apart by warp, and goes its way in [`dispatch`]:
//! the [`table`] finds its endpoint, the checks that all share follow in the contract's order, then
//! the endpoint's own file in [`endpoints`]. Reads go to the views and wake no actor; whatever
//! changes something goes through the actors' gateway.
//!
//! | part | for |
//! |---|---|
//! | [`table`], [`endpoints`] | every endpoint: one line, one file |
//! | [`openapi`] | the document, made from them |
//! | [`dispatch`], [`call`] | the way of a request, what an endpoint is handed |
//! | [`credentials`], [`limits`], [`client_address`], [`body`], [`idempotency`] | the checks |
//! | [`json`], [`query`] | reading strictly, writing exactly |
//! | [`answer`], [`error`], [`refusals`], [`render`] | what goes back |
//! | [`pages`] | the checkout |
//! | [`outgoing`] | webhooks, the guard of their addresses, price sources |
//! | [`server`], [`config`], [`context`], [`meters`], [`request_id`], [`cidr`], [`sandbox`], `descriptors` | what carries it |

pub mod answer;
pub mod body;
pub mod call;
pub mod cidr;
pub mod client_address;
pub mod config;
pub mod context;
pub mod credentials;
mod descriptors;
pub mod dispatch;
pub mod endpoints;
pub mod error;
pub mod idempotency;
pub mod json;
pub mod limits;
pub mod meters;
pub mod openapi;
pub mod outgoing;
pub mod pages;
pub mod query;
pub mod refusals;
pub mod render;
pub mod request_id;
pub mod sandbox;
pub mod server;
pub mod table;

pub use cidr::Cidr;
pub use config::{HttpConfig, RateLimit};
pub use context::{HttpContext, PaymentUri, Probe};
pub use outgoing::authorities::Authorities;
pub use outgoing::courier::HttpCourier;
pub use outgoing::guard::Guard;
pub use outgoing::prices::{NoPriceSource, PRICE_SOURCES, check_source_url, price_sources};

use dispatch::Site;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How often what the meters have gathered is summed up, so that it does not grow unread.
const METERS_EVERY: Duration = Duration::from_secs(10);

/// Serves the gateway on these listeners until `shutdown` ends, then stops gracefully: requests
/// under way are answered, checkout pages are told to come back.
pub async fn serve(
    listeners: Vec<TcpListener>,
    context: HttpContext,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (feed, prometheus) = (context.feed.clone(), context.prometheus.clone());
    let site = Arc::new(Site::new(context));
    let following = tokio::spawn(site.live.clone().follow(feed));
    let metering = tokio::spawn(async move {
        let mut rounds = tokio::time::interval(METERS_EVERY);
        loop {
            rounds.tick().await;
            prometheus.run_upkeep();
        }
    });
    let live = site.live.clone();
    server::run(listeners, site, async move {
        shutdown.await;
        live.close();
    })
    .await;
    metering.abort();
    // It ends by itself: the pages are closed.
    let _ = following.await;
}
