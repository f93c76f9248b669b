//! The courier against endpoints that nobody should trust.

mod hostile;
mod names;
mod tls;

use super::*;
use crate::cidr::Cidr;
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::time::Timestamp;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const SHORT: Duration = Duration::from_millis(400);

fn loopback() -> Guard {
    Guard::new(Cidr::loopback().to_vec())
}

fn courier(guard: Guard) -> HttpCourier {
    HttpCourier::new(guard, Authorities::default())
}

/// What a courier works with that may go to loopback and has little patience.
fn impatient() -> Means {
    Means { time_max: SHORT, ..Means::of_this_machine(loopback(), Authorities::default()) }
}

fn impatient_courier() -> HttpCourier {
    HttpCourier::with(impatient())
}

fn parcel(url: String) -> Parcel {
    Parcel {
        event: EventId(uuid::Uuid::nil()),
        url,
        sent_at: Timestamp::from_unix_s(784_887_151),
        signature: "v1,abc=".to_owned(),
        body: br#"{"event":"payment_confirmed"}"#.to_vec(),
    }
}

/// Reads one request to its end.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        text.extend_from_slice(&piece[..read]);
        if text.ends_with(br#"{"event":"payment_confirmed"}"#) {
            return String::from_utf8(text).ok();
        }
    }
}

/// An endpoint that answers every request on every connection with these bytes, and says what it
/// was sent; `hang_up` closes the connection after the answer.
async fn endpoint(
    answer: &'static [u8],
    hang_up: bool,
) -> (SocketAddr, mpsc::UnboundedReceiver<(usize, String)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (said, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let said = said.clone();
            tokio::spawn(async move {
                while let Some(text) = request(&mut stream).await {
                    let _ = said.send((connection, text));
                    let _ = stream.write_all(answer).await;
                    if hang_up {
                        return;
                    }
                }
            });
        }
    });
    (address, heard)
}

async fn delivered(answer: &'static [u8], hang_up: bool) -> Receipt {
    let (address, _heard) = endpoint(answer, hang_up).await;
    let courier = impatient_courier();
    courier.deliver(parcel(format!("http://{address}/hook"))).await
}

#[tokio::test]
async fn the_request_carries_the_standard_headers_and_the_very_body() {
    let (address, mut heard) =
        endpoint(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", false).await;
    let courier = self::courier(loopback());
    for _ in 0..3 {
        let receipt =
            courier.deliver(parcel(format!("http://u:p%40%3Ass@{address}/hook?a=1#b"))).await;
        assert_eq!(receipt.outcome, Outcome::Answered { status: 200 });
    }
    for _ in 0..3 {
        let (connection, text) = heard.recv().await.unwrap();
        assert_eq!(connection, 0, "the connection is kept");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let lines: Vec<_> = head.lines().collect();
        assert_eq!(lines[0], "POST /hook?a=1 HTTP/1.1");
        for line in [
            "content-type: application/json",
            "webhook-id: 00000000-0000-0000-0000-000000000000",
            "webhook-timestamp: 784887151",
            "webhook-signature: v1,abc=",
            "authorization: Basic dTpwQDpzcw==",
            "accept: */*",
            concat!("user-agent: CryptoPayment/", env!("CARGO_PKG_VERSION")),
        ] {
            assert!(lines.contains(&line), "{line} in {head}");
        }
        assert_eq!(body, r#"{"event":"payment_confirmed"}"#);
    }
}

#[tokio::test]
async fn what_endpoints_answer_and_what_is_made_of_it() {
    let answered = |status| Outcome::Answered { status };
    let broken = || Outcome::Unreachable { error: "what came back is no HTTP answer".into() };
    let rows: [(&'static [u8], Outcome, Option<u64>); 7] = [
        (b"HTTP/1.1 204 No Content\r\n\r\n", answered(204), None),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n", answered(302), None),
        (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", answered(410), None),
        (
            b"HTTP/1.1 503 Busy\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n",
            answered(503),
            Some(120),
        ),
        (
            b"HTTP/1.1 429 Slow\r\nretry-after: Tue, 15 Nov 1994 09:12:31 GMT\r\ncontent-length: 0\r\n\r\n",
            answered(429),
            Some(3600),
        ),
        (b"hello, this is no HTTP\r\n\r\n", broken(), None),
        (b"HTTP/1.1 2000 Odd\r\n\r\n", broken(), None),
    ];
    for (answer, outcome, retry_after_s) in rows {
        let receipt = delivered(answer, true).await;
        let shown = String::from_utf8_lossy(answer);
        assert_eq!(receipt.outcome, outcome, "{shown}");
        // A date is counted from the answer's moment, which is a little after the sending.
        let asked = receipt.retry_after.map(|span| span.ms().unsigned_abs().div_ceil(1000));
        assert_eq!(asked, retry_after_s, "{shown}");
    }
}

#[tokio::test]
async fn a_hanging_endpoint_is_left_after_the_time_limit() {
    let receipt = delivered(b"", false).await;
    assert_eq!(receipt.outcome, Outcome::TimedOut);
    assert!(receipt.took_ms >= 400, "{receipt:?}");
    let receipt = delivered(b"HTTP/1.1 200 OK\r\ncontent-le", false).await;
    assert_eq!(receipt.outcome, Outcome::TimedOut, "half a head is no answer");
}

#[tokio::test]
async fn an_answer_without_end_has_acknowledged_and_is_not_read_on() {
    let receipt = delivered(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", false).await;
    assert_eq!(receipt.outcome, Outcome::Answered { status: 200 });

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let flood = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n").await.unwrap();
        let mut sent = 0u64;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {
            sent += 8192;
        }
        sent
    });
    let courier = self::courier(loopback());
    let receipt = courier.deliver(parcel(format!("http://{address}/"))).await;
    assert_eq!(receipt.outcome, Outcome::Answered { status: 200 });
    // What the kernel's buffers swallow is not ours to bound; the flood has an end all the same.
    assert!(flood.await.unwrap() < 64 * 1024 * 1024);
}

#[tokio::test]
async fn a_broken_connection_is_said_without_the_url() {
    let unreachable = |receipt: Receipt| {
        let Outcome::Unreachable { error } = receipt.outcome else { panic!("{receipt:?}") };
        error
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let courier = self::courier(loopback());
    let url = format!("http://{address}/hook?token=secret");
    assert_eq!(unreachable(courier.deliver(parcel(url)).await), "the connection was refused");

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            request(&mut stream).await;
        }
    });
    let url = format!("http://user:secret@{address}/hook?token=secret");
    let error = unreachable(courier.deliver(parcel(url)).await);
    assert!(!error.contains("secret") && !error.contains("127.0.0.1"), "{error}");

    // TLS is spoken to an endpoint that speaks none.
    let (address, _heard) = endpoint(b"HTTP/1.1 200 OK\r\n\r\n", true).await;
    let courier = impatient_courier();
    let receipt = courier.deliver(parcel(format!("https://{address}/"))).await;
    assert!(!receipt.outcome.is_acknowledged(), "{receipt:?}");
}

#[tokio::test]
async fn private_addresses_are_never_connected_to() {
    let (address, mut heard) = endpoint(b"HTTP/1.1 200 OK\r\n\r\n", true).await;
    let port = address.port();
    let strict = courier(Guard::default());
    for url in [
        format!("https://127.0.0.1:{port}/"),
        format!("https://0x7f.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        "ftp://127.0.0.1/".to_owned(),
    ] {
        let receipt = strict.deliver(parcel(url.clone())).await;
        assert!(matches!(receipt.outcome, Outcome::Blocked { .. }), "{url}: {receipt:?}");
    }
    assert!(heard.try_recv().is_err(), "nobody was asked");
}

#[tokio::test]
async fn a_machine_without_certificates_still_delivers_in_the_clear() {
    let (address, _heard) = endpoint(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
    let courier = HttpCourier { encrypted: None, ..courier(loopback()) };
    let plain = courier.deliver(parcel(format!("http://{address}/"))).await;
    assert_eq!(plain.outcome, Outcome::Answered { status: 200 });
    let encrypted = courier.deliver(parcel(format!("https://{address}/"))).await;
    assert_eq!(encrypted.outcome, without_certificates());
}

/// A merchant who sets one URL after another fills the process with no idle connections.
#[tokio::test]
async fn only_so_many_endpoints_keep_their_connections() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let courier = HttpCourier::with(Means { kept_max: 2, ..impatient() });
    for number in 0..5 {
        let (address, mut heard) = endpoint(OK, false).await;
        for delivery in 0..2 {
            let receipt = courier.deliver(parcel(format!("http://{address}/"))).await;
            assert_eq!(receipt.outcome, Outcome::Answered { status: 200 });
            let (connection, text) = heard.recv().await.unwrap();
            let is_kept = number < 2;
            assert_eq!(connection, if is_kept { 0 } else { delivery }, "endpoint {number}");
            assert_eq!(text.contains("connection: close"), !is_kept, "endpoint {number}: {text}");
        }
    }
}
