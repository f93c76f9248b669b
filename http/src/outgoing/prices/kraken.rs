//! Kraken: `GET /0/public/Ticker?pair=…`, all pairs at once; `c` is the last trade, price first.
//! Documented at <https://docs.kraken.com/api-reference/market-data/get-ticker-information>.

use super::adapter::{Adapter, Paths, Said, Unreadable, json, part, price};
use cryptopayment_domain::coin::Coin;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

pub(super) const ADAPTER: Adapter = Adapter {
    name: "kraken",
    base_url: "https://api.kraken.com",
    paths: Paths::Together(path),
    read,
};

#[derive(Deserialize)]
struct Answer<'a> {
    error: Vec<String>,
    #[serde(borrow, default)]
    result: HashMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    c: Vec<&'a RawValue>,
}

/// A pair as it is asked for, and as it is answered: the old pairs have longer names there.
const fn pair(coin: Coin) -> (&'static str, &'static str) {
    match coin {
        Coin::Btc => ("XBTUSD", "XXBTZUSD"),
        Coin::Ltc => ("LTCUSD", "XLTCZUSD"),
        Coin::Eth => ("ETHUSD", "XETHZUSD"),
        Coin::Usdt => ("USDTUSD", "USDTZUSD"),
    }
}

fn path(coins: &[Coin]) -> String {
    let pairs: Vec<&str> = coins.iter().map(|coin| pair(*coin).0).collect();
    format!("/0/public/Ticker?pair={}", pairs.join(","))
}

fn read(body: &[u8], coin: Coin) -> Result<Said, Unreadable> {
    let answer: Answer<'_> = json(body)?;
    let (asked, answered) = pair(coin);
    let found = answer.result.get(answered).or_else(|| answer.result.get(asked));
    let Some(found) = found else {
        // Errors come beside an empty result; warnings (`W…`) beside a full one.
        let words = answer.error.first().map(|words| Unreadable::refused(words));
        return Err(words.unwrap_or(Unreadable::Missing));
    };
    let ticker: Ticker<'_> = part(found)?;
    let last = ticker.c.first().ok_or(Unreadable::Missing)?;
    Ok(Said { price: price(last)?, at: None })
}
