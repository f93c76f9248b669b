//! HTTP to one server of a node, and what its failures mean to the operator.
//!
//! Every question ends within the time limit, reads a bounded answer, follows no redirect and uses
//! no proxy from the environment. User and password leave the URL when it is read; they go into the
//! header and nowhere else.

use super::ProviderError;
use super::health::Health;
use crate::adapter::ChainError;
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The largest answer that is read. A full block with every script and its raw bytes has about
/// 20 MiB as JSON, the traces of one some more.
const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;
/// How long a connection may take to stand.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next call: less than the 30 s after which nodes close it
/// (`rpcservertimeout`), or now and then a call would meet a connection that is just being closed.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// How one kind of node explains its refusals: what ends the sentence, after "(HTTP 401); ".
#[derive(Clone, Copy)]
pub struct Sentences {
    /// User and password, or a key, are wrong.
    pub unauthorised: &'static str,
    /// Known, and not allowed.
    pub forbidden: &'static str,
}

/// One server.
pub struct Transport {
    client: Client,
    url: Url,
    user: Zeroizing<String>,
    password: Option<Zeroizing<String>>,
    /// Host and port: all of the URL that may be shown. Paths hold keys at some hosts.
    name: String,
    sentences: Sentences,
    health: Arc<Health>,
}

impl Transport {
    /// The server at `url` (`http://user:password@host:port/path`).
    pub fn new(
        url: &str,
        time_limit: Duration,
        sentences: Sentences,
        health: Arc<Health>,
    ) -> Result<Transport, ProviderError> {
        let mut url = Url::parse(url).map_err(|_| ProviderError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ProviderError::NotAUrl);
        }
        let host = url.host_str().ok_or(ProviderError::NotAUrl)?;
        let port = url.port_or_known_default().ok_or(ProviderError::NotAUrl)?;
        let name = format!("{host}:{port}");
        let user = decoded(url.username())?;
        let password = url.password().map(decoded).transpose()?;
        url.set_username("").map_err(|()| ProviderError::NotAUrl)?;
        url.set_password(None).map_err(|()| ProviderError::NotAUrl)?;
        let builder = Client::builder()
            .timeout(time_limit)
            .connect_timeout(CONNECT_LIMIT.min(time_limit))
            .pool_idle_timeout(IDLE_LIMIT)
            .redirect(redirect::Policy::none())
            .no_proxy();
        // A node spoken to in the clear must not need the machine's CA certificates.
        let builder = match url.scheme() {
            "https" => builder,
            _ => builder.tls_certs_only([]),
        };
        let client = builder
            .build()
            .map_err(|error| ProviderError::Client(error.without_url().to_string()))?;
        Ok(Transport { client, url, user, password, name, sentences, health })
    }

    /// Host and port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Posts this JSON to the URL itself.
    pub async fn post(&self, json: String) -> Result<Vec<u8>, ChainError> {
        let (status, body) = self.send(self.client.post(self.url.clone()), json).await?;
        self.accept(status, body)
    }

    /// Posts this JSON to a path below the URL (`wallet/getnowblock`), with a header where the
    /// server takes its key in one. What status and body mean together is for the caller to judge.
    pub async fn post_to(
        &self,
        path: &str,
        header: Option<(&str, &str)>,
        json: String,
    ) -> Result<(StatusCode, Vec<u8>), ChainError> {
        let mut url = self.url.clone();
        let whole = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        let mut request = self.client.post(url);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        self.send(request, json).await
    }

    async fn send(
        &self,
        request: RequestBuilder,
        json: String,
    ) -> Result<(StatusCode, Vec<u8>), ChainError> {
        if let Some(seconds) = self.health.paused_s() {
            let detail = format!("it asked to be left alone for {seconds} s more");
            return Err(ChainError::RateLimited { provider: self.name.clone(), detail });
        }
        let mut request = request.body(json).header("content-type", "application/json");
        if !self.user.is_empty() || self.password.is_some() {
            let password = self.password.as_ref().map(|password| password.as_str());
            request = request.basic_auth(self.user.as_str(), password);
        }
        let mut response = request.send().await.map_err(|error| self.silence(error))?;
        let status = response.status();
        if let (429 | 503, Some(pause)) = (status.as_u16(), retry_after(&response)) {
            self.health.pause(pause);
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.silence(error))? {
            if body.len().saturating_add(part.len()) > BODY_BYTES_MAX {
                return Err(self.nonsense(format!("an answer of more than {BODY_BYTES_MAX} bytes")));
            }
            body.extend_from_slice(&part);
        }
        Ok((status, body))
    }

    /// Nodes tell their own errors with status 500 or 404 and JSON; all else is the server's word.
    fn accept(&self, status: StatusCode, body: Vec<u8>) -> Result<Vec<u8>, ChainError> {
        let is_json = || serde_json::from_slice::<&RawValue>(&body).is_ok();
        let provider = self.name.clone();
        let Sentences { unauthorised, forbidden } = self.sentences;
        match status.as_u16() {
            200 => Ok(body),
            401 => {
                let detail = format!("user or password is wrong (HTTP 401); {unauthorised}");
                Err(ChainError::Refused { provider, detail })
            }
            403 => {
                let detail = format!("this machine may not call it (HTTP 403); {forbidden}");
                Err(ChainError::Refused { provider, detail })
            }
            429 => Err(ChainError::RateLimited { provider, detail: "HTTP 429".to_owned() }),
            503 => Err(ChainError::RateLimited {
                provider,
                detail: "its work queue is full or it is paused (HTTP 503)".to_owned(),
            }),
            _ if is_json() => Ok(body),
            300..=399 => {
                let detail = format!("it redirects elsewhere ({status}); name the true URL");
                Err(ChainError::Refused { provider, detail })
            }
            _ => Err(ChainError::Unreachable { provider, detail: format!("HTTP {status}") }),
        }
    }

    fn silence(&self, error: reqwest::Error) -> ChainError {
        let provider = self.name.clone();
        let detail = if error.is_timeout() {
            "no answer in time".to_owned()
        } else if error.is_connect() {
            format!("no connection: {}", innermost(&error))
        } else {
            format!("the connection broke: {}", innermost(&error))
        };
        ChainError::Unreachable { provider, detail }
    }

    /// This body was to be JSON and is none.
    pub fn not_json(&self, body: &[u8]) -> ChainError {
        let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
        self.nonsense(match begins {
            None => "an empty answer".to_owned(),
            Some(b'<') => "an HTML page instead of JSON; is the URL right?".to_owned(),
            Some(b'{' | b'[') => format!("JSON that is cut or malformed ({} bytes)", body.len()),
            Some(_) => "no JSON".to_owned(),
        })
    }

    /// The answer makes no sense, for this reason.
    pub fn nonsense(&self, detail: String) -> ChainError {
        ChainError::Nonsense { provider: self.name.clone(), detail }
    }
}

/// The pause that a limited answer asks for, where it says seconds (RFC 9110 §10.2.3).
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// The last of an error's causes: "connection refused" and the like, without the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Undoes the percent-encoding of a URL's user or password.
fn decoded(text: &str) -> Result<Zeroizing<String>, ProviderError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let mut byte = [0];
                hex::decode_to_slice([*high, *low], &mut byte)
                    .map_err(|_| ProviderError::NotAUrl)?;
                let [byte] = byte;
                (byte, after)
            }
            (first, after) => (*first, after),
        };
        bytes.push(byte);
        rest = after;
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| ProviderError::NotAUrl)?;
    Ok(Zeroizing::new(text.to_owned()))
}
