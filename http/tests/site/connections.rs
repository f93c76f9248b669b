//! Connections that dawdle, shout, or never end; and a server that stops.

use crate::running::Running;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::{Connection, request};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn half_a_head_is_answered_with_408_and_silence_with_nothing() -> Told<()> {
    let site = Running::with(|config| config.header_read_timeout = SHORT).await?;
    let mut connection = Connection::to(site.address).await?;
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: loc").await?;
    let answer = connection.response(false).await?;
    assert_eq!(answer.expect(408)?.text("error.code")?, "request_timeout");

    let mut silent = TcpStream::connect(site.address).await?;
    assert_eq!(silent.read(&mut [0; 64]).await?, 0, "closed without a word");
    let mut kept = Connection::to(site.address).await?;
    kept.send(&request("GET", "/healthz", &[], b"")).await?;
    assert_eq!(kept.response(false).await?.status, 200);
    assert!(kept.response(false).await.is_err(), "closed without a word");
    Ok(())
}

#[tokio::test]
async fn half_a_body_is_answered_with_408() -> Told<()> {
    let site = Running::with(|config| config.body_read_timeout = SHORT).await?;
    for head in ["Content-Length: 33", "Transfer-Encoding: chunked"] {
        let mut connection = Connection::to(site.address).await?;
        let bytes = format!("POST /api/v1/invoices HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n");
        connection.send(bytes.as_bytes()).await?;
        let answer = connection.response(false).await?;
        assert_eq!(answer.expect(408)?.text("error.code")?, "request_timeout", "{head}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_http_is_refused_as_json_too() -> Told<()> {
    let site = Running::start().await?;
    let long_header = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(100_000));
    let long_path = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    let rows: [(&str, &str, u16); 5] = [
        ("\u{16}\u{3}\u{1}\r\n\r\n", "bad_request", 400),
        ("GET / HTTP/9.9\r\n\r\n", "bad_request", 400),
        ("GET / HTTP/1.1\r\nX A: b\r\n\r\n", "bad_request", 400),
        (&long_header, "headers_too_large", 431),
        (&long_path, "headers_too_large", 431),
    ];
    for (bytes, code, status) in rows {
        let mut connection = Connection::to(site.address).await?;
        connection.send(bytes.as_bytes()).await?;
        let answer = connection.response(false).await?;
        assert_eq!(answer.expect(status)?.text("error.code")?, code, "{bytes:.40}");
        assert!(answer.headers.get("x-request-id").is_some());
    }
    Ok(())
}

#[tokio::test]
async fn who_is_still_sending_too_much_reads_the_refusal() -> Told<()> {
    let site = Running::start().await?;
    let mut stream = TcpStream::connect(site.address).await?;
    let head = "POST /api/v1/invoices HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    // Closing at once would reset the connection under the client's feet.
    stream.write_all(&vec![b' '; 500_000]).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body_too_large"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn requests_in_one_breath_are_answered_in_order() -> Told<()> {
    let site = Running::start().await?;
    let mut connection = Connection::to(site.address).await?;
    let both = [request("GET", "/healthz", &[], b""), request("GET", "/nothing", &[], b"")];
    connection.send(&both.concat()).await?;
    assert_eq!(connection.response(false).await?.status, 200);
    assert_eq!(connection.response(false).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn beyond_the_bound_connections_wait_until_another_leaves() -> Told<()> {
    let site = Running::with(|config| config.connections_max = 2).await?;
    let asked = request("GET", "/healthz", &[], b"");
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::to(site.address).await?;
        connection.send(&asked).await?;
        assert_eq!(connection.response(false).await?.status, 200);
        held.push(connection);
    }
    let mut third = Connection::to(site.address).await?;
    third.send(&asked).await?;
    assert!(timeout(SHORT, third.response(false)).await.is_err(), "it waits its turn");
    held.pop();
    assert_eq!(third.response(false).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_request_under_way_is_answered_although_the_server_stops() -> Told<()> {
    let mut site = Running::start().await?;
    let address = site.address;
    let body = br#"{"network":"ltc","amount_usd":50.00}"#;
    let head = format!(
        "POST /api/v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        site.merchant.authorization(),
        body.len()
    );
    let mut connection = Connection::to(address).await?;
    connection.send(head.as_bytes()).await?;
    // The server asks for the body: the request is under way.
    assert_eq!(connection.response(true).await?.status, 100);
    // Answered once, so that it is surely taken in and not only in the listener's backlog.
    let mut idle = TcpStream::connect(address).await?;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    assert!(idle.read(&mut [0; 4096]).await? > 0);
    site.stop();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await?;
    connection.send(body).await?;
    let answer = connection.response(false).await?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    site.stopped().await?;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    Ok(())
}
