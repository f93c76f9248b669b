//! Bitstamp: `GET /api/v2/ticker/btcusd/`, the last trade and the ticker's time.
//! Documented at <https://www.bitstamp.net/api/>.

use super::adapter::{Adapter, Paths, Said, Unreadable, json, price, unix_s};
use cryptopayment_domain::coin::Coin;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) const ADAPTER: Adapter = Adapter {
    name: "bitstamp",
    base_url: "https://www.bitstamp.net",
    paths: Paths::Each(path),
    read,
};

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    last: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

fn path(coin: Coin) -> String {
    format!("/api/v2/ticker/{}usd/", coin.name().to_ascii_lowercase())
}

fn read(body: &[u8], _: Coin) -> Result<Said, Unreadable> {
    let ticker: Ticker<'_> = json(body)?;
    let price = price(ticker.last.ok_or(Unreadable::Missing)?)?;
    Ok(Said { price, at: ticker.timestamp.map(unix_s).transpose()? })
}
