//! Coinbase Exchange: `GET /products/BTC-USD/ticker`, the last trade and its time.
//! Documented at <https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-ticker>.

use super::adapter::{Adapter, Paths, Said, Unreadable, instant, json, price};
use cryptopayment_domain::coin::Coin;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) const ADAPTER: Adapter = Adapter {
    name: "coinbase",
    base_url: "https://api.exchange.coinbase.com",
    paths: Paths::Each(path),
    read,
};

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    price: Option<&'a RawValue>,
    time: Option<String>,
}

fn path(coin: Coin) -> String {
    format!("/products/{coin}-USD/ticker")
}

fn read(body: &[u8], _: Coin) -> Result<Said, Unreadable> {
    let ticker: Ticker<'_> = json(body)?;
    let price = price(ticker.price.ok_or(Unreadable::Missing)?)?;
    Ok(Said { price, at: ticker.time.as_deref().map(instant).transpose()? })
}
