//! CoinGecko: `GET /api/v3/simple/price`, its average over many exchanges, with its time. Without a
//! key it takes a few requests a minute; it is asked once each poll.
//! Documented at <https://docs.coingecko.com/reference/simple-price>.

use super::adapter::{Adapter, Paths, Said, Unreadable, json, part, price, unix_s};
use cryptopayment_domain::coin::Coin;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

pub(super) const ADAPTER: Adapter = Adapter {
    name: "coingecko",
    base_url: "https://api.coingecko.com",
    paths: Paths::Together(path),
    read,
};

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    usd: Option<&'a RawValue>,
    #[serde(borrow)]
    last_updated_at: Option<&'a RawValue>,
}

const fn id(coin: Coin) -> &'static str {
    match coin {
        Coin::Btc => "bitcoin",
        Coin::Ltc => "litecoin",
        Coin::Eth => "ethereum",
        Coin::Usdt => "tether",
    }
}

fn path(coins: &[Coin]) -> String {
    let ids: Vec<&str> = coins.iter().map(|coin| id(*coin)).collect();
    format!(
        "/api/v3/simple/price?ids={}&vs_currencies=usd&include_last_updated_at=true&precision=full",
        ids.join(",")
    )
}

fn read(body: &[u8], coin: Coin) -> Result<Said, Unreadable> {
    let answer: HashMap<String, &RawValue> = json(body)?;
    let row: Row<'_> = part(answer.get(id(coin)).ok_or(Unreadable::Missing)?)?;
    let price = price(row.usd.ok_or(Unreadable::Missing)?)?;
    Ok(Said { price, at: row.last_updated_at.map(unix_s).transpose()? })
}
