//! Asking a source: TLS with the system's certificates, no redirects, no proxy from the environment,
//! a bounded body, and never longer than the time limit.

use super::adapter::{Adapter, Said};
use super::{ADAPTERS, PRICE_SOURCES};
use crate::outgoing::courier::USER_AGENT;
use async_trait::async_trait;
use cryptopayment_actors::ports::{PriceHeard, PriceSource, PricesHeard};
use cryptopayment_domain::coin::Coin;
use futures::future::join_all;
use reqwest::header::ACCEPT;
use reqwest::{Client, Url, redirect};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The most that is read of an answer: the longest of them has every pair of an exchange.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// The sources cannot be asked as configured.
#[derive(Debug, thiserror::Error)]
pub enum NoPriceSource {
    /// There is no adapter of that name.
    #[error("there is no price source {0:?}; there are {list}", list = PRICE_SOURCES.join(", "))]
    Unknown(String),
    /// The place named for a source is none that prices may come from.
    #[error("the URL of {0} must begin with https:// (http:// only to this very machine)")]
    Url(String),
    /// The system offers nothing to ask with.
    #[error("https cannot be spoken: {0}; install CA certificates")]
    Tls(reqwest::Error),
}

/// The sources of these names. `base_urls` names other places for some of them: a mirror, or a stub.
///
/// # Errors
/// [`NoPriceSource`].
pub fn price_sources(
    names: &[String],
    base_urls: &BTreeMap<String, String>,
    time_max: Duration,
) -> Result<Vec<Arc<dyn PriceSource>>, NoPriceSource> {
    let mut sources: Vec<Arc<dyn PriceSource>> = Vec::new();
    for name in names {
        let adapter = ADAPTERS.iter().copied().find(|adapter| adapter.name == name);
        let adapter = adapter.ok_or_else(|| NoPriceSource::Unknown(name.clone()))?;
        let base_url = base_urls.get(name).map_or(adapter.base_url, String::as_str);
        let plain = check_source_url(name, base_url)?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        let client = client(plain, time_max).map_err(NoPriceSource::Tls)?;
        sources.push(Arc::new(HttpPriceSource { adapter, base_url, client }));
    }
    Ok(sources)
}

/// Checks the place named for a source; says whether it is plain `http`.
///
/// # Errors
/// [`NoPriceSource::Url`].
pub fn check_source_url(name: &str, base_url: &str) -> Result<bool, NoPriceSource> {
    is_plain(base_url).ok_or_else(|| NoPriceSource::Url(name.to_owned()))
}

/// Whether a URL is plain `http`; none where prices may not come from there. Whoever sits on a plain
/// way could make any price of it, so it may only lead to this machine.
fn is_plain(base_url: &str) -> Option<bool> {
    let url = Url::parse(base_url).ok().filter(|url| url.query().is_none())?;
    let host = url.host_str()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here =
        bare == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    match url.scheme() {
        "https" => Some(false),
        "http" if here => Some(true),
        _ => None,
    }
}

fn client(plain: bool, time_max: Duration) -> Result<Client, reqwest::Error> {
    let builder = Client::builder();
    // One that never speaks TLS needs no certificates, and must not ask the system for them.
    let builder = if plain { builder.tls_certs_only([]) } else { builder };
    builder
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .https_only(!plain)
        .timeout(time_max)
        .retry(reqwest::retry::never())
        .build()
}

/// A source that is reached over HTTP.
struct HttpPriceSource {
    adapter: &'static Adapter,
    base_url: String,
    client: Client,
}

#[async_trait]
impl PriceSource for HttpPriceSource {
    fn name(&self) -> &str {
        self.adapter.name
    }

    async fn prices(&self, coins: &[Coin]) -> PricesHeard {
        let asked = self.adapter.paths.of(coins);
        let answers = join_all(asked.iter().map(|(path, _)| self.get(path))).await;
        let mut heard = PricesHeard::default();
        let mut troubles = Vec::new();
        for ((_, coins), answer) in asked.iter().zip(answers) {
            match answer {
                Ok(body) => self.read(&body, coins, &mut heard, &mut troubles),
                Err(trouble) => {
                    let names: Vec<&str> = coins.iter().map(|coin| coin.name()).collect();
                    troubles.push(format!("{}: {trouble}", names.join(", ")));
                }
            }
        }
        heard.trouble = (!troubles.is_empty()).then(|| troubles.join("; "));
        heard
    }
}

impl HttpPriceSource {
    fn read(
        &self,
        body: &[u8],
        coins: &[Coin],
        heard: &mut PricesHeard,
        troubles: &mut Vec<String>,
    ) {
        for coin in coins {
            match (self.adapter.read)(body, *coin) {
                Ok(Said { price, at }) => {
                    heard.prices.push(PriceHeard { coin: *coin, usd_per_coin: price, at });
                }
                Err(error) => troubles.push(format!("{coin}: {error}")),
            }
        }
    }

    /// The body of a 200.
    async fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        let url = format!("{}{path}", self.base_url);
        let sent = self.client.get(url).header(ACCEPT, "application/json").send().await;
        let mut answer = sent.map_err(|error| failed(&error))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(format!("it answered {status}"));
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| failed(&error))? {
            if body.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
                return Err(format!("its answer is longer than {ANSWER_BYTES_MAX} bytes"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// How it failed, in words of our own: a library's hold the whole URL.
fn failed(error: &reqwest::Error) -> String {
    let text = if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "no connection could be made (name unknown, nobody there, or no TLS)"
    } else {
        "what came back is no whole HTTP answer"
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_come_over_tls_or_from_this_machine() {
        let rows = [
            ("https://api.kraken.com", Some(false)),
            ("https://mirror.example:8443/kraken", Some(false)),
            ("http://127.0.0.1:9/x", Some(true)),
            ("http://[::1]:9", Some(true)),
            ("http://localhost:9", Some(true)),
            ("http://api.kraken.com", None),
            ("http://10.0.0.1", None),
            ("http://127.0.0.1.example.com", None),
            ("ftp://127.0.0.1", None),
            ("https://x.example/?pair=", None),
            ("api.kraken.com", None),
            ("", None),
        ];
        for (url, plain) in rows {
            assert_eq!(is_plain(url), plain, "{url}");
        }
    }

    #[test]
    fn a_source_that_is_not_there_is_answered_with_those_that_are() {
        let names = ["krakne".to_owned()];
        let made = price_sources(&names, &BTreeMap::new(), Duration::from_secs(1));
        let said = made.err().map(|error| error.to_string());
        let wanted = "there is no price source \"krakne\"; there are kraken, coinbase, bitstamp, \
                      bitfinex, gemini, okx, coingecko";
        assert_eq!(said.as_deref(), Some(wanted));
    }
}
