//! Bitfinex: `GET /v2/tickers?symbols=…`, rows of which the eighth place is the last trade's price.
//! Documented at <https://docs.bitfinex.com/reference/rest-public-tickers>.

use super::adapter::{Adapter, Paths, Said, Unreadable, json, part, price};
use cryptopayment_domain::coin::Coin;
use serde_json::value::RawValue;

pub(super) const ADAPTER: Adapter = Adapter {
    name: "bitfinex",
    base_url: "https://api-pub.bitfinex.com",
    paths: Paths::Together(path),
    read,
};

/// Where the last price stands in a row: symbol, bid and its size, ask and its size, two changes.
const LAST_PRICE: usize = 7;

/// Tether is `UST` there.
const fn symbol(coin: Coin) -> &'static str {
    match coin {
        Coin::Btc => "tBTCUSD",
        Coin::Ltc => "tLTCUSD",
        Coin::Eth => "tETHUSD",
        Coin::Usdt => "tUSTUSD",
    }
}

fn path(coins: &[Coin]) -> String {
    let symbols: Vec<&str> = coins.iter().map(|coin| symbol(*coin)).collect();
    format!("/v2/tickers?symbols={}", symbols.join(","))
}

fn read(body: &[u8], coin: Coin) -> Result<Said, Unreadable> {
    let rows: Vec<Vec<&RawValue>> = json(body)?;
    let is_wanted = |row: &&Vec<&RawValue>| {
        let name = row.first().and_then(|name| part::<String>(name).ok());
        name.is_some_and(|name| name == symbol(coin))
    };
    let row = rows.iter().find(is_wanted).ok_or(Unreadable::Missing)?;
    let last = row.get(LAST_PRICE).ok_or(Unreadable::Missing)?;
    Ok(Said { price: price(last)?, at: None })
}
