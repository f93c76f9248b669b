//! Webhooks go out fairly, in order, on schedule, and none is forgotten.

use crate::support::*;
use cryptopayment_actors::dispatcher::{
    IN_FLIGHT_MAX, IN_FLIGHT_PER_ENDPOINT_MAX, Inspect, Workload,
};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::webhook::{
    Delivery, DeliveryFact, DeliveryState, EventKind, Outcome, Queued,
};
use uuid::Uuid;

/// Both events of an invoice that exists only for its webhooks, in one commit.
fn both_events(merchant: MerchantId, at: Timestamp) -> (InvoiceId, Vec<Fact>) {
    events_at(merchant, [at, at])
}

fn events_at(merchant: MerchantId, at: [Timestamp; 2]) -> (InvoiceId, Vec<Fact>) {
    let invoice = InvoiceId(Uuid::new_v4());
    let queued = |kind: EventKind, after, at| {
        let payload = format!(r#"{{"event":"{kind}","invoice_id":"{invoice}"}}"#).into_bytes();
        let event = kind.id_for(invoice);
        let queued = Queued { event, merchant, subject: invoice.into(), kind, payload, after, at };
        Fact::Delivery(event, DeliveryFact::Queued(Box::new(queued)))
    };
    let first = EventKind::PaymentDetected.id_for(invoice);
    let facts = vec![
        queued(EventKind::PaymentDetected, None, at[0]),
        queued(EventKind::PaymentConfirmed, Some(first), at[1]),
    ];
    (invoice, facts)
}

pub async fn queue(running: &Running, merchant: MerchantId, invoices: usize) -> Vec<InvoiceId> {
    let mut ids = Vec::new();
    let mut facts = Vec::new();
    for _ in 0..invoices {
        let (id, both) = both_events(merchant, running.gateway().now());
        ids.push(id);
        facts.extend(both);
    }
    running.write(facts).await;
    ids
}

fn delivery(running: &Running, invoice: InvoiceId, kind: EventKind) -> Delivery {
    running.views().delivery(kind.id_for(invoice)).unwrap().unwrap().value
}

/// Waits until the dispatcher has nothing in hand any more.
pub async fn until_idle(running: &Running) {
    let began = std::time::Instant::now();
    let idle = Workload { in_flight: 0, held: 0 };
    loop {
        let workload = running.engine.dispatcher().unwrap().send(Inspect).await.unwrap();
        if workload == idle {
            return;
        }
        assert!(began.elapsed().as_secs() < 20, "{workload:?}");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

pub async fn until_acknowledged(running: &Running, invoices: &[InvoiceId]) {
    for invoice in invoices {
        for kind in [EventKind::PaymentDetected, EventKind::PaymentConfirmed] {
            until("it is acknowledged", || {
                delivery(running, *invoice, kind).state == DeliveryState::Acknowledged
            })
            .await;
        }
    }
}

#[test]
fn a_hanging_endpoint_gets_eight_and_delays_nobody() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let slow = running.merchant("slow", Some("https://slow.example")).await.merchant_id;
        let quick = running.merchant("quick", Some("https://quick.example")).await.merchant_id;
        world.courier.answer("https://slow.example", Answer::Hangs);
        let waiting = queue(&running, slow, 300).await;
        until("eight are in flight", || {
            world.courier.in_flight("https://slow.example").0 == IN_FLIGHT_PER_ENDPOINT_MAX
        })
        .await;
        let told = queue(&running, quick, 300).await;
        until_acknowledged(&running, &told).await;
        assert!(world.courier.in_flight("https://quick.example").1 <= IN_FLIGHT_PER_ENDPOINT_MAX);
        let (now, most) = world.courier.in_flight("https://slow.example");
        assert_eq!((now, most), (8, 8));
        // All eight run into their time limit: from now on it gets one at a time.
        let attempts = world.courier.attempts_to("https://slow.example").len();
        world.courier.answer("https://slow.example", Answer::TimesOut);
        until("the eight have ended", || {
            world.courier.attempts_to("https://slow.example").len() > attempts
        })
        .await;
        world.courier.answer("https://slow.example", Answer::Hangs);
        until("one is in flight", || world.courier.in_flight("https://slow.example").0 == 1).await;
        a_while().await;
        assert_eq!(world.courier.in_flight("https://slow.example").0, 1);
        // It answers: everything goes out, what timed out when its time comes.
        world.courier.answer("https://slow.example", Answer::Status(204));
        world.clock.jump(Span::from_minutes(10));
        until_acknowledged(&running, &waiting).await;
        assert!(world.courier.in_flight("https://slow.example").1 <= IN_FLIGHT_PER_ENDPOINT_MAX);
        until_idle(&running).await;
        world.end(running).await;
    });
}

#[test]
fn five_hundred_and_twelve_go_out_at_once_and_no_more() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let mut waiting = Vec::new();
        let urls: Vec<_> = (0..80).map(|number| format!("https://{number}.example")).collect();
        for (number, url) in urls.iter().enumerate() {
            world.courier.answer(url, Answer::Hangs);
            let merchant = running.merchant(&number.to_string(), Some(url)).await.merchant_id;
            waiting.extend(queue(&running, merchant, 10).await);
        }
        until("it is full", || world.courier.in_flight_in_all().0 == IN_FLIGHT_MAX).await;
        a_while().await;
        assert_eq!(world.courier.in_flight_in_all(), (IN_FLIGHT_MAX, IN_FLIGHT_MAX));
        for url in &urls {
            world.courier.answer(url, Answer::Status(200));
        }
        // Those that hung have timed out and come again.
        world.clock.jump(Span::from_minutes(2));
        until("all have been tried", || world.courier.attempts().len() >= 1600).await;
        world.clock.jump(Span::from_minutes(2));
        until_acknowledged(&running, &waiting).await;
        assert_eq!(world.courier.in_flight_in_all().1, IN_FLIGHT_MAX);
        world.end(running).await;
    });
}

#[test]
fn a_failing_delivery_is_tried_six_times_on_schedule_and_then_given_up() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Status(500));
        let invoice = queue(&running, shop, 1).await[0];
        let mut tries = 2;
        for minutes in [1, 5, 15, 60, 360] {
            until("it was tried", || world.courier.attempts().len() == tries).await;
            world.clock.jump(Span::from_s(minutes * 60 - 5));
            a_while().await;
            assert_eq!(world.courier.attempts().len(), tries, "tried before {minutes} minutes");
            // Jitter lengthens by a tenth at most.
            world.clock.jump(Span::from_s(5 + minutes * 6));
            tries += 2;
        }
        until("it is given up", || {
            delivery(&running, invoice, EventKind::PaymentConfirmed).state == DeliveryState::Failed
        })
        .await;
        world.clock.jump(Span::from_hours(24));
        a_while().await;
        assert_eq!(world.courier.attempts().len(), 12);
        let last = delivery(&running, invoice, EventKind::PaymentDetected);
        assert_eq!((last.attempts, last.state), (6, DeliveryState::Failed));
        world.end(running).await;
    });
}

#[test]
fn an_endpoint_that_asks_for_a_pause_gets_it() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Busy(503, Span::from_minutes(30)));
        queue(&running, shop, 1).await;
        until("it was tried", || world.courier.attempts().len() == 2).await;
        world.clock.jump(Span::from_minutes(29));
        a_while().await;
        assert_eq!(world.courier.attempts().len(), 2);
        world.clock.jump(Span::from_minutes(1));
        until("it was tried again", || world.courier.attempts().len() == 4).await;
        world.end(running).await;
    });
}

#[test]
fn the_second_event_waits_for_the_first_attempt_of_the_first_however_it_ends() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Hangs);
        let invoice = queue(&running, shop, 1).await[0];
        until("the first is in flight", || world.courier.attempts().len() == 1).await;
        a_while().await;
        assert_eq!(world.courier.kinds_of(invoice), ["payment_detected"]);
        world.courier.answer(SHOP, Answer::Status(500));
        until("the second follows", || world.courier.attempts().len() == 2).await;
        assert_eq!(world.courier.kinds_of(invoice), ["payment_detected", "payment_confirmed"]);

        // An attempt that could not even be made is none: the second still waits.
        world.courier.answer(SHOP, Answer::Panics);
        let invoice = queue(&running, shop, 1).await[0];
        until("the courier panicked", || world.courier.kinds_of(invoice).len() == 1).await;
        a_while().await;
        assert_eq!(world.courier.kinds_of(invoice), ["payment_detected"]);
        world.courier.answer(SHOP, Answer::Status(200));
        world.clock.jump(Span::from_s(6));
        until_acknowledged(&running, &[invoice]).await;
        let told = ["payment_detected", "payment_detected", "payment_confirmed"];
        assert_eq!(world.courier.kinds_of(invoice), told);
        world.end(running).await;
    });
}

#[test]
fn a_dead_endpoint_with_hundreds_of_events_recovers_and_new_events_do_not_wait_for_old_ones() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Refuses);
        let old = queue(&running, shop, 400).await;
        until("all were tried once", || world.courier.attempts().len() == 800).await;
        // An hour of retries, all in vain; the next are an hour and six hours away.
        for minutes in [2, 6, 17] {
            let attempts = world.courier.attempts().len();
            world.clock.jump(Span::from_minutes(minutes));
            until("all were tried again", || world.courier.attempts().len() == attempts + 800)
                .await;
        }
        world.courier.answer(SHOP, Answer::Status(200));
        let new = queue(&running, shop, 50).await;
        until_acknowledged(&running, &new).await;
        assert!(matches!(
            delivery(&running, old[0], EventKind::PaymentDetected).state,
            DeliveryState::Due(_)
        ));
        world.clock.jump(Span::from_minutes(70));
        until_acknowledged(&running, &old).await;
        until_idle(&running).await;
        world.end(running).await;
    });
}

#[test]
fn a_thousand_events_found_at_the_start_go_out_in_the_order_of_their_invoices() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let mut world = World::of(&[]);
        world.delivers = false;
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let invoices = queue(&running, shop, 600).await;
        running.stop().await;
        world.delivers = true;
        let running = world.start().await;
        until_acknowledged(&running, &invoices).await;
        for invoice in invoices {
            let told = ["payment_detected", "payment_confirmed"];
            assert_eq!(world.courier.kinds_of(invoice), told);
        }
        world.end(running).await;
    });
}

#[test]
fn without_an_endpoint_an_event_is_kept_for_redelivery_and_nothing_goes_out() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = queue(&running, shop, 1).await[0];
        for kind in [EventKind::PaymentDetected, EventKind::PaymentConfirmed] {
            until("it is given up", || {
                delivery(&running, invoice, kind).state == DeliveryState::Failed
            })
            .await;
            let delivery = delivery(&running, invoice, kind);
            assert_eq!(delivery.last_outcome, Some(Outcome::NoEndpoint));
        }
        assert!(world.courier.attempts().is_empty());
        // With one, the next event goes out.
        let url = Some("https://shop.example".to_owned());
        running.gateway().set_webhook(shop, url, None).await.unwrap();
        let next = queue(&running, shop, 1).await;
        until_acknowledged(&running, &next).await;
        world.end(running).await;
    });
}

#[test]
fn alarms_do_not_multiply_with_retries() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[Network::Eth]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Status(500));
        for _ in 0..40 {
            queue(&running, shop, 1).await;
            let attempts = world.courier.attempts().len();
            world.clock.jump(Span::from_s(20));
            until("somebody is told", || world.courier.attempts().len() >= attempts).await;
        }
        running.scanned(Network::Eth).await;
        assert!(world.clock.sleepers() <= 2, "{} timers run", world.clock.sleepers());
        world.end(running).await;
    });
}

#[test]
fn nothing_is_told_before_it_is_durable() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let network = Network::Eth;
        let mut world = World::of(&[network]);
        let disk = GatedDisk::default();
        world.disk = std::sync::Arc::new(disk.clone());
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        running.scanned(network).await;
        let shut = disk.shut();
        // The gate lets a group through that was on its way; this one waits.
        let waits = running.house().store.append(Vec::new());
        drop(waits);
        let (_, both) = both_events(shop, running.gateway().now());
        let ticket = running.house().store.append(both);
        a_while().await;
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 12);
        a_while().await;
        let told = world.courier.attempts().len();
        assert!(told == 0 || running.house().store.durable_seq() >= ticket.first, "told too early");
        let id = invoice.terms.invoice;
        assert!(world.courier.kinds_of(id).is_empty(), "told too early");
        drop(shut);
        until("both webhooks", || world.courier.kinds_of(id).len() == 2).await;
        world.end(running).await;
    });
}

#[test]
fn what_is_in_flight_at_a_stop_is_noted_and_not_sent_again() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::TakesTime(std::time::Duration::from_millis(300)));
        let invoices = queue(&running, shop, 4).await;
        until("they are in flight", || world.courier.in_flight(SHOP).0 == 4).await;
        running.stop().await;
        assert_eq!(world.courier.attempts().len(), 4, "nothing was started after the stop");
        let running = world.start().await;
        until_acknowledged(&running, &invoices).await;
        assert_eq!(world.courier.attempts().len(), 8, "each once");
        world.end(running).await;
    });
}

#[test]
fn second_events_that_fill_the_memory_do_not_keep_their_firsts_out() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let mut world = World::of(&[]);
        world.delivers = false;
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let now = running.gateway().now();
        let mut invoices = Vec::new();
        for _ in 0..400 {
            // In the index all second events lie before all first ones.
            let (id, facts) = events_at(shop, [now, now.minus(Span::from_s(9))]);
            running.write(facts).await;
            invoices.push(id);
        }
        running.stop().await;
        world.delivers = true;
        let running = world.start().await;
        until_acknowledged(&running, &invoices).await;
        for invoice in invoices {
            let told = ["payment_detected", "payment_confirmed"];
            assert_eq!(world.courier.kinds_of(invoice), told);
        }
        world.end(running).await;
    });
}
