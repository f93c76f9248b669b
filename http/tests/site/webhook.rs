//! Webhooks: where they go, which, tests of them, their log, once more, and events to catch up by.

use crate::running::Running;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Json, Told};

const NONE: &str = r#""paused":null,"rotation":null}}"#;
const SEED: &str = r#""events":["payment_detected","payment_confirmed"]"#;

#[tokio::test]
async fn a_webhook_is_set_shown_and_removed() -> Told<()> {
    let site = Running::start().await?;
    let shown =
        async || -> Told<String> { Ok(site.merchant.call("GET", "/webhook", "").await?.text()) };
    let settings = |url: &str, events: &str| {
        format!(r#"{{"success":true,"webhook":{{"url":{url},{events},{NONE}"#)
    };
    assert_eq!(shown().await?, settings("null", SEED));
    let body = r#"{"url":"https://shop.example/hook?a=1"}"#;
    let set = site.merchant.call("PUT", "/webhook", body).await?;
    let expected = settings(r#""https://shop.example/hook?a=1""#, SEED);
    assert_eq!((set.status, set.text()), (200, expected.clone()));
    assert_eq!(shown().await?, expected);
    let refused = [
        (r#"{"url":"https://10.0.0.1/"}"#, "blocked_address", "url"),
        (r#"{"url":"https://10.0.0.1/","events":7}"#, "blocked_address", "url"),
        (r#"{"url":null,"events":["paid"]}"#, "invalid_events", "events"),
        (r#"{"url":null,"events":["webhook_test"]}"#, "invalid_events", "events"),
    ];
    for (body, code, param) in refused {
        let refused = site.merchant.call("PUT", "/webhook", body).await?.expect(422)?;
        assert_eq!((refused.text("error.code")?, refused.text("error.param")?), (code, param));
        assert_eq!(shown().await?, expected, "a refused setting changes nothing");
    }
    let chosen = r#"{"url":null,"events":["payment_late","invoice_created"]}"#;
    site.merchant.call("PUT", "/webhook", chosen).await?.expect(200)?;
    let four =
        r#""events":["payment_detected","payment_confirmed","invoice_created","payment_late"]"#;
    assert_eq!(shown().await?, settings("null", four));
    site.merchant.call("PUT", "/webhook", r#"{"url":null}"#).await?.expect(200)?;
    assert_eq!(shown().await?, settings("null", four), "unnamed events stay as they were");
    site.merchant.call("PUT", "/webhook", r#"{"url":null,"events":[]}"#).await?.expect(200)?;
    assert_eq!(shown().await?, settings("null", SEED));
    Ok(())
}

#[tokio::test]
async fn a_secret_is_rotated_begun_again_and_finished() -> Told<()> {
    let site = Running::start().await?;
    let rotate =
        async |body: &str| site.merchant.call("POST", "/webhook/rotate-secret", body).await;
    let refused = rotate(r#"{"finish":true}"#).await?.expect(409)?;
    assert_eq!(refused.text("error.code")?, "not_rotating");
    let first = rotate("{}").await?.expect(200)?;
    let second = rotate("{}").await?.expect(200)?;
    let (first, again) = (first.text("app_secret")?, second.text("app_secret")?);
    assert!(first.starts_with("whsec_") && again.starts_with("whsec_") && first != again);
    assert!(first != site.merchant.app_secret);
    let shown = site.merchant.call("GET", "/webhook", "").await?;
    assert!(!shown.text().contains("whsec_"), "a secret is shown once: {}", shown.text());
    assert_eq!(
        shown.expect(200)?.text("webhook.rotation.ends_at")?,
        second.text("rotation.ends_at")?
    );
    let ended = rotate(r#"{"finish":true}"#).await?;
    assert_eq!((ended.status, &*ended.text()), (200, r#"{"success":true,"rotation":null}"#));
    rotate(r#"{"finish":true}"#).await?.expect(409)?;
    let wrong = rotate(r#"{"finish":"yes"}"#).await?.expect(422)?;
    assert_eq!(wrong.text("error.param")?, "finish");
    Ok(())
}

/// One test of the endpoint, by its id.
async fn tested(site: &Running) -> Told<String> {
    let accepted = site.merchant.call("POST", "/webhook/test", "{}").await?.expect(202)?;
    assert_eq!(accepted.text("delivery.state")?, "pending");
    assert_eq!(accepted.text("delivery.event")?, "webhook_test");
    Ok(accepted.text("delivery.id")?.to_owned())
}

#[tokio::test]
async fn a_test_is_queued_logged_and_redelivered() -> Told<()> {
    let site = Running::start().await?;
    let refused = site.merchant.call("POST", "/webhook/test", "{}").await?.expect(409)?;
    assert_eq!(refused.text("error.code")?, "no_webhook_url");
    let url = r#"{"url":"https://shop.example/hook"}"#;
    site.merchant.call("PUT", "/webhook", url).await?.expect(200)?;
    let id = tested(&site).await?;
    let path = format!("/webhook/deliveries/{id}/redeliver");
    for attempts in 1..=2 {
        // The courier of these tests brings nothing anywhere.
        let log = wait::until("an attempt is logged", async || {
            let list = site.merchant.call("GET", "/webhook/deliveries", "").await?;
            let count = list.text().matches(r#""error":"no answer came in time""#).count();
            Ok(Look::when(count == attempts, list.expect(200)?, || list.text()))
        })
        .await?;
        assert_eq!(log.text("deliveries.0.id")?, id);
        assert_eq!(log.text("deliveries.0.log.0.request.url")?, "https://shop.example/hook");
        assert_eq!(log.text("deliveries.0.log.0.request.headers.webhook-id")?, id);
        assert_eq!(*log.at("deliveries.0.log.0.status")?, Json::Null);
        assert_eq!(*log.at("deliveries.0.log.0.response")?, Json::Null);
        let body = Json::parse(log.text("deliveries.0.log.0.request.body")?.as_bytes())?;
        assert_eq!((body.text("event")?, body.text("signature")?.len()), ("webhook_test", 64));
        let again = site.merchant.call("POST", &path, "{}").await?.expect(202)?;
        assert_eq!(again.text("delivery.id")?, id);
    }
    for strange in ["7", "00000000-0000-4000-8000-000000000000"] {
        let path = format!("/webhook/deliveries/{strange}/redeliver");
        let refused = site.merchant.call("POST", &path, "{}").await?.expect(404)?;
        assert_eq!(refused.text("error.code")?, "delivery_not_found");
    }
    Ok(())
}

#[tokio::test]
async fn events_and_deliveries_are_paged_each_in_its_own_direction() -> Told<()> {
    let site = Running::start().await?;
    site.merchant.call("PUT", "/webhook", r#"{"url":"https://a.example/"}"#).await?.expect(200)?;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(tested(&site).await?);
    }
    let get =
        async |path: &str| -> Told<Json> { site.merchant.call("GET", path, "").await?.expect(200) };
    let mut found = Vec::new();
    let mut path = "/events?limit=2".to_owned();
    loop {
        let page = get(&path).await?;
        for place in 0..2 {
            let Ok(id) = page.text(&format!("events.{place}.id")) else { break };
            found.push(id.to_owned());
            assert_eq!(page.text(&format!("events.{place}.type"))?, "webhook_test");
            assert_eq!(page.text(&format!("events.{place}.data.event"))?, "webhook_test");
            let data = format!("events.{place}.data.signature");
            assert!(page.at(&data).is_err(), "signatures are of attempts");
        }
        if *page.at("has_more")? != Json::Bool(true) {
            break;
        }
        path = format!("/events?limit=2&after={}", found[found.len() - 1]);
    }
    assert_eq!(found, ids, "oldest first, each once");
    let page = get("/webhook/deliveries?limit=2&state=pending&event=webhook_test").await?;
    assert_eq!(page.text("deliveries.0.id")?, ids[4]);
    assert_eq!(page.text("next")?, ids[3]);
    let path = format!("/webhook/deliveries?limit=9&before={}", ids[3]);
    let page = get(&path).await?;
    assert_eq!(page.text("deliveries.2.id")?, ids[0]);
    assert_eq!((page.at("deliveries.3").is_err(), page.at("next")?), (true, &Json::Null));
    let page = get("/webhook/deliveries?state=failed").await?;
    assert!(page.at("deliveries.0").is_err());
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (path, param) in [("/events?after=", "after"), ("/webhook/deliveries?before=", "before")] {
        let refused =
            site.merchant.call("GET", &format!("{path}{unknown}"), "").await?.expect(422)?;
        assert_eq!(refused.text("error.code")?, "invalid_filter");
        assert_eq!(refused.text("error.param")?, param);
    }
    Ok(())
}
