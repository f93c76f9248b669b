//! The courier: one webhook, sent once, to an endpoint that nobody here trusts.
//!
//! No redirects, no proxy from the environment, fifteen seconds in all, at most 16 KiB of the
//! answer, kept connections, `https` except into the networks that the operator allows.

use super::endpoint_url::{self, BadEndpoint, Endpoint};
use super::guard::{BlockedAddress, Guard};
use super::resolver::GuardedResolver;
use super::{excerpt, retry_after};
use async_trait::async_trait;
use cryptopayment_actors::ports::{Courier, Parcel, Receipt};
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::Outcome;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, redirect};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the courier names itself.
pub(super) const USER_AGENT: &str = concat!("CryptoPayment/", env!("CARGO_PKG_VERSION"));
/// What is read of an answer; it lets the connection be kept, and says nothing else to us.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Kept connections to one endpoint: as many as may be in flight to it.
const KEPT_PER_ENDPOINT: usize = 8;
/// How long an unused connection is kept.
const KEPT_MAX: Duration = Duration::from_secs(60);

/// Delivers webhooks over HTTP.
pub struct HttpCourier {
    guard: Arc<Guard>,
    time_max: Duration,
    /// None on a machine without CA certificates: it may still deliver in the clear.
    encrypted: Option<Client>,
    plain: Client,
}

/// The system offers nothing to deliver with.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made: {0}")]
pub struct NoClient(#[from] reqwest::Error);

impl HttpCourier {
    /// From connecting to the last byte read.
    pub const TIME_MAX: Duration = Duration::from_secs(15);

    /// A courier that goes to public addresses and where `guard` allows besides.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(guard: Guard) -> Result<HttpCourier, NoClient> {
        HttpCourier::with_time_max(guard, HttpCourier::TIME_MAX)
    }

    /// A courier of another patience.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn with_time_max(guard: Guard, time_max: Duration) -> Result<HttpCourier, NoClient> {
        let guard = Arc::new(guard);
        let encrypted = client(&guard, false).inspect_err(|error| {
            // A sandbox on a bare machine has to start all the same.
            let error: &dyn Error = error;
            tracing::warn!(error, "https webhooks cannot be delivered; install CA certificates");
        });
        let (encrypted, plain) = (encrypted.ok(), client(&guard, true)?);
        Ok(HttpCourier { guard, time_max, encrypted, plain })
    }

    async fn send(&self, parcel: &Parcel) -> Heard {
        let endpoint = match endpoint_url::check(&parcel.url, &self.guard) {
            Ok(endpoint) => endpoint,
            Err(bad) => return Heard::nothing(refused(&bad)),
        };
        match tokio::time::timeout(self.time_max, self.ask(parcel, endpoint)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Heard::nothing(failed(&error)),
            Err(_) => Heard::nothing(Outcome::TimedOut),
        }
    }

    /// Sends, and reads what comes back as far as it is wanted.
    async fn ask(&self, parcel: &Parcel, endpoint: Endpoint) -> Result<Heard, reqwest::Error> {
        let client = if endpoint.plain { Some(&self.plain) } else { self.encrypted.as_ref() };
        let Some(client) = client else { return Ok(Heard::nothing(without_certificates())) };
        let began = Instant::now();
        let answer = client
            .post(endpoint.url)
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

fn client(guard: &Arc<Guard>, plain: bool) -> Result<Client, reqwest::Error> {
    let resolver = GuardedResolver { guard: Arc::clone(guard), plain };
    let builder = Client::builder();
    // The one that never speaks TLS needs no certificates, and must not ask the system for them.
    let builder = if plain { builder.tls_certs_only([]) } else { builder };
    builder
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .https_only(!plain)
        .dns_resolver(Arc::new(resolver))
        .pool_max_idle_per_host(KEPT_PER_ENDPOINT)
        .pool_idle_timeout(KEPT_MAX)
        .retry(reqwest::retry::never())
        .build()
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

/// How an attempt failed, in words of our own: a library's error text may hold the URL, and the
/// URL a merchant's secret.
fn failed(error: &reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(blocked) = error.downcast_ref::<BlockedAddress>() {
            return Outcome::Blocked { reason: blocked.to_string() };
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && let Some(text) = connection_text(error)
        {
            return Outcome::Unreachable { error: text.to_owned() };
        }
        cause = error.source();
    }
    if error.is_timeout() {
        return Outcome::TimedOut;
    }
    let text = if error.is_connect() {
        "no connection could be made (name unknown, or no TLS)"
    } else {
        "what came back is no HTTP answer"
    };
    Outcome::Unreachable { error: text.to_owned() }
}

fn connection_text(error: &io::Error) -> Option<&'static str> {
    CONNECTION_TEXTS.iter().find(|(kind, _)| *kind == error.kind()).map(|(_, text)| *text)
}

const CONNECTION_TEXTS: [(io::ErrorKind, &str); 9] = [
    (io::ErrorKind::ConnectionRefused, "the connection was refused"),
    (io::ErrorKind::ConnectionReset, "the connection was reset"),
    (io::ErrorKind::ConnectionAborted, "the connection was reset"),
    (io::ErrorKind::BrokenPipe, "the connection was reset"),
    (io::ErrorKind::HostUnreachable, "there is no way to the endpoint"),
    (io::ErrorKind::NetworkUnreachable, "there is no way to the endpoint"),
    (io::ErrorKind::InvalidData, "the TLS handshake failed; check the certificate"),
    (io::ErrorKind::TimedOut, "the connection timed out"),
    (io::ErrorKind::UnexpectedEof, "the connection was closed before an answer came"),
];

#[cfg(test)]
mod tests;
