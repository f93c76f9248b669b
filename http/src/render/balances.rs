//! What a merchant owns, per coin: `{success, balances:{"USDT-TRC20":{available, pending},…}}`.

use crate::json::write::push;
use cryptopayment_domain::money::{Money, signed_text};

/// One coin's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinBalance {
    /// Free to withdraw, in base units; below zero only after a reversal.
    pub available_units: i128,
    /// Seen and not gone, but not yet deep.
    pub pending: Money,
}

/// The whole answer, coins in the order given.
pub fn answer(coins: &[CoinBalance]) -> String {
    let mut out = String::with_capacity(256);
    out.push_str(r#"{"success":true,"balances":{"#);
    for (place, coin) in coins.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        let network = coin.pending.network();
        let available = signed_text(coin.available_units, network);
        let (key, pending) = (network.balance_key(), coin.pending);
        push(&mut out, format_args!(r#""{key}":{{"available":{available},"pending":{pending}}}"#));
    }
    out.push_str("}}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptopayment_domain::network::Network;

    #[test]
    fn the_seed_documents_balances_to_the_byte() {
        let coin = |network, available_units| CoinBalance {
            available_units,
            pending: Money::zero(network),
        };
        let coins = [coin(Network::Trc20, 450_000_000), coin(Network::Btc, 2_500_000)];
        let seed = include_str!("../../../docs/seed-api.txt");
        let (_, after) = seed.split_once("Get Balances\n").unwrap();
        let (sample, _) = after.split_once("Request Withdrawal").unwrap();
        let compact: String = sample.split_whitespace().collect();
        assert_eq!(answer(&coins), compact);
    }

    #[test]
    fn a_reversal_shows_below_zero() {
        let coins = [CoinBalance { available_units: -5, pending: Money::zero(Network::Ltc) }];
        assert!(answer(&coins).contains(r#""LTC":{"available":-0.00000005,"pending":0}"#));
    }
}
