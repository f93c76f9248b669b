//! A merchant's hand on its webhooks: which events, a new secret, once more, and an endpoint that
//! wants no more.

use crate::support::*;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::webhook::{
    AppSecret, Delivery, DeliveryFact, DeliveryState, EventKind, EventSet, Queued, RetrySchedule,
};
use uuid::Uuid;

const SHOP: &str = "https://shop.example";

fn test_of(running: &Running, event: EventId) -> Delivery {
    running.views().delivery(event).unwrap().unwrap().value
}

async fn tested(running: &Running, merchant: MerchantId) -> EventId {
    running.gateway().test_webhook(merchant).await.unwrap().queued.event
}

async fn until_state(running: &Running, event: EventId, state: DeliveryState) {
    until(&format!("it is {state:?}"), || test_of(running, event).state == state).await;
}

fn paused(running: &Running, merchant: MerchantId) -> bool {
    running.views().merchant(merchant).unwrap().unwrap().value.paused.is_some()
}

#[test]
fn a_farewell_pauses_the_endpoint_and_setting_it_lets_out_what_waited() {
    story(|_| async {
        let mut world = World::of(&[]);
        world.schedule = RetrySchedule { pauses: vec![Span::from_s(10)] };
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Status(410));
        let last = tested(&running, shop).await;
        until("it was tried", || world.courier.attempts().len() == 1).await;
        assert!(!paused(&running, shop), "one attempt is left");
        until("the retry is due", || test_of(&running, last).attempts == 1).await;
        world.clock.jump(Span::from_s(12));
        until_state(&running, last, DeliveryState::Failed).await;
        assert!(paused(&running, shop), "paused before the attempt was noted");
        // Many more than are ever held in memory: they wait, untried.
        let mut waiting = Vec::new();
        for _ in 0..300 {
            waiting.push(tested(&running, shop).await);
        }
        world.clock.jump(Span::from_hours(5));
        a_while().await;
        assert_eq!(world.courier.attempts().len(), 2, "nothing is sent to a paused endpoint");
        assert!(waiting.iter().all(|event| test_of(&running, *event).attempts == 0));
        // Also not by whoever starts anew.
        running.stop().await;
        let running = world.start().await;
        a_while().await;
        assert_eq!(world.courier.attempts().len(), 2);
        world.courier.answer(SHOP, Answer::Status(200));
        running.gateway().set_webhook(shop, Some(SHOP.into()), None).await.unwrap();
        for event in waiting {
            until_state(&running, event, DeliveryState::Acknowledged).await;
        }
        assert_eq!(world.courier.attempts().len(), 302, "each once, and the last one not again");
        assert_eq!(test_of(&running, last).state, DeliveryState::Failed);
        running.gateway().redeliver(shop, last).await.unwrap();
        until_state(&running, last, DeliveryState::Acknowledged).await;
        world.end(running).await;
    });
}

#[test]
fn a_redelivered_event_goes_out_at_once_with_a_new_schedule_and_the_same_words() {
    story(|_| async {
        let mut world = World::of(&[]);
        world.schedule = RetrySchedule { pauses: vec![Span::from_s(10)] };
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let other = running.merchant("other", Some(SHOP)).await.merchant_id;
        let event = tested(&running, shop).await;
        until_state(&running, event, DeliveryState::Acknowledged).await;
        let foreign = running.gateway().redeliver(other, event).await;
        assert_eq!(foreign, Err(Unwilling::NotFound), "another merchant's");
        world.courier.answer(SHOP, Answer::Status(500));
        running.gateway().redeliver(shop, event).await.unwrap();
        until("it was tried again", || test_of(&running, event).attempts == 2).await;
        let DeliveryState::Due(_) = test_of(&running, event).state else {
            panic!("a retry is due")
        };
        world.clock.jump(Span::from_s(12));
        until_state(&running, event, DeliveryState::Failed).await;
        world.courier.answer(SHOP, Answer::Status(200));
        running.gateway().redeliver(shop, event).await.unwrap();
        until_state(&running, event, DeliveryState::Acknowledged).await;
        let sent = world.courier.attempts();
        assert_eq!(sent.len(), 4);
        assert!(sent.iter().all(|one| one.event == event && one.text == sent[0].text));
        let log = running.views().attempts(event).unwrap();
        let answers: Vec<_> = log.iter().map(|one| one.outcome.is_acknowledged()).collect();
        assert_eq!(answers, [true, false, false, true]);
        let noted = log[3].exchange.as_ref().unwrap();
        assert_eq!((noted.url.as_str(), noted.answer.as_str()), (SHOP, "noted"));
        assert_eq!(noted.header_signature, sent[3].signature);
        assert_eq!(sent[3].body["signature"], noted.body_signature.as_str());
        world.end(running).await;
    });
}

#[test]
fn while_a_secret_is_rotated_the_headers_carry_both_and_the_body_the_old_one() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await;
        let (id, gateway) = (shop.merchant_id, running.gateway());
        let old = AppSecret::parse(&shop.app_secret).unwrap();
        let signed = async || {
            let event = tested(&running, id).await;
            until_state(&running, event, DeliveryState::Acknowledged).await;
            let sent = world.courier.attempts();
            let sent = sent.into_iter().find(|one| one.event == event).unwrap();
            let at = running.views().attempts(event).unwrap()[0].at;
            let queued = test_of(&running, event).queued;
            let by = |secret: &AppSecret| {
                let header = secret.sign_headers(event, at, sent.text.as_bytes());
                let in_header = sent.signature.split(' ').any(|one| one == header);
                let in_body = sent.body["signature"]
                    == secret.sign_body(queued.subject, queued.kind).as_str();
                (in_header, in_body)
            };
            (by(&old), sent.signature.split(' ').count(), sent.clone(), at, queued)
        };
        let ((header, body), count, ..) = signed().await;
        assert_eq!((header, body, count), (true, true, 1));
        assert_eq!(
            gateway.end_rotation(id).await.map(drop),
            Err(Unwilling::Merchant(cryptopayment_domain::merchant::Refusal::NotRotating))
        );
        let (text, _) = gateway.begin_rotation(id).await.unwrap();
        let new = AppSecret::parse(&text).unwrap();
        assert_ne!(new, old);
        let ((header, body), count, sent, at, _) = signed().await;
        assert_eq!((header, body, count), (true, true, 2));
        let header = new.sign_headers(sent.event, at, sent.text.as_bytes());
        assert!(sent.signature.split(' ').any(|one| one == header), "{}", sent.signature);
        gateway.end_rotation(id).await.unwrap();
        let ((header, body), count, sent, at, queued) = signed().await;
        assert_eq!((header, body, count), (false, false, 1));
        assert_eq!(sent.signature, new.sign_headers(sent.event, at, sent.text.as_bytes()));
        let by_new = new.sign_body(queued.subject, queued.kind);
        assert_eq!(sent.body["signature"], by_new.as_str());
        world.end(running).await;
    });
}

#[test]
fn a_rotation_that_nobody_ends_ends_after_a_day() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        running.gateway().begin_rotation(shop).await.unwrap();
        for (hours, signatures) in [(23, 2), (2, 1)] {
            world.clock.jump(Span::from_hours(hours));
            let event = tested(&running, shop).await;
            until_state(&running, event, DeliveryState::Acknowledged).await;
            let sent = world.courier.attempts();
            let sent = sent.iter().find(|one| one.event == event).unwrap();
            assert_eq!(sent.signature.split(' ').count(), signatures);
        }
        world.end(running).await;
    });
}

#[test]
fn a_long_row_of_events_of_one_invoice_goes_out_in_order_although_the_index_has_it_reversed() {
    story(|_| async {
        let mut world = World::of(&[]);
        world.delivers = false;
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let now = running.gateway().now();
        let row = [
            EventKind::InvoiceCreated,
            EventKind::PaymentDetected,
            EventKind::PaymentConfirmed,
            EventKind::PaymentReverted,
            EventKind::InvoiceExpired,
        ];
        let mut invoices = Vec::new();
        for _ in 0..100 {
            let invoice = InvoiceId(Uuid::new_v4());
            let mut after = None;
            let mut facts = Vec::new();
            for (place, kind) in (0u64..).zip(row) {
                let event = kind.id_for(invoice);
                let payload = format!(r#"{{"event":"{kind}","invoice_id":"{invoice}"}}"#);
                let at = now.minus(Span::from_s(place));
                let queued = Queued {
                    event,
                    merchant: shop,
                    subject: invoice.into(),
                    kind,
                    payload: payload.into_bytes(),
                    after,
                    at,
                };
                facts.push(Fact::Delivery(event, DeliveryFact::Queued(Box::new(queued))));
                after = Some(event);
            }
            running.write(facts).await;
            invoices.push(invoice);
        }
        running.stop().await;
        world.delivers = true;
        let running = world.start().await;
        for invoice in invoices {
            until("all five", || world.courier.kinds_of(invoice).len() == row.len()).await;
            assert_eq!(world.courier.kinds_of(invoice), row.map(EventKind::name));
        }
        world.end(running).await;
    });
}

#[test]
fn what_a_merchant_has_chosen_is_told_and_what_it_has_not_is_not() {
    story(|_| async {
        let network = Network::Ltc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let plain = running.merchant("plain", Some("https://plain.example")).await.merchant_id;
        let everything = Some(EventSet::everything());
        running.gateway().set_webhook(shop, Some(SHOP.into()), everything).await.unwrap();
        let mut told = Vec::new();
        for merchant in [shop, plain] {
            let invoice = running.open(merchant, network, 50).await;
            let part = Money::new(network, invoice.terms.due.units() / 2).unwrap();
            world.pay(&invoice, part);
            world.mine(network, 1);
            running.until_standing(&invoice, Status::Confirming, Detail::Underpaid).await;
            told.push(invoice);
        }
        world.clock.jump(Span::from_hours(1));
        world.mine(network, 1);
        for invoice in &told {
            running.until_standing(invoice, Status::Expired, Detail::Underpaid).await;
        }
        let [chosen, unchosen] = [0, 1].map(|which| told[which].terms.invoice);
        until("three events", || world.courier.kinds_of(chosen).len() == 3).await;
        let row = ["payment_detected", "payment_partial", "invoice_expired"];
        assert_eq!(world.courier.kinds_of(chosen), row);
        until("one event", || world.courier.kinds_of(unchosen).len() == 1).await;
        a_while().await;
        assert_eq!(world.courier.kinds_of(unchosen), ["payment_detected"]);
        world.end(running).await;
    });
}
