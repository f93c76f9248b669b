//! The courier: one webhook, sent once, to an endpoint that nobody here trusts.
//!
//! No redirects, no proxy from the environment, fifteen seconds in all, at most 16 KiB of the
//! answer, kept connections, `https` except into the networks that the operator allows.

use super::authorities::Authorities;
use super::endpoint_url::{self, BadEndpoint, Endpoint};
use super::guard::Guard;
use super::kept::Kept;
use super::resolver::{GuardedResolver, Names, SystemNames};
use super::transport::Transport;
use super::{excerpt, retry_after, trouble};
use crate::descriptors;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cryptopayment_actors::ports::{Courier, Parcel, Receipt};
use cryptopayment_domain::time::Span;
use cryptopayment_domain::webhook::Outcome;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    USER_AGENT as USER_AGENT_HEADER,
};
use hyper::{Request, Response};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the courier names itself.
pub(super) const USER_AGENT: &str = concat!("CryptoPayment/", env!("CARGO_PKG_VERSION"));
/// What is read of an answer; it lets the connection be kept, and says nothing else to us.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// The longest head of an answer.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Kept connections to one endpoint: as many as may be in flight to it.
const KEPT_PER_ENDPOINT: usize = 8;
/// How long an unused connection is kept.
const UNUSED_MAX: Duration = Duration::from_secs(60);

type Client = legacy::Client<Transport, Full<Bytes>>;

/// Delivers webhooks over HTTP. It follows no redirect, asks no proxy, unpacks nothing, and keeps no
/// cookie: it knows nothing of any of these.
pub struct HttpCourier {
    guard: Arc<Guard>,
    time_max: Duration,
    kept: Kept,
    /// None on a machine without CA certificates: it may still deliver in the clear.
    encrypted: Option<Client>,
    plain: Client,
}

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
    pub fn new(guard: Guard, authorities: Authorities) -> HttpCourier {
        HttpCourier::with(Means::of_this_machine(guard, authorities))
    }

    fn with(means: Means) -> HttpCourier {
        let tls = means.authorities.tls().inspect_err(|error| {
            // A sandbox on a bare machine has to start all the same.
            tracing::warn!(%error, "https webhooks cannot be delivered; install CA certificates");
        });
        let encrypted = tls.ok().map(|tls| client(&means, Some(tls)));
        let plain = client(&means, None);
        let kept = Kept::new(means.kept_max, UNUSED_MAX);
        HttpCourier { guard: means.guard, time_max: means.time_max, kept, encrypted, plain }
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
    async fn ask(&self, parcel: &Parcel, endpoint: Endpoint) -> Result<Heard, legacy::Error> {
        let client = if endpoint.plain { Some(&self.plain) } else { self.encrypted.as_ref() };
        let Some(client) = client else { return Ok(Heard::nothing(without_certificates())) };
        let began = Instant::now();
        let is_kept = self.kept.admits(host_and_port(&endpoint.url), began);
        let Some(request) = request(parcel, endpoint.url, is_kept) else {
            return Ok(Heard::nothing(cannot_be_asked()));
        };
        let answer = client.request(request).await?;
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

/// A client that speaks TLS so, or none.
fn client(means: &Means, tls: Option<Arc<ClientConfig>>) -> Client {
    let (names, guard) = (Arc::clone(&means.names), Arc::clone(&means.guard));
    let resolver = GuardedResolver { names, guard, plain: tls.is_none() };
    // An attempt that waits for its connection ends before this does.
    let time_max = means.time_max.saturating_add(Duration::from_secs(1));
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(KEPT_PER_ENDPOINT)
        .pool_idle_timeout(UNUSED_MAX)
        .http1_max_buf_size(HEAD_BYTES_MAX)
        .build(Transport { resolver, tls, time_max })
}

/// The request; none where the URL, good as it is, has no form that HTTP can ask for.
fn request(parcel: &Parcel, mut url: Url, is_kept: bool) -> Option<Request<Full<Bytes>>> {
    let authorization = authorization(&url);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    let mut request = Request::post(url.as_str())
        .header(USER_AGENT_HEADER, USER_AGENT)
        .header(ACCEPT, "*/*")
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", parcel.event.to_string())
        .header("webhook-timestamp", parcel.sent_at.unix_s().to_string())
        .header("webhook-signature", &parcel.signature);
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    if !is_kept {
        request = request.header(CONNECTION, "close");
    }
    request.body(Full::new(parcel.body.clone().into())).ok()
}

/// User and password of a URL, as RFC 7617 sends them.
fn authorization(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut text = percent_decode_str(url.username()).collect::<Vec<u8>>();
    text.push(b':');
    text.extend(percent_decode_str(url.password().unwrap_or_default()));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What connections are kept by.
fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Reads the answer's body up to the bound, so that the connection can be used again, and keeps
/// its beginning. What is counted is what has been unpacked, were the client ever to unpack.
async fn drain(answer: Response<Incoming>, kept: &mut Vec<u8>) {
    let mut body = answer.into_body();
    let mut left = ANSWER_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(piece) = frame.data_ref() else { continue };
        let room = excerpt::READ_BYTES_MAX.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn cannot_be_asked() -> Outcome {
    Outcome::Unreachable { error: "the URL cannot be asked for over HTTP".to_owned() }
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
