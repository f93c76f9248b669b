//! Rates as merchants see them: one coin's inside an invoice, and all of them.

use crate::json::write::{push, push_string};
use crate::openapi::{Schema, always};
use cryptopayment_domain::money::decimal_text;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::rate::{NoRate, Rate};
use rust_decimal::Decimal;

/// One coin's rate, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinRate {
    /// Whose coin.
    pub network: Network,
    /// What it is worth.
    pub rate: Result<Rate, NoRate>,
}

/// The whole answer, coins in the order given:
/// `{success, rates:{"BTC":{usd_per_coin, source, sources:[…], spread_percent, updated_at, reason},…}}`.
pub fn answer(coins: &[CoinRate]) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str(r#"{"success":true,"rates":{"#);
    for (place, coin) in coins.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push(&mut out, format_args!(r#""{}":{{"usd_per_coin":"#, coin.network.balance_key()));
        match &coin.rate {
            Ok(rate) => {
                push_price(&mut out, rate.usd_per_coin);
                push_source(&mut out, rate);
                push(&mut out, format_args!(r#","updated_at":"{}","reason":null}}"#, rate.at));
            }
            Err(reason) => {
                out.push_str(r#"null,"source":null,"sources":[],"spread_percent":null"#);
                out.push_str(r#","updated_at":null,"reason":"#);
                push_string(&mut out, &reason.to_string());
                out.push('}');
            }
        }
    }
    out.push_str("}}");
    out
}

/// The `rate` of an invoice: `{usd_per_coin, source, sources:[…], spread_percent, at}`.
pub fn push_rate(out: &mut String, rate: &Rate) {
    out.push_str(r#"{"usd_per_coin":"#);
    push_price(out, rate.usd_per_coin);
    push_source(out, rate);
    push(out, format_args!(r#","at":"{}"}}"#, rate.at));
}

/// How the price was come by: `"source":…,"sources":[{source, usd_per_coin, at},…],"spread_percent":…`.
fn push_source(out: &mut String, rate: &Rate) {
    out.push_str(r#","source":"#);
    push_string(out, &rate.source);
    out.push_str(r#","sources":["#);
    for (place, price) in rate.sources.iter().enumerate() {
        out.push_str(if place > 0 { r#",{"source":"# } else { r#"{"source":"# });
        push_string(out, &price.source);
        out.push_str(r#","usd_per_coin":"#);
        push_price(out, price.usd_per_coin);
        push(out, format_args!(r#","at":"{}"}}"#, price.at));
    }
    let spread = decimal_text(u128::from(rate.spread_basis_points), 2);
    push(out, format_args!(r#"],"spread_percent":{spread}"#));
}

/// A price as money is printed: exact, at least two decimals.
fn push_price(out: &mut String, price: Decimal) {
    push(out, decimal_text(price.mantissa().unsigned_abs(), price.scale()));
}

/// The price of a coin at a moment.
pub fn shape() -> Schema {
    fn object() -> Schema {
        Schema::object([
            always("usd_per_coin", "US dollars for one coin.", Schema::amount()),
            always(
                "source",
                "`median` of several, `fixed` by the operator, or `1:1`.",
                Schema::text(),
            ),
            always(
                "sources",
                "What each said that the median is of.",
                Schema::list(source_shape()),
            ),
            always("spread_percent", "How much the rate lies below that median.", Schema::amount()),
            always("at", "When it was so.", Schema::instant()),
        ])
    }
    Schema::named("InvoiceRate", object)
}

/// What one source said of a coin.
pub fn source_shape() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("source", "Who.", Schema::text()),
            always("usd_per_coin", "US dollars for one coin.", Schema::amount()),
            always("at", "When it said so.", Schema::instant()),
        ])
    }
    Schema::named("SourcePrice", shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_domain::rate::SourcePrice;
    use cryptopayment_domain::time::{Span, Timestamp};

    const AT: Timestamp = Timestamp::from_unix_s(1_705_314_600);

    fn price(source: &str, usd_per_coin: &str, age_s: u64) -> SourcePrice {
        let at = AT.minus(Span::from_s(age_s));
        SourcePrice { source: source.into(), usd_per_coin: usd_per_coin.parse().unwrap(), at }
    }

    #[test]
    fn every_coin_says_what_it_is_worth_or_why_nobody_knows() {
        let median = Rate {
            usd_per_coin: "42165.225".parse().unwrap(),
            source: "median".into(),
            sources: vec![price("kraken", "42591.14", 1), price("okx", "42591.1", 0)],
            spread_basis_points: 100,
            at: AT,
        };
        let none = NoRate::TooFew { wanted: 3, fresh: 2 };
        let coins = [
            CoinRate { network: Network::Trc20, rate: Ok(Rate::one_to_one(AT)) },
            CoinRate { network: Network::Btc, rate: Ok(median) },
            CoinRate { network: Network::Ltc, rate: Err(none) },
            CoinRate { network: Network::Eth, rate: Ok(Rate::fixed(3000.into(), AT)) },
        ];
        let wanted = concat!(
            r#"{"success":true,"rates":{"#,
            r#""USDT-TRC20":{"usd_per_coin":1.00,"source":"1:1","sources":[],"spread_percent":0,"#,
            r#""updated_at":"2024-01-15T10:30:00+00:00","reason":null},"#,
            r#""BTC":{"usd_per_coin":42165.225,"source":"median","sources":["#,
            r#"{"source":"kraken","usd_per_coin":42591.14,"at":"2024-01-15T10:29:59+00:00"},"#,
            r#"{"source":"okx","usd_per_coin":42591.10,"at":"2024-01-15T10:30:00+00:00"}],"#,
            r#""spread_percent":1.00,"updated_at":"2024-01-15T10:30:00+00:00","reason":null},"#,
            r#""LTC":{"usd_per_coin":null,"source":null,"sources":[],"spread_percent":null,"#,
            r#""updated_at":null,"reason":"only 2 of the 3 sources needed have a fresh price"},"#,
            r#""ETH":{"usd_per_coin":3000.00,"source":"fixed","sources":[],"spread_percent":0,"#,
            r#""updated_at":"2024-01-15T10:30:00+00:00","reason":null}}}"#,
        );
        assert_eq!(answer(&coins), wanted);
    }
}
