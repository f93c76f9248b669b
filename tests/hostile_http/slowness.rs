//! Clients that dawdle: they are let go, and hold up nobody.

use crate::{nothing_changed, untouched};
use cryptopayment_test_support::wire::Connection;
use cryptopayment_test_support::{Failure, Told};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Longer than any timeout of the server's.
const LONG: Duration = Duration::from_secs(60);

/// Sends `bytes` and waits until the server gives up on the rest, with an answer or without.
async fn let_go_after(mut connection: Connection, bytes: &[u8]) -> Told<Option<u16>> {
    connection.send(bytes).await?;
    match timeout(LONG, connection.response(false)).await {
        Ok(answer) => Ok(answer.ok().map(|answer| answer.status)),
        Err(_) => Err(Failure::new("the server still waits")),
    }
}

#[tokio::test]
async fn half_a_head_is_not_waited_for_for_ever() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let connection = Connection::to(gateway.address()?).await?;
    let status = let_go_after(connection, b"GET /healthz HTTP/1.1\r\nHost: loc").await?;
    assert!(matches!(status, None | Some(400 | 408)), "{status:?}");
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn half_a_body_is_not_waited_for_for_ever() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let head = format!(
        "POST /api/v1/invoices HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: 33\r\n\r\n{{\"network\"",
        merchant.authorization()
    );
    let connection = Connection::to(gateway.address()?).await?;
    let status = let_go_after(connection, head.as_bytes()).await?;
    assert!(matches!(status, None | Some(400 | 408)), "{status:?}");
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn five_hundred_who_dawdle_hold_up_nobody() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let mut dawdlers = Vec::new();
    for _ in 0..500 {
        let mut connection = Connection::to(gateway.address()?).await?;
        connection.send(b"POST /api/v1/invoices HTTP/1.1\r\nHost: l").await?;
        dawdlers.push(connection);
    }
    let before = Instant::now();
    merchant.open("ltc", "50.00").await?;
    let took = before.elapsed();
    assert!(took < Duration::from_secs(5), "a good request took {took:?}");
    drop(dawdlers);
    Ok(())
}
