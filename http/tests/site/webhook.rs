//! Where webhooks go: shown, set, removed.

use crate::running::Running;
use cryptopayment_test_support::{Json, Told};

#[tokio::test]
async fn a_webhook_is_set_shown_and_removed() -> Told<()> {
    let site = Running::start().await?;
    let shown =
        async || -> Told<String> { Ok(site.merchant.call("GET", "/webhook", "").await?.text()) };
    assert_eq!(shown().await?, r#"{"success":true,"webhook":{"url":null}}"#);
    let body = r#"{"url":"https://shop.example/hook?a=1"}"#;
    let set = site.merchant.call("PUT", "/webhook", body).await?;
    let expected = r#"{"success":true,"webhook":{"url":"https://shop.example/hook?a=1"}}"#;
    assert_eq!((set.status, &*set.text()), (200, expected));
    assert_eq!(shown().await?, expected);
    let blocked = site.merchant.call("PUT", "/webhook", r#"{"url":"https://10.0.0.1/"}"#).await?;
    assert_eq!(blocked.expect(422)?.text("error.code")?, "blocked_address");
    assert_eq!(shown().await?, expected, "a refused URL changes nothing");
    let removed = site.merchant.call("PUT", "/webhook", r#"{"url":null}"#).await?.expect(200)?;
    assert_eq!(*removed.at("webhook.url")?, Json::Null);
    Ok(())
}
