//! java-tron's HTTP API on one server, and what its failures mean to the operator.
//!
//! The status is 200 for nearly all errors: what is wrong stands in the body, as `{"Error": …}`, as
//! plain text, or as an HTML page of whoever stands before the node. The API key goes into its
//! header and nowhere else, and to nobody who could be listened to.

use crate::adapter::ChainError;
use crate::provider::{Health, ProviderError, Sentences, Transport};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// In which hosts take their key.
const KEY_HEADER: &str = "TRON-PRO-API-KEY";
/// An answer larger than this is no error: those are short.
const ERROR_BYTES_MAX: usize = 4096;
/// As much of a node's own words as is repeated.
const QUOTE_CHARS_MAX: usize = 200;

/// What a node says who has no history; as plain text, with status 200.
const LITE: &str = "lite fullnode";
/// What a node says who is asked too much; TRON's hosts say one of the others with status 403.
const LIMITED: [&str; 4] =
    ["lack of computing resources", "exceed", "suspended", "request too quickly"];

/// Which of a node's two views a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The head, which forks.
    Head,
    /// What is solidified, which does not.
    Solid,
}

impl View {
    const fn path(self) -> &'static str {
        match self {
            View::Head => "wallet",
            View::Solid => "walletsolidity",
        }
    }
}

/// One server of a node.
pub(super) struct Server {
    transport: Transport,
    view: View,
    key: Option<Zeroizing<String>>,
    health: Arc<Health>,
}

/// An error as nodes and hosts tell it.
#[derive(Deserialize)]
struct ToldError<'a> {
    #[serde(borrow, alias = "error", rename = "Error")]
    error: Cow<'a, str>,
}

impl Server {
    /// The server at `url`. The key is sent over https, and in the clear within this machine only.
    pub(super) fn new(
        url: &str,
        view: View,
        key: Option<&Zeroizing<String>>,
        time_limit: Duration,
        health: &Arc<Health>,
    ) -> Result<Server, ProviderError> {
        let sentences = Sentences { unauthorised: KEY_HINT, forbidden: KEY_HINT };
        let transport = Transport::new(url, time_limit, sentences, Arc::clone(health))?;
        let key = key.filter(|_| may_have_key(url)).cloned();
        Ok(Server { transport, view, key, health: Arc::clone(health) })
    }

    /// Host and port.
    pub(super) fn name(&self) -> &str {
        self.transport.name()
    }

    /// The body of the good answer to one question. That it is JSON is for the caller to see.
    pub(super) async fn ask(&self, method: &str, json: &Value) -> Result<Vec<u8>, ChainError> {
        let path = format!("{}/{method}", self.view.path());
        let key = self.key.as_ref().map(|key| (KEY_HEADER, key.as_str()));
        let (status, body) = self.transport.post_to(&path, key, json.to_string()).await?;
        self.accept(&path, status, body)
    }

    fn accept(&self, path: &str, status: StatusCode, body: Vec<u8>) -> Result<Vec<u8>, ChainError> {
        let said = self.said(&body);
        let (number, words) = (status.as_u16(), said.as_deref().unwrap_or_default());
        let about = |rest: &str| format!("{path}: {rest}");
        match number {
            _ if words.contains(LITE) => Err(self.refused(
                "it is a lite full node and does not tell its blocks; use a full node with its \
                 whole history, or set openHistoryQueryWhenLiteFN = true in its node section"
                    .to_owned(),
            )),
            429 | 503 => Err(self.limited(number, words)),
            200 | 403 if LIMITED.iter().any(|limit| words.contains(limit)) => {
                Err(self.limited(number, words))
            }
            200 => match said {
                None => Ok(body),
                Some(words) => Err(self.refused(about(&words))),
            },
            401 => {
                Err(self.refused(format!("the API key is wrong or missing (HTTP 401); {KEY_HINT}")))
            }
            403 => Err(self.refused(format!("it forbids the call (HTTP 403); {KEY_HINT}"))),
            404 | 405 if !words.is_empty() => Err(self.refused(format!(
                "{path}: {words} (HTTP {number}); see disabledApi in its node section"
            ))),
            404 | 405 => Err(self.refused(self.nothing_there(path, number))),
            300..=399 => {
                Err(self
                    .refused(format!("it redirects elsewhere (HTTP {number}); name the true URL")))
            }
            400..=499 => Err(self.refused(about(&format!("HTTP {number} {words}")))),
            _ => Err(ChainError::Unreachable {
                provider: self.name().to_owned(),
                detail: format!("HTTP {number}"),
            }),
        }
    }

    /// The node's own words where the answer is an error: `{"Error": …}` or the text of a lite node.
    fn said(&self, body: &[u8]) -> Option<String> {
        if body.len() > ERROR_BYTES_MAX {
            return None;
        }
        let words = match serde_json::from_slice::<ToldError<'_>>(body) {
            Ok(told) => told.error.into_owned(),
            Err(_) => std::str::from_utf8(body).ok().filter(|text| text.contains(LITE))?.to_owned(),
        };
        Some(self.quoted(&words))
    }

    /// What a node said, short, on one line, and without the key where it repeats it.
    pub(super) fn quoted(&self, words: &str) -> String {
        let words = match &self.key {
            Some(key) if !key.is_empty() => words.replace(key.as_str(), "…"),
            Some(_) | None => words.to_owned(),
        };
        let plain = words.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
        plain.take(QUOTE_CHARS_MAX).collect()
    }

    fn nothing_there(&self, path: &str, number: u16) -> String {
        let why = match self.view {
            View::Head => "is this java-tron's HTTP port (8090)?",
            View::Solid => {
                "its solidified view is elsewhere: name it in solidity_rpc (java-tron: port 8091, \
                 solidityEnable in its node.http section)"
            }
        };
        format!("it has no /{path} (HTTP {number}); {why}")
    }

    fn refused(&self, detail: String) -> ChainError {
        ChainError::Refused { provider: self.name().to_owned(), detail }
    }

    /// It wants to be asked less; where it says for how long it answers nobody, it is left alone.
    fn limited(&self, number: u16, words: &str) -> ChainError {
        if let Some(pause) = suspension(words) {
            self.health.pause(pause);
        }
        let key = if self.key.is_none() { "; an API key (api_key) may allow more" } else { "" };
        let detail = match words {
            "" => format!("HTTP {number}{key}"),
            words => format!("{words} (HTTP {number}){key}"),
        };
        ChainError::RateLimited { provider: self.name().to_owned(), detail }
    }

    /// This body was to be JSON and is none.
    pub(super) fn not_json(&self, body: &[u8]) -> ChainError {
        self.transport.not_json(body)
    }

    /// The answer makes no sense, for this reason.
    pub(super) fn nonsense(&self, detail: String) -> ChainError {
        self.transport.nonsense(detail)
    }
}

const KEY_HINT: &str = "a hosted node wants its key in networks.trc20.api_key";

/// Whether nobody on the way to this URL reads what is sent there.
pub(super) fn may_have_key(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || loopback || host == "localhost"
}

/// "… the query server is suspended for 5 s".
fn suspension(words: &str) -> Option<Duration> {
    let (_, rest) = words.split_once("suspended for ")?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_secs)
}
