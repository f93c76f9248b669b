//! JSON-RPC over HTTP to one node, and what its failures mean to the operator.
//!
//! Every call ends within the time limit, reads a bounded answer, follows no redirect and uses no
//! proxy from the environment. User and password leave the URL when it is read; they go into the
//! header and nowhere else.

use super::health::Health;
use super::provider::ProviderError;
use crate::adapter::ChainError;
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The largest answer that is read. A full block with every script and its raw bytes has about
/// 20 MiB as JSON.
const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;
/// How long a connection may take to stand.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next call: less than the 30 s after which nodes close it
/// (`rpcservertimeout`), or now and then a call would meet a connection that is just being closed.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// "Block height out of range", "Invalid parameter".
pub(super) const OUT_OF_RANGE: i64 = -8;
/// "No such mempool transaction", "Block not found".
pub(super) const NOT_FOUND: i64 = -5;
/// "Loading block index…": the node has started a moment ago.
pub(super) const WARMING_UP: i64 = -28;
/// "Method not found".
pub(super) const NO_SUCH_METHOD: i64 = -32601;

/// One node's JSON-RPC.
pub(super) struct Rpc {
    client: Client,
    url: Url,
    user: Zeroizing<String>,
    password: Option<Zeroizing<String>>,
    /// Host and port: all of the URL that may be shown. Paths hold keys at some hosts.
    name: String,
    health: Arc<Health>,
}

/// What a node answered to one call: the `result`, or its own error.
pub(super) type Answer = Result<Box<RawValue>, NodeError>;

/// An error that the node itself told, with its code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct NodeError {
    pub(super) code: i64,
    pub(super) message: String,
}

/// One reply, not judged yet.
#[derive(Deserialize)]
pub(super) struct Reply {
    #[serde(default)]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<NodeError>,
    #[serde(default)]
    id: Option<u64>,
}

impl Reply {
    /// The code of the node's own error, if it is one.
    pub(super) fn error_code(&self) -> Option<i64> {
        self.error.as_ref().map(|error| error.code)
    }
}

impl Rpc {
    /// The node at `url` (`http://user:password@host:port/path`).
    pub(super) fn new(
        url: &str,
        time_limit: Duration,
        health: Arc<Health>,
    ) -> Result<Rpc, ProviderError> {
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
        Ok(Rpc { client, url, user, password, name, health })
    }

    /// Host and port.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Calls one method. A node's own error other than `expected` is a [`ChainError`].
    pub(super) async fn call(
        &self,
        method: &str,
        params: Value,
        expected: &[i64],
    ) -> Result<Answer, ChainError> {
        let question = json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": params});
        let body = self.post(&question).await?;
        let reply: Reply = serde_json::from_slice(&body).map_err(|_| self.not_json(&body))?;
        self.judge(method, reply, expected)
    }

    /// Makes all these calls in one request; answers in the same order. The node works them off one
    /// after the other. What each answer means is for [`Rpc::judge`].
    pub(super) async fn batch(&self, calls: &[(&str, Value)]) -> Result<Vec<Reply>, ChainError> {
        let numbered = (0u64..).zip(calls);
        let questions = numbered.map(|(id, (method, params))| {
            json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        });
        let body = self.post(&Value::Array(questions.collect())).await?;
        let mut replies: Vec<Reply> =
            serde_json::from_slice(&body).map_err(|_| self.not_json(&body))?;
        // JSON-RPC 2.0 §6: the answers of a batch may come in any order.
        replies.sort_by_key(|reply| reply.id);
        let in_order = (0u64..).map(Some).zip(&replies).all(|(id, reply)| reply.id == id);
        if replies.len() != calls.len() || !in_order {
            let detail = format!("it did not answer each of {} calls", calls.len());
            return Err(self.nonsense(detail));
        }
        Ok(replies)
    }

    /// The node's answer to a call. An error of its own other than `expected` is a [`ChainError`].
    pub(super) fn judge(
        &self,
        method: &str,
        reply: Reply,
        expected: &[i64],
    ) -> Result<Answer, ChainError> {
        match (reply.error, reply.result) {
            (Some(error), _) if expected.contains(&error.code) => Ok(Err(error)),
            (Some(error), _) => Err(self.refusal(method, &error)),
            (None, Some(result)) => Ok(Ok(result)),
            (None, None) => Err(self.nonsense(format!("{method}: neither result nor error"))),
        }
    }

    fn refusal(&self, method: &str, error: &NodeError) -> ChainError {
        let provider = self.name.clone();
        let detail = format!("{method}: {} (code {})", error.message, error.code);
        match error.code {
            WARMING_UP => ChainError::NotReady { provider, detail: error.message.clone() },
            NO_SUCH_METHOD => {
                let detail = format!("{detail}; is this a Bitcoin or Litecoin node?");
                ChainError::Refused { provider, detail }
            }
            _ => ChainError::Refused { provider, detail },
        }
    }

    async fn post(&self, question: &Value) -> Result<Vec<u8>, ChainError> {
        if let Some(seconds) = self.health.paused_s() {
            let detail = format!("it asked to be left alone for {seconds} s more");
            return Err(ChainError::RateLimited { provider: self.name.clone(), detail });
        }
        let mut request = self.client.post(self.url.clone()).body(question.to_string());
        request = request.header("content-type", "application/json");
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
        self.accept(status, body)
    }

    /// Nodes tell their own errors with status 500 or 404 and JSON; all else is the server's word.
    fn accept(&self, status: StatusCode, body: Vec<u8>) -> Result<Vec<u8>, ChainError> {
        let is_json = || serde_json::from_slice::<&RawValue>(&body).is_ok();
        let provider = self.name.clone();
        match status.as_u16() {
            200 => Ok(body),
            401 => Err(ChainError::Refused {
                provider,
                detail: "user or password is wrong (HTTP 401); \
                         compare with rpcuser, rpcpassword or rpcauth of the node"
                    .to_owned(),
            }),
            403 => Err(ChainError::Refused {
                provider,
                detail: "this machine may not call it (HTTP 403); see rpcallowip of the node"
                    .to_owned(),
            }),
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

    fn not_json(&self, body: &[u8]) -> ChainError {
        let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
        self.nonsense(match begins {
            None => "an empty answer".to_owned(),
            Some(b'<') => "an HTML page instead of JSON; is the URL right?".to_owned(),
            Some(b'{' | b'[') => format!("JSON that is cut or malformed ({} bytes)", body.len()),
            Some(_) => "no JSON".to_owned(),
        })
    }

    /// The answer makes no sense, for this reason.
    pub(super) fn nonsense(&self, detail: String) -> ChainError {
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
