//! Slow endpoints cost the others nothing, and what has waited longest goes first.

use crate::dispatcher::{queue, until_acknowledged, until_idle};
use crate::support::*;
use cryptopayment_actors::dispatcher::{
    HELD_PER_MERCHANT_MAX, IN_FLIGHT_MAX, IN_FLIGHT_PER_ENDPOINT_MAX, IN_FLIGHT_SLOW_MAX,
};

/// Nor does it help to answer just in time: the time is what others wait for.
#[test]
fn an_endpoint_that_drips_its_answers_gets_one_at_a_time() {
    const DRIPS: &str = "https://drips.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let drips = running.merchant("drips", Some(DRIPS)).await.merchant_id;
        world.courier.answer(DRIPS, Answer::Drips);
        let waiting = queue(&running, drips, 40).await;
        until("eight are in flight", || world.courier.in_flight(DRIPS).0 == 8).await;
        world.courier.answer(DRIPS, Answer::Hangs);
        until("they have ended", || world.courier.attempts_to(DRIPS).len() > 8).await;
        a_while().await;
        assert_eq!(world.courier.in_flight(DRIPS), (1, 8));
        // Each quick answer earns it one more, up to what everybody gets.
        world.courier.answer(DRIPS, Answer::Status(200));
        world.clock.jump(Span::from_minutes(2));
        until_acknowledged(&running, &waiting).await;
        assert_eq!(world.courier.in_flight(DRIPS).1, IN_FLIGHT_PER_ENDPOINT_MAX);
        world.end(running).await;
    });
}

#[test]
fn however_many_endpoints_are_slow_there_is_room_for_the_others() {
    const QUICK: &str = "https://quick.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let quick = running.merchant("quick", Some(QUICK)).await.merchant_id;
        let urls: Vec<_> = (0..=IN_FLIGHT_MAX).map(|n| format!("https://{n}.example")).collect();
        let mut invoices = Vec::new();
        for (number, url) in urls.iter().enumerate() {
            world.courier.answer(url, Answer::TimesOut);
            let merchant = running.merchant(&number.to_string(), Some(url)).await.merchant_id;
            invoices.extend(queue(&running, merchant, 1).await);
        }
        until("all are slow", || world.courier.attempts().len() == 2 * urls.len()).await;
        until_idle(&running).await;
        urls.iter().for_each(|url| world.courier.answer(url, Answer::Hangs));
        world.clock.jump(Span::from_minutes(2));
        until("they have their share", || world.courier.in_flight_in_all().0 == IN_FLIGHT_SLOW_MAX)
            .await;
        a_while().await;
        assert_eq!(world.courier.in_flight_in_all().0, IN_FLIGHT_SLOW_MAX);
        let told = queue(&running, quick, 50).await;
        until_acknowledged(&running, &told).await;
        // Who waits for a share gets it when another gives it back.
        urls.iter().for_each(|url| world.courier.answer(url, Answer::Status(200)));
        for _ in 0..4 {
            world.clock.jump(Span::from_minutes(20));
            until_idle(&running).await;
        }
        until_acknowledged(&running, &invoices).await;
        world.end(running).await;
    });
}

#[test]
fn what_has_waited_longest_goes_first_however_much_is_new() {
    const SHOP: &str = "https://shop.example";
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::TakesTime(std::time::Duration::from_millis(2)));
        let old = queue(&running, shop, 300).await;
        world.clock.jump(Span::from_s(1));
        let is_old = |attempt: &Delivered| {
            old.iter().any(|id| attempt.body["invoice_id"] == id.to_string().as_str())
        };
        // New events come faster than any can be told.
        for _ in 0..40 {
            queue(&running, shop, 60).await;
            let attempts = world.courier.attempts();
            if attempts.iter().filter(|attempt| is_old(attempt)).count() == 2 * old.len() {
                break;
            }
        }
        until_acknowledged(&running, &old).await;
        let attempts = world.courier.attempts();
        let last = attempts.iter().rposition(is_old).unwrap();
        let overtook = attempts[..last].iter().filter(|attempt| !is_old(attempt)).count();
        assert!(overtook <= HELD_PER_MERCHANT_MAX, "{overtook} new ones went before the last old");
        running.stop().await;
    });
}
