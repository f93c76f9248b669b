//! What the operator asks of withdrawals.

use crate::money::Money;
use crate::network::Network;
use crate::usd::Usd;

/// Rules for every withdrawal, from the configuration's `[withdrawals]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawalPolicy {
    /// What is worth more than this waits for a human; exactly this does not.
    pub review_above: Usd,
    /// Whether what is asked for within 24 hours counts together.
    pub review_rolling_24h: bool,
}

impl Default for WithdrawalPolicy {
    /// 500 US dollars, each request by itself: the API contract's rule.
    fn default() -> Self {
        WithdrawalPolicy { review_above: Usd::from_cents(50_000), review_rolling_24h: false }
    }
}

/// The terms of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawalTerms {
    /// The least that can be asked for, fee included; inclusive.
    pub minimum: Money,
    /// What is kept of each for the network.
    pub fee: Money,
}

impl WithdrawalTerms {
    /// The API contract's table.
    pub const fn default_for(network: Network) -> WithdrawalTerms {
        const FINNEY: u128 = 1_000_000_000_000_000;
        let (minimum, fee) = match network {
            Network::Btc => (50_000, 5_000),
            Network::Ltc => (1_000_000, 100_000),
            Network::Eth => (5 * FINNEY, FINNEY),
            Network::Trc20 => (5_000_000, 1_000_000),
            Network::Bep20 => (5_000 * FINNEY, 500 * FINNEY),
        };
        WithdrawalTerms {
            minimum: Money::bounded(network, minimum),
            fee: Money::bounded(network, fee),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_api_contract() {
        let rows = [
            (Network::Btc, "0.0005", "0.00005"),
            (Network::Ltc, "0.01", "0.001"),
            (Network::Eth, "0.005", "0.001"),
            (Network::Trc20, "5.00", "1.00"),
            (Network::Bep20, "5.00", "0.50"),
        ];
        for (network, minimum, fee) in rows {
            let terms = WithdrawalTerms::default_for(network);
            let shown = (terms.minimum.to_string(), terms.fee.to_string());
            assert_eq!(shown, (minimum.to_owned(), fee.to_owned()), "{network}");
        }
        assert_eq!(WithdrawalPolicy::default().review_above.to_string(), "500.00");
    }
}
