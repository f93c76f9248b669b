//! The courier: one webhook, sent once, to an endpoint that nobody here trusts.
//!
//! No redirects, no proxy from the environment, fifteen seconds in all, at most 16 KiB of the
//! answer, kept connections, `https` except into the networks that the operator allows.

use super::authorities::Authorities;
use super::endpoint_url::{self, BadEndpoint, Endpoint};
use super::guard::Guard;
use super::kept::Kept;
use super::resolver::{GuardedResolver, Names, SystemNames};
use super::{excerpt, retry_after, trouble};
use crate::descriptors;
use async_trait::async_trait;
use cryptopayment_actors::ports::{Courier, Parcel, Receipt};
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::Outcome;
use reqwest::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the courier names itself.
pub(super) const USER_AGENT: &str = concat!("CryptoPayment/", env!("CARGO_PKG_VERSION"));
/// What is read of an answer; it lets the connection be kept, and says nothing else to us.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Kept connections to one endpoint: as many as may be in flight to it.
const KEPT_PER_ENDPOINT: usize = 8;
/// How long an unused connection is kept.
const UNUSED_MAX: Duration = Duration::from_secs(60);

/// Delivers webhooks over HTTP.
pub struct HttpCourier {
    guard: Arc<Guard>,
    time_max: Duration,
    kept: Kept,
    /// None on a machine without CA certificates: it may still deliver in the clear.
    encrypted: Option<Client>,
    plain: Client,
}

/// The system offers nothing to deliver with.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made: {0}")]
pub struct NoClient(#[from] reqwest::Error);

/// What a courier works with.
struct Means {
    guard: Arc<Guard>,
    authorities: Authorities,
    names: Arc<dyn Names>,
    time_max: Duration,
    /// Endpoints whose connections are kept.
    kept_max: usize,
}

impl Means {
    fn of_this_machine(guard: Guard, authorities: Authorities) -> Means {
        Means {
            guard: Arc::new(guard),
            authorities,
            names: Arc::new(SystemNames),
            time_max: HttpCourier::TIME_MAX,
            kept_max: descriptors::kept_max() / KEPT_PER_ENDPOINT,
        }
    }
}

impl HttpCourier {
    /// From connecting to the last byte read.
    pub const TIME_MAX: Duration = Duration::from_secs(15);

    /// A courier that goes to public addresses and where `guard` allows besides, and believes the
    /// certificates of the system's authorities and of these.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(guard: Guard, authorities: Authorities) -> Result<HttpCourier, NoClient> {
        HttpCourier::with(Means::of_this_machine(guard, authorities))
    }

    fn with(means: Means) -> Result<HttpCourier, NoClient> {
        let encrypted = client(&means, false).inspect_err(|error| {
            // A sandbox on a bare machine has to start all the same.
            let error: &dyn Error = error;
            tracing::warn!(error, "https webhooks cannot be delivered; install CA certificates");
        });
        let (encrypted, plain) = (encrypted.ok(), client(&means, true)?);
        let kept = Kept::new(means.kept_max, UNUSED_MAX);
        Ok(HttpCourier { guard: means.guard, time_max: means.time_max, kept, encrypted, plain })
    }

    async fn send(&self, parcel: &Parcel) -> Heard {
        let endpoint = match endpoint_url::check(&parcel.url, &self.guard) {
            Ok(endpoint) => endpoint,
            Err(bad) => return Heard::nothing(refused(&bad)),
        };
        match tokio::time::timeout(self.time_max, self.ask(parcel, endpoint)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Heard::nothing(trouble::outcome(&error)),
            Err(_) => Heard::nothing(Outcome::TimedOut),
        }
    }

    /// Sends, and reads what comes back as far as it is wanted.
    async fn ask(&self, parcel: &Parcel, endpoint: Endpoint) -> Result<Heard, reqwest::Error> {
        let client = if endpoint.plain { Some(&self.plain) } else { self.encrypted.as_ref() };
        let Some(client) = client else { return Ok(Heard::nothing(without_certificates())) };
        let began = Instant::now();
        let is_kept = self.kept.admits(host_and_port(&endpoint.url), began);
        let request = client.post(endpoint.url);
        let request = if is_kept { request } else { request.header(CONNECTION, "close") };
        let answer = request
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", parcel.event.to_string())
            .header("webhook-timestamp", parcel.sent_at.unix_s().to_string())
            .header("webhook-signature", &parcel.signature)
            .body(parcel.body.clone())
            .send()
            .await?;
        let status = answer.status().as_u16();
        let waited_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let now = parcel.sent_at.plus(Span::from_ms(waited_ms));
        let header = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|header| retry_after::parse(header, now));
        // The status is the acknowledgement. An endpoint that never ends its answer keeps it.
        let left = self.time_max.saturating_sub(began.elapsed());
        let mut kept = Vec::new();
        let _ = tokio::time::timeout(left, drain(answer, &mut kept)).await;
        let (outcome, answer) = (Outcome::Answered { status }, excerpt::of(&kept));
        Ok(Heard { outcome, retry_after, answer })
    }
}

/// What came of an attempt.
struct Heard {
    outcome: Outcome,
    retry_after: Option<Span>,
    answer: String,
}

impl Heard {
    /// No answer came.
    const fn nothing(outcome: Outcome) -> Heard {
        Heard { outcome, retry_after: None, answer: String::new() }
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn deliver(&self, parcel: Parcel) -> Receipt {
        let began = Instant::now();
        let Heard { outcome, retry_after, answer } = self.send(&parcel).await;
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        Receipt { outcome, retry_after, took_ms, answer }
    }
}

fn client(means: &Means, plain: bool) -> Result<Client, reqwest::Error> {
    let (names, guard) = (Arc::clone(&means.names), Arc::clone(&means.guard));
    let builder = Client::builder();
    // The one that never speaks TLS needs no certificates, and must not ask the system for them.
    let builder = if plain {
        builder.tls_certs_only([])
    } else {
        builder.tls_certs_merge(means.authorities.certificates())
    };
    builder
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .https_only(!plain)
        .dns_resolver(Arc::new(GuardedResolver { names, guard, plain }))
        // A connection that is begun and then not needed, because another became free, goes on
        // being made behind the attempt's back: it must have an end of its own.
        .connect_timeout(means.time_max)
        .pool_max_idle_per_host(KEPT_PER_ENDPOINT)
        .pool_idle_timeout(UNUSED_MAX)
        .retry(reqwest::retry::never())
        .build()
}

/// What connections are kept by.
fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Reads the answer's body up to the bound, so that the connection can be used again, and keeps
/// its beginning. What is counted is what has been unpacked, were the client ever to unpack.
async fn drain(mut answer: Response, kept: &mut Vec<u8>) {
    let mut left = ANSWER_BYTES_MAX;
    while let Ok(Some(piece)) = answer.chunk().await {
        let room = excerpt::READ_BYTES_MAX.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn without_certificates() -> Outcome {
    let error = "this gateway has no CA certificates to check the endpoint with; tell its operator";
    Outcome::Unreachable { error: error.to_owned() }
}

fn refused(bad: &BadEndpoint) -> Outcome {
    Outcome::Blocked { reason: bad.to_string() }
}

#[cfg(test)]
mod tests;
