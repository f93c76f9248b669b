//! Webhook endpoints that mean harm, and count what they are given.

use crate::failure::Told;
use crate::wire::Connection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Between two bytes of an endpoint that drips.
const DRIP_EVERY: Duration = Duration::from_millis(100);

/// How an endpoint treats whoever brings it something.
#[derive(Debug, Clone)]
pub enum Malice {
    /// Reads the request and says nothing.
    Silent,
    /// A good answer's head, byte by byte, for ever.
    DripsHead,
    /// 200, and its body byte by byte, for ever.
    DripsBody,
    /// 200, and a body without end, as fast as it is taken.
    Huge,
    /// Header lines without end.
    EndlessHeaders,
    /// `100 Continue` without end.
    EndlessInterim,
    /// 302 to there.
    Redirect(String),
    /// The connection is reset instead of an answer.
    Reset,
    /// What is neither TLS nor HTTP, before anything was asked.
    Babbles,
    /// This status, with these header lines (each ended by CR LF).
    Says(u16, &'static str),
    /// 12 KiB that unpack to a thousand times as much, under this `Content-Encoding`.
    Bomb(&'static str),
    /// Acknowledges, fails, is silent and resets in turn.
    Flaps,
}

/// What an endpoint has seen.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests read to their end.
    pub requests: AtomicUsize,
    /// Of them unanswered now, on open connections.
    pub in_flight: AtomicUsize,
    /// The most of these there ever were.
    pub most_in_flight: AtomicUsize,
    /// Connections that were ever made.
    pub bothered: AtomicUsize,
    /// Connections open now.
    pub open: AtomicUsize,
    /// Bytes that were taken from it.
    pub bytes_taken: AtomicU64,
}

/// The endpoint; closed when dropped.
pub struct HostileEndpoint {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it has seen.
    pub counts: Arc<Counts>,
    task: JoinHandle<()>,
}

impl HostileEndpoint {
    /// Listens.
    pub async fn start(malice: Malice) -> Told<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let seen = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (malice, counts) = (malice.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    counts.bothered.fetch_add(1, Relaxed);
                    let _open = Held::more(&counts.open);
                    // That the other side goes away is how it ends.
                    visit(stream, &malice, &counts).await.ok();
                });
            }
        });
        Ok(Self { address, counts, task })
    }
}

impl Drop for HostileEndpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One more of something, for as long as this lives.
struct Held<'c>(&'c AtomicUsize);

impl<'c> Held<'c> {
    fn more(counter: &'c AtomicUsize) -> Self {
        counter.fetch_add(1, Relaxed);
        Held(counter)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn visit(stream: TcpStream, malice: &Malice, counts: &Counts) -> Told<()> {
    let mut sender = Connection::accepted(stream);
    if matches!(malice, Malice::Babbles) {
        sender.send(b"\x00\xff babble \x15\x03 babble\r\n\r\n").await?;
    }
    while sender.request().await?.is_some() {
        let number = counts.requests.fetch_add(1, Relaxed);
        let _in_flight = Held::more(&counts.in_flight);
        counts.most_in_flight.fetch_max(counts.in_flight.load(Relaxed), Relaxed);
        if !mistreat(&mut sender, malice, number, counts).await? {
            return sender.reset();
        }
    }
    Ok(())
}

/// Answers in its way; false where the connection is to be reset.
async fn mistreat(
    sender: &mut Connection,
    malice: &Malice,
    number: usize,
    counts: &Counts,
) -> Told<bool> {
    match malice {
        Malice::Silent => while sender.line().await?.is_some() {},
        Malice::DripsHead => drip(sender, b"HTTP/1.1 200 OK\r\nx: ", counts).await?,
        Malice::DripsBody => drip(sender, &head(200, "Content-Length: 99999\r\n"), counts).await?,
        Malice::Huge => {
            let length = head(200, "Content-Length: 99999999999\r\n");
            pour(sender, &length, &[b'x'; 16 * 1024], counts).await?;
        }
        Malice::EndlessHeaders => {
            let start = b"HTTP/1.1 200 OK\r\n";
            pour(sender, start, "x-endless: and on and on\r\n".repeat(64).as_bytes(), counts)
                .await?;
        }
        Malice::EndlessInterim => {
            pour(sender, b"", "HTTP/1.1 100 Continue\r\n\r\n".repeat(64).as_bytes(), counts)
                .await?;
        }
        Malice::Redirect(to) => say(sender, 302, &format!("Location: {to}\r\n"), b"").await?,
        Malice::Reset | Malice::Babbles => return Ok(false),
        Malice::Says(status, headers) => say(sender, *status, headers, b"").await?,
        Malice::Bomb(encoding) => {
            say(sender, 200, &format!("Content-Encoding: {encoding}\r\n"), &bomb()).await?;
        }
        Malice::Flaps => match number % 4 {
            0 => say(sender, 200, "", b"").await?,
            1 => say(sender, 500, "", b"").await?,
            2 => while sender.line().await?.is_some() {},
            _ => return Ok(false),
        },
    }
    Ok(true)
}

fn head(status: u16, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} So\r\n{headers}\r\n").into_bytes()
}

async fn say(sender: &mut Connection, status: u16, headers: &str, body: &[u8]) -> Told<()> {
    let length = format!("{headers}Content-Length: {}\r\n", body.len());
    sender.send(&[&head(status, &length), body].concat()).await
}

async fn drip(sender: &mut Connection, start: &[u8], counts: &Counts) -> Told<()> {
    sender.send(start).await?;
    loop {
        sender.send(b"x").await?;
        counts.bytes_taken.fetch_add(1, Relaxed);
        sleep(DRIP_EVERY).await;
    }
}

async fn pour(sender: &mut Connection, start: &[u8], piece: &[u8], counts: &Counts) -> Told<()> {
    sender.send(start).await?;
    loop {
        sender.send(piece).await?;
        counts.bytes_taken.fetch_add(piece.len() as u64, Relaxed);
        tokio::task::yield_now().await;
    }
}

/// The beginning of a gzip member (RFC 1952) whose every further zero byte unpacks to 1,032 zeros.
fn bomb() -> Vec<u8> {
    let start = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xec, 0xc1, 1, 1, 0, 0, 0, 0x80, 0x90, 0xfe];
    [&start[..], &[0xaf, 0xee, 8, 0x0a], &[0; 12 * 1024]].concat()
}
