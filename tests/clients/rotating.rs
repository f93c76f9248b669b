//! A secret is rotated while webhooks go out: every verifier accepts what it should, before, during
//! and after, and nothing that somebody changed.

use crate::GATEWAY;
use crate::judges::{Case, Judge, Looks};
use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::receiver::{Delivery, Receiver};
use cryptopayment_test_support::{Failure, Told};

/// When a webhook was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    During,
    After,
}

/// Whose secret is accepted when: (old, new), by who looks where.
fn expected(when: When, looks: Looks) -> (bool, bool) {
    match (when, looks) {
        (When::Before, _) => (true, false),
        (When::During, Looks::AtHeaders) => (true, true),
        // There is one signature in a body, and it stays the old one's until the end.
        (When::During, Looks::AtBody) => (true, false),
        (When::After, _) => (false, true),
    }
}

/// Both webhooks of an invoice that is paid.
async fn both(gateway: &Gateway, shop: &Merchant, told: &Receiver) -> Told<[Delivery; 2]> {
    let invoice = shop.open("trc20", "50.00").await?;
    gateway.pay(&invoice.address, None).await?;
    gateway.mine("trc20", 20).await?;
    let detected = told.wait_for_event(&invoice.id, "payment_detected").await?;
    Ok([detected, told.wait_for_event(&invoice.id, "payment_confirmed").await?])
}

async fn rotate(shop: &Merchant, body: &str) -> Told<cryptopayment_test_support::Json> {
    shop.call("POST", "/webhook/rotate-secret", body).await?.expect(200)
}

/// The same delivery with one thing changed.
fn changed(delivery: &Delivery, change: impl FnOnce(&mut Delivery)) -> Delivery {
    let mut forged = delivery.clone();
    change(&mut forged);
    forged
}

fn set(delivery: &mut Delivery, name: &str, value: &str) {
    for (key, held) in &mut delivery.request.headers.0 {
        if key.eq_ignore_ascii_case(name) {
            value.clone_into(held);
        }
    }
}

/// What must be refused by all who look at headers.
fn forgeries(delivery: &Delivery) -> Told<Vec<Delivery>> {
    let at: i64 = delivery.header("webhook-timestamp")?.parse()?;
    let signature = delivery.header("webhook-signature")?.to_owned();
    Ok(vec![
        changed(delivery, |forged| forged.request.body.push(b' ')),
        changed(delivery, |forged| {
            let text = String::from_utf8_lossy(&forged.request.body).replace("50.00", "99.00");
            forged.request.body = text.into_bytes();
        }),
        changed(delivery, |forged| set(forged, "webhook-id", "another")),
        changed(delivery, |forged| set(forged, "webhook-timestamp", &(at + 1).to_string())),
        changed(delivery, |forged| set(forged, "webhook-timestamp", &(at - 3600).to_string())),
        changed(delivery, |forged| set(forged, "webhook-signature", "v1,")),
        changed(delivery, |forged| set(forged, "webhook-signature", "")),
        changed(delivery, |forged| {
            for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
                set(forged, name, "");
            }
        }),
        changed(delivery, |forged| set(forged, "webhook-signature", &signature.to_lowercase())),
        changed(delivery, |forged| {
            set(forged, "webhook-signature", &signature.replace("v1", "v2"))
        }),
    ])
}

#[tokio::test]
async fn every_verifier_accepts_what_it_should_before_during_and_after_a_rotation() -> Told<()> {
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let judges = Judge::all(&gateway).await?;
    let shop = gateway.merchant()?;
    let told = Receiver::start().await?;
    shop.set_webhook(&told.url()).await?;

    let before = both(&gateway, &shop, &told).await?;
    let old = shop.app_secret.clone();
    let new = rotate(&shop, "{}").await?.text("app_secret")?.to_owned();
    let during = both(&gateway, &shop, &told).await?;
    rotate(&shop, r#"{"finish":true}"#).await?;
    let after = both(&gateway, &shop, &told).await?;

    let told = [(When::Before, before), (When::During, during), (When::After, after)];
    for judge in &judges {
        let (mut cases, mut wanted) = (Vec::new(), Vec::new());
        for (when, deliveries) in &told {
            let (with_old, with_new) = expected(*when, judge.looks);
            for delivery in deliveries {
                for (secret, accepted) in [(&old, with_old), (&new, with_new)] {
                    cases.push(Case { secret, delivery: delivery.clone() });
                    wanted.push((*when, delivery.event()?, secret == &old, accepted));
                }
            }
        }
        for (verdict, wanted) in judge.accepts(&cases).await?.into_iter().zip(wanted) {
            assert_eq!(verdict, wanted.3, "{}: {wanted:?}", judge.name);
        }
        let [detected, _] = &told[1].1;
        if judge.looks == Looks::AtHeaders {
            let forged = forgeries(detected)?;
            let case = |delivery: &Delivery| Case { secret: &new, delivery: delivery.clone() };
            let cases: Vec<_> = forged.iter().map(case).collect();
            let verdicts = judge.accepts(&cases).await?;
            let accepted = verdicts.iter().position(|accepted| *accepted);
            assert_eq!(accepted, None, "{} accepted a forgery", judge.name);
        }
    }
    let held: Vec<_> = judges.iter().map(|judge| judge.name).collect();
    println!("judged by {held:?}");
    if held.is_empty() { Err(Failure::new("nobody judged")) } else { Ok(()) }
}
