//! Five exchanges on one loopback port, each under its own path, speaking the forms of the real
//! ones; and each can fail, hang, lie or talk nonsense on its own.

use crate::failure::Told;
use crate::wire::Connection;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The exchanges, by the names that the gateway's configuration knows them by.
pub const EXCHANGES: [&str; 5] = ["kraken", "coinbase", "bitstamp", "bitfinex", "gemini"];

/// Bytes of a body that is far too long for anybody.
const TOO_LONG_BYTES: usize = 2 << 20;

/// How an exchange treats requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// It says its prices.
    Well,
    /// This status, and an empty object.
    Status(u16),
    /// 200 and this body.
    Body(String),
    /// 200 and a body that is far too long.
    TooLong,
    /// It takes the request and never answers.
    Hang,
    /// It begins its answer and never ends it.
    Trickle,
    /// The connection is reset.
    Reset,
    /// 302 to the prices of another exchange.
    RedirectTo(&'static str),
}

struct Exchange {
    manner: Manner,
    /// What it says of each coin: a JSON token, whatever it is.
    prices: BTreeMap<&'static str, String>,
    asked: usize,
}

type State = Arc<Mutex<BTreeMap<&'static str, Exchange>>>;

/// The five; closed when dropped.
pub struct Exchanges {
    address: SocketAddr,
    state: State,
    task: JoinHandle<()>,
}

impl Exchanges {
    /// Five that know no price yet.
    pub async fn start() -> Told<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let well = || Exchange { manner: Manner::Well, prices: BTreeMap::new(), asked: 0 };
        let state: State =
            Arc::new(Mutex::new(EXCHANGES.iter().map(|name| (*name, well())).collect()));
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    /// Where an exchange is, for `rates.source_urls`.
    #[must_use]
    pub fn url(&self, exchange: &str) -> String {
        format!("http://{}/{exchange}", self.address)
    }

    /// What one exchange says of a coin from now on: a JSON token (`"60000"` with its quotes, or
    /// `60000`, or nonsense).
    pub fn say(&self, exchange: &str, coin: &'static str, token: &str) {
        if let Some(exchange) = self.state.lock().get_mut(exchange) {
            exchange.prices.insert(coin, token.to_owned());
        }
    }

    /// What the five say of a coin from now on, in the order of [`EXCHANGES`].
    pub fn say_all(&self, coin: &'static str, prices: [&str; 5]) {
        for (exchange, price) in EXCHANGES.iter().zip(prices) {
            self.say(exchange, coin, &format!("\"{price}\""));
        }
    }

    /// How one exchange treats requests from now on.
    pub fn treat(&self, exchange: &str, manner: Manner) {
        if let Some(exchange) = self.state.lock().get_mut(exchange) {
            exchange.manner = manner;
        }
    }

    /// How often one exchange has been asked.
    #[must_use]
    pub fn asked(&self, exchange: &str) -> usize {
        self.state.lock().get(exchange).map_or(0, |exchange| exchange.asked)
    }

    /// The keys of `[rates]` that lead a gateway here.
    #[must_use]
    pub fn settings(&self) -> String {
        let urls = EXCHANGES.map(|name| format!("{name} = \"{}\"", self.url(name)));
        format!("sources = {EXCHANGES:?}\nsource_urls = {{ {} }}\n", urls.join(", "))
    }
}

impl Drop for Exchanges {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: State) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            // A client that goes away is none of the exchange's business.
            let _ = attend(stream, state).await;
        });
    }
}

async fn attend(stream: TcpStream, state: State) -> Told<()> {
    let mut client = Connection::accepted(stream);
    while let Some(request) = client.request().await? {
        let path = request.path.trim_start_matches('/');
        let (name, path) = path.split_once('/').unwrap_or((path, ""));
        let (manner, body) = {
            let mut state = state.lock();
            let Some(exchange) = state.get_mut(name) else { return Ok(()) };
            exchange.asked += 1;
            (exchange.manner.clone(), body_of(name, path, &exchange.prices))
        };
        match manner {
            Manner::Well => client.send(&answer(200, "", &body)).await?,
            Manner::Status(status) => client.send(&answer(status, "", "{}")).await?,
            Manner::Body(body) => client.send(&answer(200, "", &body)).await?,
            Manner::TooLong => {
                let body = format!("{{\"x\":\"{}\"}}", "x".repeat(TOO_LONG_BYTES));
                client.send(&answer(200, "", &body)).await?;
            }
            Manner::Hang => pending().await,
            Manner::Trickle => {
                client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{\"").await?;
                pending().await
            }
            Manner::Reset => return client.reset(),
            Manner::RedirectTo(other) => {
                let to = format!("Location: /{other}/{path}\r\n");
                client.send(&answer(302, &to, "")).await?;
            }
        }
    }
    Ok(())
}

fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} So\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What an exchange answers to a path, in its own form.
fn body_of(name: &str, path: &str, prices: &BTreeMap<&'static str, String>) -> String {
    // The coin is somewhere in the paths that ask for one coin only.
    let of_path = |coin: &&'static str| path.to_uppercase().contains(*coin);
    let one = prices.iter().filter(|(coin, _)| of_path(coin)).max_by_key(|(coin, _)| coin.len());
    match (name, one) {
        ("coinbase", Some((_, price))) => format!(r#"{{"trade_id":1,"price":{price},"size":"1"}}"#),
        ("bitstamp", Some((_, price))) => format!(r#"{{"last":{price},"side":"0"}}"#),
        ("coinbase" | "bitstamp", None) => r#"{"message":"NotFound"}"#.to_owned(),
        _ => of_all(name, prices),
    }
}

/// The forms that speak of all coins at once.
fn of_all(name: &str, prices: &BTreeMap<&'static str, String>) -> String {
    let (before, after) = match name {
        "kraken" => (r#"{"error":[],"result":{"#, "}}"),
        _ => ("[", "]"),
    };
    let mut out = before.to_owned();
    for (place, (coin, price)) in prices.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = match name {
            "kraken" => {
                write!(out, r#"{comma}"{}":{{"c":[{price},"0.1"]}}"#, kraken_pair(coin))
            }
            "bitfinex" => {
                let symbol = if *coin == "USDT" { "UST" } else { coin };
                write!(out, r#"{comma}["t{symbol}USD",1,1,1,1,1,1,{price},1,1,1]"#)
            }
            _ => write!(out, r#"{comma}{{"pair":"{coin}USD","price":{price}}}"#),
        };
    }
    out + after
}

fn kraken_pair(coin: &str) -> String {
    match coin {
        "BTC" => "XXBTZUSD".to_owned(),
        "USDT" => "USDTZUSD".to_owned(),
        coin => format!("X{coin}ZUSD"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{exchange, request};

    #[tokio::test]
    async fn each_exchange_says_its_own_price_in_its_own_form() -> Told<()> {
        let exchanges = Exchanges::start().await?;
        exchanges.say_all("LTC", ["80.1", "80.2", "80.3", "80.4", "80.5"]);
        exchanges.say_all("USDT", ["1", "1", "1", "1", "1"]);
        let rows = [
            ("/kraken/0/public/Ticker?pair=LTCUSD", r#""XLTCZUSD":{"c":["80.1","0.1"]}"#),
            ("/coinbase/products/LTC-USD/ticker", r#""price":"80.2""#),
            ("/bitstamp/api/v2/ticker/ltcusd/", r#""last":"80.3""#),
            ("/bitstamp/api/v2/ticker/usdtusd/", r#""last":"1""#),
            ("/bitfinex/v2/tickers?symbols=tLTCUSD", r#"["tLTCUSD",1,1,1,1,1,1,"80.4",1,1,1]"#),
            ("/gemini/v1/pricefeed", r#"{"pair":"LTCUSD","price":"80.5"}"#),
        ];
        for (path, part) in rows {
            let said = exchange(exchanges.address, &request("GET", path, &[], b"")).await?;
            assert!(said.text().contains(part), "{path}: {}", said.text());
            said.json()?;
        }
        exchanges.treat("kraken", Manner::Status(429));
        let asked = request("GET", "/kraken/x", &[], b"");
        assert_eq!(exchange(exchanges.address, &asked).await?.status, 429);
        assert_eq!((exchanges.asked("kraken"), exchanges.asked("gemini")), (2, 1));
        Ok(())
    }
}
