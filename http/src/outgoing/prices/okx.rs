//! OKX: `GET /api/v5/market/index-tickers?instId=BTC-USD`, its dollar index of several exchanges.
//! (Its markets themselves are in USDT: a de-peg would move them.)
//! Documented at <https://www.okx.com/docs-v5/en/#public-data-rest-api-get-index-tickers>.

use super::adapter::{Adapter, Paths, Said, Unreadable, json, price, unix_ms};
use cryptopayment_domain::coin::Coin;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) const ADAPTER: Adapter =
    Adapter { name: "okx", base_url: "https://www.okx.com", paths: Paths::Each(path), read };

#[derive(Deserialize)]
struct Answer<'a> {
    code: String,
    #[serde(default)]
    msg: String,
    #[serde(borrow, default)]
    data: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(rename = "instId")]
    index: String,
    #[serde(rename = "idxPx", borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    ts: Option<&'a RawValue>,
}

fn index(coin: Coin) -> String {
    format!("{coin}-USD")
}

fn path(coin: Coin) -> String {
    format!("/api/v5/market/index-tickers?instId={}", index(coin))
}

fn read(body: &[u8], coin: Coin) -> Result<Said, Unreadable> {
    let answer: Answer<'_> = json(body)?;
    if answer.code != "0" {
        return Err(Unreadable::refused(&format!("{} {}", answer.code, answer.msg)));
    }
    let row = answer.data.iter().find(|row| row.index == index(coin));
    let row = row.ok_or(Unreadable::Missing)?;
    Ok(Said { price: price(row.price)?, at: row.ts.map(unix_ms).transpose()? })
}
