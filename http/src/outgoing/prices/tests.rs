//! Each source's documented answer read to the digit, and what is no such answer refused.

use super::adapter::{Adapter, Unreadable};
use super::*;
use cryptopayment_domain::coin::Coin;
use cryptopayment_domain::time::Timestamp;
use proptest::prelude::*;

/// An adapter's price of a coin in a recorded answer: the digits, and the time in milliseconds.
type Row = (&'static Adapter, Coin, &'static str, &'static str, Option<i64>);

const RECORDED: [Row; 19] = [
    (&kraken::ADAPTER, Coin::Btc, include_str!("recorded/kraken.json"), "42587.1", None),
    (&kraken::ADAPTER, Coin::Ltc, include_str!("recorded/kraken.json"), "69.73", None),
    (&kraken::ADAPTER, Coin::Eth, include_str!("recorded/kraken.json"), "2523.9", None),
    (&kraken::ADAPTER, Coin::Usdt, include_str!("recorded/kraken.json"), "0.99985", None),
    (
        &coinbase::ADAPTER,
        Coin::Btc,
        include_str!("recorded/coinbase-btc.json"),
        "42590.65",
        Some(1_705_314_598_741),
    ),
    (
        &coinbase::ADAPTER,
        Coin::Ltc,
        include_str!("recorded/coinbase-ltc.json"),
        "69.75",
        Some(1_705_314_591_013),
    ),
    (
        &bitstamp::ADAPTER,
        Coin::Btc,
        include_str!("recorded/bitstamp-btc.json"),
        "42584",
        Some(1_705_314_598_000),
    ),
    (
        &bitstamp::ADAPTER,
        Coin::Ltc,
        include_str!("recorded/bitstamp-ltc.json"),
        "69.77",
        Some(1_705_314_597_000),
    ),
    (&bitfinex::ADAPTER, Coin::Btc, include_str!("recorded/bitfinex.json"), "42599", None),
    (&bitfinex::ADAPTER, Coin::Ltc, include_str!("recorded/bitfinex.json"), "69.752", None),
    (&bitfinex::ADAPTER, Coin::Eth, include_str!("recorded/bitfinex.json"), "2524.5", None),
    (&bitfinex::ADAPTER, Coin::Usdt, include_str!("recorded/bitfinex.json"), "0.99991", None),
    (&gemini::ADAPTER, Coin::Btc, include_str!("recorded/gemini.json"), "42592.81", None),
    (&gemini::ADAPTER, Coin::Ltc, include_str!("recorded/gemini.json"), "69.71", None),
    (&gemini::ADAPTER, Coin::Usdt, include_str!("recorded/gemini.json"), "0.9998", None),
    (
        &okx::ADAPTER,
        Coin::Btc,
        include_str!("recorded/okx-btc.json"),
        "42588.3",
        Some(1_705_314_598_312),
    ),
    (
        &okx::ADAPTER,
        Coin::Ltc,
        include_str!("recorded/okx-ltc.json"),
        "69.74",
        Some(1_705_314_598_311),
    ),
    (
        &coingecko::ADAPTER,
        Coin::Btc,
        include_str!("recorded/coingecko.json"),
        "42585.2847192635",
        Some(1_705_314_561_000),
    ),
    (
        &coingecko::ADAPTER,
        Coin::Usdt,
        include_str!("recorded/coingecko.json"),
        "0.9998473165",
        Some(1_705_314_552_000),
    ),
];

#[test]
fn recorded_answers_are_read_to_the_digit() {
    for (adapter, coin, body, price, at_ms) in RECORDED {
        let said = (adapter.read)(body.as_bytes(), coin);
        let said = said.map(|said| (said.price.to_string(), said.at.map(Timestamp::unix_ms)));
        assert_eq!(said, Ok((price.to_owned(), at_ms)), "{} {coin}", adapter.name);
    }
    for adapter in ADAPTERS {
        assert!(RECORDED.iter().any(|row| row.0.name == adapter.name), "{}", adapter.name);
    }
}

#[test]
fn every_source_is_asked_in_its_documented_way() {
    let coins = [Coin::Btc, Coin::Usdt];
    let rows: [(&Adapter, &[&str]); 7] = [
        (&kraken::ADAPTER, &["/0/public/Ticker?pair=XBTUSD,USDTUSD"]),
        (&coinbase::ADAPTER, &["/products/BTC-USD/ticker", "/products/USDT-USD/ticker"]),
        (&bitstamp::ADAPTER, &["/api/v2/ticker/btcusd/", "/api/v2/ticker/usdtusd/"]),
        (&bitfinex::ADAPTER, &["/v2/tickers?symbols=tBTCUSD,tUSTUSD"]),
        (&gemini::ADAPTER, &["/v1/pricefeed"]),
        (
            &okx::ADAPTER,
            &[
                "/api/v5/market/index-tickers?instId=BTC-USD",
                "/api/v5/market/index-tickers?instId=USDT-USD",
            ],
        ),
        (
            &coingecko::ADAPTER,
            &["/api/v3/simple/price?ids=bitcoin,tether&vs_currencies=usd\
               &include_last_updated_at=true&precision=full"],
        ),
    ];
    for (adapter, wanted) in rows {
        let paths: Vec<String> =
            adapter.paths.of(&coins).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, wanted, "{}", adapter.name);
        assert!(adapter.base_url.starts_with("https://") && !adapter.base_url.ends_with('/'));
    }
}

/// What the sources themselves say when something is wrong.
#[test]
fn a_source_that_refuses_is_quoted() {
    let refused = |words: &str| Err(Unreadable::Refused(words.to_owned()));
    let rows: [(&Adapter, &str, Result<(), Unreadable>); 8] = [
        (
            &kraken::ADAPTER,
            r#"{"error":["EQuery:Unknown asset pair"]}"#,
            refused("EQuery:Unknown asset pair"),
        ),
        (
            &kraken::ADAPTER,
            r#"{"error":["EGeneral:Too many requests"],"result":{}}"#,
            refused("EGeneral:Too many requests"),
        ),
        (&kraken::ADAPTER, r#"{"error":[],"result":{}}"#, Err(Unreadable::Missing)),
        (&coinbase::ADAPTER, r#"{"message":"NotFound"}"#, Err(Unreadable::Missing)),
        (
            &okx::ADAPTER,
            r#"{"code":"51001","msg":"Instrument ID doesn't exist","data":[]}"#,
            refused("51001 Instrument ID doesn't exist"),
        ),
        (&gemini::ADAPTER, "[]", Err(Unreadable::Missing)),
        (&bitfinex::ADAPTER, "[]", Err(Unreadable::Missing)),
        (&coingecko::ADAPTER, r#"{"bitcoin":{}}"#, Err(Unreadable::Missing)),
    ];
    for (adapter, body, wanted) in rows {
        let said = (adapter.read)(body.as_bytes(), Coin::Btc).map(drop);
        assert_eq!(said, wanted, "{} {body}", adapter.name);
    }
}

/// The price that each adapter reads, in the form of its own answer.
fn with_price(adapter: &Adapter, price: &str) -> String {
    match adapter.name {
        "kraken" => format!(r#"{{"error":[],"result":{{"XXBTZUSD":{{"c":[{price},"1"]}}}}}}"#),
        "coinbase" => format!(r#"{{"price":{price}}}"#),
        "bitstamp" => format!(r#"{{"last":{price}}}"#),
        "bitfinex" => format!(r#"[["tBTCUSD",1,1,1,1,1,1,{price},1,1,1]]"#),
        "gemini" => format!(r#"[{{"pair":"BTCUSD","price":{price}}}]"#),
        "okx" => format!(r#"{{"code":"0","data":[{{"instId":"BTC-USD","idxPx":{price}}}]}}"#),
        _ => format!(r#"{{"bitcoin":{{"usd":{price}}}}}"#),
    }
}

#[test]
fn no_source_can_say_what_nothing_costs() {
    let told = [
        r#""0""#,
        "0",
        "-1",
        r#""-60000""#,
        r#""NaN""#,
        "NaN",
        "Infinity",
        "1e400",
        r#""1e400""#,
        "null",
        "true",
        "[]",
        "{}",
        r#""""#,
        r#""60000 ""#,
        r#""60,000""#,
        "1e10",
        r#""six""#,
        "0.00000000000000000001",
        r#""\u0036""#,
    ];
    for adapter in ADAPTERS {
        for price in told {
            let body = with_price(adapter, price);
            let said = (adapter.read)(body.as_bytes(), Coin::Btc);
            assert!(said.is_err(), "{} took {price}", adapter.name);
        }
        for price in ["60000", r#""60000.00""#, "6e4", "60000.000"] {
            let said = (adapter.read)(with_price(adapter, price).as_bytes(), Coin::Btc);
            assert_eq!(said.map(|said| said.price), Ok(60_000.into()), "{} {price}", adapter.name);
        }
    }
}

#[test]
fn what_is_cut_or_something_else_is_no_answer() {
    for (adapter, coin, body, ..) in RECORDED {
        for length in [0, 1, body.len() / 2, body.trim_end().len() - 1] {
            let said = (adapter.read)(&body.as_bytes()[..length], coin);
            assert!(said.is_err(), "{} took {length} bytes", adapter.name);
        }
        let others = RECORDED.iter().filter(|other| other.0.name != adapter.name);
        for (other, _, body, ..) in others {
            // Two forms may look alike to neither: no source is taken for another.
            let said = (adapter.read)(body.as_bytes(), coin);
            assert!(said.is_err(), "{} read what {} says", adapter.name, other.name);
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_an_adapter_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for adapter in ADAPTERS {
            let _ = (adapter.read)(&bytes, Coin::Eth);
        }
    }

    /// A recorded answer with one byte turned: read or refused, never more than a price may be.
    #[test]
    fn a_damaged_answer_is_read_or_refused(which in 0usize..19, place in any::<prop::sample::Index>(), byte: u8) {
        let (adapter, coin, body, ..) = RECORDED[which];
        let mut bytes = body.as_bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(said) = (adapter.read)(&bytes, coin) {
            prop_assert!(said.price > rust_decimal::Decimal::ZERO);
            prop_assert!(said.price <= cryptopayment_domain::rate::PRICE_MAX);
        }
    }
}
