//! The rendered invoice beside the seed document's sample, byte for byte.

use super::*;
use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{InvoiceFact, Opened};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use cryptopayment_domain::rate::Rate;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::usd::Usd;

const AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);

fn sample() -> Invoice {
    let network = Network::Trc20;
    Invoice::opened(Opened {
        invoice: "550e8400-e29b-41d4-a716-446655440000".parse::<InvoiceId>().unwrap(),
        merchant: MerchantId(uuid::Uuid::nil()),
        at: AT,
        expires_at: Timestamp::from_unix_s(1_705_314_600),
        network,
        amount_usd: Usd::from_cents(5000),
        due: Money::new(network, 50_000_000).unwrap(),
        tolerance: Money::new(network, 250_000).unwrap(),
        dust: Money::new(network, 50_000).unwrap(),
        rate: Rate::one_to_one(AT),
        confirmations_required: 19,
        address: "TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
        address_bytes: Vec::new(),
        address_index: 7,
        order_id: Some("ORD-12345".to_owned()),
        metadata_sealed: Vec::new(),
        success_url: None,
        cancel_url: None,
    })
}

fn shown<'a>(invoice: &'a Invoice, tip: Option<&'a Tip>) -> Shown<'a> {
    Shown { invoice, tip, payment_uri: "TXx", metadata: Some(r#"{ "customer_id":"usr_001" }"#) }
}

/// The sample of the seed document without the spaces that are there for the eye.
fn seed_sample() -> String {
    let seed = include_str!("../../../../docs/seed-api.txt");
    let (_, after) = seed.split_once("Response\n").unwrap();
    let (sample, _) = after.split_once("Get Invoice\n").unwrap();
    // Values hold no spaces but the network's label.
    let compact: String = sample.split_whitespace().collect();
    compact.replace("USDT(TRC20)", "USDT (TRC20)")
}

#[test]
fn a_new_invoice_begins_as_the_seed_documents_sample() {
    let invoice = sample();
    let text = answer(shown(&invoice, None), "https://cryptopayment.center");
    let seed = seed_sample();
    let (seed_invoice, seed_rest) = seed.split_once(r#"},"checkout_url":"#).unwrap();
    assert_eq!(text[..seed_invoice.len()], *seed_invoice);
    let ours = concat!(
        r#","status_detail":"none","amount_remaining":50.00,"payments":[],"#,
        r#""rate":{"usd_per_coin":1.00,"source":"1:1","sources":[],"spread_percent":0,"at":"2024-01-15T10:00:00+00:00"},"#,
        r#""payment_uri":"TXx","metadata":{ "customer_id":"usr_001" },"confirmed_at":null"#,
    );
    let rest = r#"},"checkout_url":"https://cryptopayment.center/pay/550e8400-e29b-41d4-a716-446655440000"}"#;
    assert_eq!(&text[seed_invoice.len()..], format!("{ours}{rest}"));
    let shortened = rest.replace("e29b-41d4-a716-446655440000", "...");
    assert_eq!(format!(r#"}},"checkout_url":{seed_rest}"#), shortened);
}

#[test]
fn a_paid_invoice_shows_its_payments_and_their_depth() {
    let mut invoice = sample();
    let payment = PaymentId { network: Network::Trc20, txid: Hash32([0xa1; 32]), index: 2 };
    let amount = Money::new(Network::Trc20, 10_500_000).unwrap();
    let block = BlockRef { height: 100, hash: Hash32([1; 32]), time: AT };
    invoice.apply(&InvoiceFact::PaymentMined { payment, amount, block, at: AT });
    let tip = Tip { height: 104, hash: Hash32([2; 32]), solid_height: None };
    let text = answer(shown(&invoice, Some(&tip)), "http://x");
    let txid = "a1".repeat(32);
    let parts = [
        r#""status":"confirming""#.to_owned(),
        format!(
            r#""paid_amount":10.50,"txid":"{txid}","confirmations":{{"received":5,"required":19}}"#
        ),
        r#""status_detail":"underpaid","amount_remaining":39.50"#.to_owned(),
        format!(
            r#""payments":[{{"txid":"{txid}","index":2,"amount":10.50,"block_height":100,"confirmations":5,"state":"mined"}}]"#
        ),
    ];
    for part in parts {
        assert!(text.contains(&part), "{part} in {text}");
    }
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());

    invoice.apply(&InvoiceFact::PaymentUnmined { payment, block: block.hash, at: AT });
    let text = answer(shown(&invoice, Some(&tip)), "http://x");
    assert!(text.contains(r#""block_height":null,"confirmations":0,"state":"reverted""#), "{text}");
}
