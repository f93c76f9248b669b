//! Agreeing on an invoice: from what a merchant asks to terms that never change.

use super::fact::Opened;
use super::policy::{InvoicePolicy, NetworkTerms};
use super::refusal::Refusal;
use crate::id::{InvoiceId, MerchantId};
use crate::money::Money;
use crate::network::Network;
use crate::rate::Rate;
use crate::time::{Span, Timestamp};
use crate::usd::Usd;
use crate::webhook::EventSet;
use rust_decimal::Decimal;

/// What a merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The id the invoice will have.
    pub invoice: InvoiceId,
    /// Who asks.
    pub merchant: MerchantId,
    /// Where it is to be paid.
    pub network: Network,
    /// Dollars, exactly as sent.
    pub amount_usd: Decimal,
    /// The merchant's own reference.
    pub order_id: Option<String>,
    /// The merchant's metadata, sealed; empty when none was given.
    pub metadata_sealed: Vec<u8>,
    /// Lifetime in seconds, if the merchant chose one.
    pub expires_in_s: Option<u64>,
    /// Where the checkout sends the customer afterwards.
    pub success_url: Option<String>,
    /// Where the checkout sends a customer who gives up.
    pub cancel_url: Option<String>,
    /// Which events the merchant is told of.
    pub events: EventSet,
}

/// The address an invoice is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Its index on the deposit branch.
    pub index: u32,
    /// As the customer sees it.
    pub address: String,
    /// As the chain carries it.
    pub bytes: Vec<u8>,
}

impl Ask {
    /// Checks what does not depend on a rate, in the order of the documented fields.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self, policy: &InvoicePolicy) -> Result<(), Refusal> {
        let got = self.amount_usd;
        // An invoice over nothing would be paid by nothing.
        let minimum = policy.minimum.max(Usd::from_cents(1));
        if got < minimum.as_decimal() {
            return Err(Refusal::AmountTooSmall { minimum, got });
        }
        if got > policy.maximum.as_decimal() {
            return Err(Refusal::AmountTooLarge { maximum: policy.maximum, got });
        }
        let (min_s, max_s) = (InvoicePolicy::EXPIRES_IN_S_MIN, InvoicePolicy::EXPIRES_IN_S_MAX);
        match self.expires_in_s {
            Some(seconds) if !(min_s..=max_s).contains(&seconds) => {
                Err(Refusal::InvalidExpiresIn { min_s, max_s })
            }
            _ => Ok(()),
        }
    }
}

/// The terms on which `ask` is opened at `at`, priced at `rate`, to be paid at `deposit`.
///
/// # Errors
/// Whatever [`Ask::check`] refuses, and [`Refusal::NoQuote`].
pub fn agree(
    ask: Ask,
    policy: &InvoicePolicy,
    terms: &NetworkTerms,
    rate: Rate,
    deposit: Deposit,
    at: Timestamp,
) -> Result<Opened, Refusal> {
    ask.check(policy)?;
    let network = ask.network;
    let amount_usd = Usd::nearest(ask.amount_usd).map_err(|_| Refusal::NoQuote)?;
    let bound = |usd| rate.bound(network, usd).map_err(|_| Refusal::NoQuote);
    let due = rate.quote(network, amount_usd).map_err(|_| Refusal::NoQuote)?;
    let tolerance = tolerance(due, policy, bound(policy.tolerance_most)?)?;
    let dust = bound(terms.dust)?;
    let expiry = ask.expires_in_s.map_or(policy.expiry, Span::from_s);
    Ok(Opened {
        invoice: ask.invoice,
        merchant: ask.merchant,
        at,
        expires_at: at.plus(expiry),
        network,
        amount_usd,
        due,
        tolerance,
        dust,
        rate,
        confirmations_required: terms.confirmations_required.max(1),
        address: deposit.address,
        address_bytes: deposit.bytes,
        address_index: deposit.index,
        order_id: ask.order_id,
        metadata_sealed: ask.metadata_sealed,
        success_url: ask.success_url,
        cancel_url: ask.cancel_url,
    })
}

/// The operator's share of `due`, rounded down, and never more than `most`; never all of it, or
/// nothing would be enough.
fn tolerance(due: Money, policy: &InvoicePolicy, most: Money) -> Result<Money, Refusal> {
    let share = due
        .units()
        .checked_mul(u128::from(policy.tolerance_basis_points.min(10_000)))
        .and_then(|units| units.checked_div(10_000))
        .ok_or(Refusal::NoQuote)?;
    let part = due.units().saturating_sub(1);
    Money::new(due.network(), share.min(most.units()).min(part)).map_err(|_| Refusal::NoQuote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);

    fn ask(network: Network, amount_usd: &str) -> Ask {
        Ask {
            events: EventSet::SEED,
            invoice: InvoiceId(Uuid::from_u128(1)),
            merchant: MerchantId(Uuid::from_u128(2)),
            network,
            amount_usd: amount_usd.parse().unwrap(),
            order_id: Some("ORD-12345".into()),
            metadata_sealed: vec![1, 2],
            expires_in_s: None,
            success_url: None,
            cancel_url: None,
        }
    }

    fn open(ask: Ask, policy: &InvoicePolicy, usd_per_coin: &str) -> Result<Opened, Refusal> {
        let terms = NetworkTerms::default_for(ask.network);
        let usd_per_coin = usd_per_coin.parse().unwrap();
        let rate = Rate::fixed(usd_per_coin, AT);
        let deposit = Deposit { index: 7, address: "the address".into(), bytes: vec![7] };
        agree(ask, policy, &terms, rate, deposit, AT)
    }

    #[test]
    fn what_is_asked_in_dollars_is_quoted_in_coins() {
        // Tolerance is 0.5 % of what is due, at most 1 USD; dust is worth 0.05 USD.
        const DUST_IN_ETH: &str = "0.000016666666666666";
        let rows = [
            // network, USD per coin, USD asked   → USD agreed, due, tolerance, dust
            (Network::Trc20, "1", "50.00", "50.00", "50.00", "0.25", "0.05"),
            (Network::Trc20, "1", "199.99", "199.99", "199.99", "0.99995", "0.05"),
            (Network::Trc20, "1", "200", "200.00", "200.00", "1.00", "0.05"),
            (Network::Trc20, "1", "200.01", "200.01", "200.01", "1.00", "0.05"),
            (Network::Trc20, "1", "1000000", "1000000.00", "1000000.00", "1.00", "0.05"),
            (Network::Trc20, "1", "1", "1.00", "1.00", "0.005", "0.05"),
            (Network::Bep20, "1", "50.00", "50.00", "50.00", "0.25", "0.05"),
            (Network::Bep20, "1", "1.01", "1.01", "1.01", "0.00505", "0.05"),
            (Network::Btc, "60000", "50", "50.00", "0.00083334", "0.00000416", "0.00000083"),
            (Network::Btc, "60000", "1000", "1000.00", "0.01666667", "0.00001666", "0.00000083"),
            (Network::Ltc, "80", "50", "50.00", "0.625", "0.003125", "0.000625"),
            (Network::Ltc, "80", "400", "400.00", "5.00", "0.0125", "0.000625"),
            (
                Network::Eth,
                "3000",
                "400",
                "400.00",
                "0.13333334",
                "0.000333333333333333",
                DUST_IN_ETH,
            ),
            (Network::Eth, "3000", "50", "50.00", "0.01666667", "0.00008333335", DUST_IN_ETH),
        ];
        for (network, price, asked, usd, due, tolerance, dust) in rows {
            let opened = open(ask(network, asked), &InvoicePolicy::default(), price).unwrap();
            let agreed = [
                opened.amount_usd.to_string(),
                opened.due.to_string(),
                opened.tolerance.to_string(),
                opened.dust.to_string(),
            ];
            assert_eq!(agreed, [usd, due, tolerance, dust], "{asked} USD in {network}");
        }
    }

    #[test]
    fn the_bounds_hold_for_the_value_as_sent_which_is_then_rounded_half_up() {
        let minimum = Usd::from_cents(100);
        let maximum = Usd::from_cents(100_000_000);
        let small = |got: &str| Refusal::AmountTooSmall { minimum, got: got.parse().unwrap() };
        let large = |got: &str| Refusal::AmountTooLarge { maximum, got: got.parse().unwrap() };
        let rows = [
            ("0", Err(small("0"))),
            ("0.99", Err(small("0.99"))),
            ("0.995", Err(small("0.995"))),
            ("0.9999999999", Err(small("0.9999999999"))),
            ("1", Ok("1.00")),
            ("1.00", Ok("1.00")),
            ("1.0049", Ok("1.00")),
            ("1.005", Ok("1.01")),
            ("999999.995", Ok("1000000.00")),
            ("1000000", Ok("1000000.00")),
            ("1000000.004", Err(large("1000000.004"))),
            ("1000000.01", Err(large("1000000.01"))),
        ];
        for (sent, expected) in rows {
            let opened = open(ask(Network::Trc20, sent), &InvoicePolicy::default(), "1");
            let agreed = opened.map(|opened| opened.amount_usd.to_string());
            assert_eq!(agreed, expected.map(str::to_owned), "{sent}");
        }
    }

    #[test]
    fn a_lifetime_is_the_merchants_within_bounds_or_else_half_an_hour() {
        let (min_s, max_s) = (300, 86_400);
        let rows = [
            (None, Ok(1800)),
            (Some(0), Err(Refusal::InvalidExpiresIn { min_s, max_s })),
            (Some(299), Err(Refusal::InvalidExpiresIn { min_s, max_s })),
            (Some(300), Ok(300)),
            (Some(86_400), Ok(86_400)),
            (Some(86_401), Err(Refusal::InvalidExpiresIn { min_s, max_s })),
            (Some(u64::MAX), Err(Refusal::InvalidExpiresIn { min_s, max_s })),
        ];
        for (expires_in_s, expected) in rows {
            let ask = Ask { expires_in_s, ..ask(Network::Ltc, "50") };
            let opened = open(ask, &InvoicePolicy::default(), "80");
            let lifetime = opened.map(|opened| opened.expires_at.since(AT).ms() / 1000);
            assert_eq!(lifetime, expected, "{expires_in_s:?}");
        }
    }

    #[test]
    fn the_first_rule_that_is_broken_is_the_one_that_is_named() {
        let policy = InvoicePolicy::default();
        // Amount sent, lifetime, price: each row breaks one rule less than the row above.
        let rows = [
            ("0.5", Some(1), "0", "AmountTooSmall"),
            ("2000000", Some(1), "0", "AmountTooLarge"),
            ("50", Some(1), "0", "InvalidExpiresIn"),
            ("50", None, "0", "NoQuote"),
        ];
        for (amount, expires_in_s, price, rule) in rows {
            let ask = Ask { expires_in_s, ..ask(Network::Btc, amount) };
            let priceless = ask.check(&policy);
            let refusal = open(ask, &policy, price).unwrap_err();
            assert!(format!("{refusal:?}").starts_with(rule), "{refusal:?} is not {rule}");
            let expected = if rule == "NoQuote" { Ok(()) } else { Err(refusal) };
            assert_eq!(priceless, expected, "check needs no price");
        }
        assert!(open(ask(Network::Btc, "50"), &policy, "60000").is_ok());
    }

    #[test]
    fn what_was_asked_and_given_is_in_the_terms() {
        let asked = Ask {
            success_url: Some("https://shop.example/thanks".into()),
            cancel_url: Some("https://shop.example/basket".into()),
            ..ask(Network::Ltc, "50")
        };
        let opened = open(asked.clone(), &InvoicePolicy::default(), "80").unwrap();
        assert_eq!((opened.invoice, opened.merchant), (asked.invoice, asked.merchant));
        assert_eq!((opened.at, opened.rate.at), (AT, AT));
        assert_eq!((opened.address_index, opened.address_bytes), (7, vec![7]));
        assert_eq!((opened.order_id, opened.metadata_sealed), (asked.order_id, vec![1, 2]));
        assert_eq!((opened.success_url, opened.cancel_url), (asked.success_url, asked.cancel_url));
        assert_eq!(opened.confirmations_required, 6);
    }

    /// However generous the operator: who pays nothing has not paid.
    #[test]
    fn nothing_is_never_enough() {
        let all_of_it = InvoicePolicy {
            minimum: Usd::from_cents(0),
            tolerance_basis_points: u32::MAX,
            tolerance_most: Usd::from_cents(100_000),
            ..InvoicePolicy::default()
        };
        let opened = open(ask(Network::Trc20, "1"), &all_of_it, "1").unwrap();
        assert!(opened.tolerance.units() < opened.due.units(), "{}", opened.tolerance);
        let least = Usd::from_cents(1);
        for sent in ["0", "0.004", "0.00999"] {
            let got = sent.parse().unwrap();
            let refused = Err(Refusal::AmountTooSmall { minimum: least, got });
            assert_eq!(open(ask(Network::Trc20, sent), &all_of_it, "1"), refused, "{sent}");
        }
        assert_eq!(open(ask(Network::Trc20, "0.01"), &all_of_it, "1").unwrap().amount_usd, least);
    }

    proptest! {
        #[test]
        fn the_tolerance_is_at_most_half_a_percent_and_at_most_a_dollar(
            cents in 100u64..100_000_000, price in 1u64..10_000_000, which in 0usize..5,
        ) {
            let network = Network::ALL[which];
            let price = if network.is_dollar() { "1".to_owned() } else { format!("{price}.37") };
            let usd = Usd::from_cents(cents);
            let opened = open(ask(network, &usd.to_string()), &InvoicePolicy::default(), &price);
            let opened = opened.unwrap();
            let worth = |money: Money| opened.rate.usd_per_coin * Decimal::from_i128_with_scale(
                i128::try_from(money.units()).unwrap(), network.decimals(),
            );
            prop_assert!(opened.tolerance.units() * 200 <= opened.due.units());
            prop_assert!(worth(opened.tolerance) <= Decimal::ONE);
            prop_assert!(worth(opened.dust) <= Decimal::new(5, 2));
            prop_assert!(worth(opened.due) >= usd.as_decimal(), "the quote is never short");
        }
    }
}
