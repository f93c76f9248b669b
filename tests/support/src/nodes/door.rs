//! A door in front of a node's RPC: the provider that hangs, is rate-limited, shows an error page,
//! or lags behind. The gateway is given the door's address; the test says how the door behaves.

use super::rpc::Rpc;
use crate::failure::Told;
use crate::wire::{Connection, Request, Response, exchange, request};
use parking_lot::Mutex;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How a door treats whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manners {
    /// Hands every question to the node and every answer back.
    Pass,
    /// Takes the question and never answers.
    Hang,
    /// Answers with this status, as such a server would.
    Status(u16),
    /// A friendly web page, with status 200.
    WebPage,
    /// The node's answer, cut in the middle.
    CutShort,
    /// Closes the connection with a reset.
    Reset,
    /// Hands questions to another node: one that lags, or follows another chain.
    Elsewhere(SocketAddr),
}

struct State {
    manners: Manners,
    asked: Vec<(Instant, String)>,
}

/// The door; closed when dropped.
pub struct Door {
    address: SocketAddr,
    node: Rpc,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Door {
    /// Opens a door to `node`.
    pub async fn to(node: &Rpc) -> Told<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State { manners: Manners::Pass, asked: Vec::new() }));
        let task = tokio::spawn(serve(listener, node.address, Arc::clone(&state)));
        Ok(Self { address, node: node.clone(), state, task })
    }

    /// The node's RPC, through the door.
    #[must_use]
    pub fn rpc(&self) -> Rpc {
        Rpc { address: self.address, ..self.node.clone() }
    }

    /// From now on it behaves like this.
    pub fn behave(&self, manners: Manners) {
        self.state.lock().manners = manners;
    }

    /// When questions came since `when`.
    #[must_use]
    pub fn instants_since(&self, when: Instant) -> Vec<Instant> {
        self.state.lock().asked.iter().map(|(at, _)| *at).filter(|at| *at >= when).collect()
    }

    /// How many questions came since `when`.
    #[must_use]
    pub fn asked_since(&self, when: Instant) -> usize {
        self.state.lock().asked.iter().filter(|(asked, _)| *asked >= when).count()
    }

    /// How often `method` was called since `when`, each call of a batch for itself.
    #[must_use]
    pub fn called_since(&self, method: &str, when: Instant) -> usize {
        let called = format!("\"method\":\"{method}\"");
        let state = self.state.lock();
        let since = state.asked.iter().filter(|(asked, _)| *asked >= when);
        since.map(|(_, question)| question.matches(&called).count()).sum()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, node: SocketAddr, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // A visitor who goes away in the middle is no matter of this door's.
        tokio::spawn(async move { visit(stream, node, &state).await.ok() });
    }
}

async fn visit(stream: TcpStream, node: SocketAddr, state: &Mutex<State>) -> Told<()> {
    let mut visitor = Connection::accepted(stream);
    while let Some(asked) = visitor.request().await? {
        let manners = {
            let mut state = state.lock();
            let question = String::from_utf8_lossy(&asked.body).into_owned();
            state.asked.push((Instant::now(), question));
            state.manners.clone()
        };
        let answer = match manners {
            Manners::Pass => bytes_of(&hand_on(&asked, node).await?),
            Manners::Elsewhere(other) => bytes_of(&hand_on(&asked, other).await?),
            Manners::Hang => pending().await,
            Manners::Status(status) => page(status, "text/plain", "no"),
            Manners::WebPage => page(200, "text/html", "<!doctype html><p>We'll be back soon!"),
            Manners::CutShort => {
                let whole = bytes_of(&hand_on(&asked, node).await?);
                visitor.send(&whole[..whole.len() - whole.len() / 4]).await?;
                return Ok(());
            }
            Manners::Reset => return visitor.reset(),
        };
        visitor.send(&answer).await?;
    }
    Ok(())
}

async fn hand_on(asked: &Request, node: SocketAddr) -> Told<Response> {
    let kept: Vec<(&str, &str)> = asked
        .headers
        .0
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain([("Connection", "close")])
        .collect();
    exchange(node, &request(&asked.method, &asked.path, &kept, &asked.body)).await
}

fn bytes_of(answer: &Response) -> Vec<u8> {
    let kind = answer.headers.get("content-type").unwrap_or("application/json");
    let mut bytes = head(answer.status, kind, answer.body.len());
    bytes.extend_from_slice(&answer.body);
    bytes
}

fn page(status: u16, kind: &str, text: &str) -> Vec<u8> {
    let mut bytes = head(status, kind, text.len());
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn head(status: u16, kind: &str, length: usize) -> Vec<u8> {
    let more = match status {
        401 => "WWW-Authenticate: Basic realm=\"node\"\r\n",
        429 => "Retry-After: 1\r\n",
        _ => "",
    };
    format!(
        "HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\n{more}Content-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}
