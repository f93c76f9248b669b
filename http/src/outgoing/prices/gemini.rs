//! Gemini: `GET /v1/pricefeed`, the last price of every pair.
//! Documented at <https://docs.gemini.com/rest/market-data>.

use super::adapter::{Adapter, Paths, Said, Unreadable, json, price};
use cryptopayment_domain::coin::Coin;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) const ADAPTER: Adapter = Adapter {
    name: "gemini",
    base_url: "https://api.gemini.com",
    paths: Paths::Together(|_| "/v1/pricefeed".to_owned()),
    read,
};

#[derive(Deserialize)]
struct Row<'a> {
    pair: String,
    #[serde(borrow)]
    price: &'a RawValue,
}

fn read(body: &[u8], coin: Coin) -> Result<Said, Unreadable> {
    let rows: Vec<Row<'_>> = json(body)?;
    let wanted = format!("{coin}USD");
    let row = rows.iter().find(|row| row.pair == wanted).ok_or(Unreadable::Missing)?;
    Ok(Said { price: price(row.price)?, at: None })
}
